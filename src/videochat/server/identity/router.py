"""The identity provider's router."""

from litestar import Router

from videochat.identity import IdentityProvider
from videochat.server.identity.endpoints import create_endpoints
from videochat.server.identity.http import PasswordQueue
from videochat.server.identity.pages import create_pages


def create_identity_router(identity: IdentityProvider, *, hash_concurrency: int = 2) -> Router:
    """Everything under ``/oidc``, and the discovery document.

    :param hash_concurrency: how many passwords are hashed at once; each takes 64 MiB of memory and a processor.
    """
    queue = PasswordQueue(hash_concurrency)
    return Router("/", route_handlers=[create_endpoints(identity.provider), create_pages(identity, queue)])
