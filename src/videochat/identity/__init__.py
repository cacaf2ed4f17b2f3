"""The embedded OpenID Connect provider: accounts, sign-in, tokens. Knows no HTTP, no SQL and no files.

Composition, as the server's bootstrap does it::

    keys = KeyFile(data / "keys", clock)                     # videochat.adapters.local.keys
    secret = load_or_create_secret(data / "keys")
    settings = ProviderSettings.for_public_url("http://localhost:8000", sign_up=SignUp.OPEN)
    identity = assemble_identity(
        settings,
        sql_identity_ports(engine, keys, clock, ids),        # videochat.adapters.sql.identity
        secret,
        on_added=lambda new: core.users.current(new),      # called with a videochat.core.models.Identity
        on_removed=lambda gone: core.users.remove(gone.user_id),
    )
    verifier = LocalTokens(settings, keys, is_active=identity.accounts.is_active)   # videochat.adapters.local.tokens
    router = create_identity_router(identity)                # videochat.server.identity, a litestar.Router

For the command line: ``identity.accounts.add / list / remove / set_password / invite`` and
``identity.provider.access_token_for(email)``. What is refused raises :class:`videochat.core.errors.Refusal` with a text to print.
"""

from videochat.identity.accounts import Accounts, InvitationCode
from videochat.identity.assembly import IdentityProvider, assemble_identity
from videochat.identity.models import Account
from videochat.identity.ports import IdentityPorts
from videochat.identity.provider import Provider
from videochat.identity.settings import ProviderSettings, SettingsError, SignUp

__all__ = [
    "Account",
    "Accounts",
    "IdentityPorts",
    "IdentityProvider",
    "InvitationCode",
    "Provider",
    "ProviderSettings",
    "SettingsError",
    "SignUp",
    "assemble_identity",
]
