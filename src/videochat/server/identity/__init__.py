"""The identity provider's edge: OpenID Connect endpoints and the sign-in pages, as Litestar route handlers.

Everything stands under ``/oidc`` and ``/.well-known/openid-configuration``. The pages link to the web app's ``/theme.css`` and
``/icon.svg``, which the application serves beside them.
"""

from videochat.server.identity.router import create_identity_router

__all__ = ["create_identity_router"]
