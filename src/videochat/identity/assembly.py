"""Puts the provider together."""

from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher

from videochat.core.models import Identity
from videochat.identity.accounts import Accounts
from videochat.identity.attempts import AttemptLimiter
from videochat.identity.passwords import Passwords
from videochat.identity.ports import IdentityPorts
from videochat.identity.provider import Provider
from videochat.identity.secrets import Signer
from videochat.identity.sessions import Sessions
from videochat.identity.settings import ProviderSettings


@dataclass(frozen=True)
class IdentityProvider:
    """The embedded OpenID Connect provider, ready for its edge and for the command line."""

    settings: ProviderSettings
    provider: Provider
    accounts: Accounts
    sessions: Sessions
    signer: Signer


def assemble_identity(
    settings: ProviderSettings,
    ports: IdentityPorts,
    secret: bytes,
    *,
    on_added: Callable[[Identity], None] | None = None,
    on_removed: Callable[[Identity], None] | None = None,
    hasher: PasswordHasher | None = None,
) -> IdentityProvider:
    """Builds the provider from its ports.

    :param secret: at least 32 random bytes that stay the same across restarts. May be shared with others: keys are derived from it.
    :param on_added: see :class:`Accounts`.
    :param on_removed: see :class:`Accounts`.
    :param hasher: other Argon2 parameters than argon2-cffi's recommendation.
    :raises SettingsError: the secret is too short.
    """
    signer = Signer(secret)
    accounts = Accounts(
        settings,
        store=ports.accounts,
        sessions=ports.sessions,
        passwords=Passwords(hasher),
        attempts=AttemptLimiter(ports.attempts, ports.clock, signer),
        clock=ports.clock,
        ids=ports.ids,
        on_added=on_added,
        on_removed=on_removed,
    )
    provider = Provider(
        settings,
        accounts=ports.accounts,
        sessions=ports.sessions,
        grants=ports.grants,
        keys=ports.keys,
        signer=signer,
        clock=ports.clock,
        ids=ports.ids,
    )
    sessions = Sessions(ports.sessions, ports.accounts, ports.clock, settings)
    return IdentityProvider(settings, provider, accounts, sessions, signer)
