"""Limits how often somebody may guess.

Every attempt is counted *before* the password is looked at, so that a hundred at once count as a hundred, and given back when it
succeeds. Counts sit in leaky buckets:

- **pair**: one account from one client address. Strict; it is what a guesser meets.
- **account**: one account from everywhere. Loose; it is for a guesser with many addresses.
- **address**: all accounts from one client address. Loose, because a household or an office may share one.
- **device**: one account from a browser that has signed in to it before. It replaces *pair* and *account*, so that nobody can lock
  a person out of the browser they use by guessing from elsewhere.

A full bucket blocks for a minute, then two, four, and at most fifteen; attempts while it blocks are not counted, so a block never
grows by itself, and it ends whatever others do.
"""

import math
from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from msgspec import Struct

from videochat.core.ports import Clock
from videochat.identity.errors import TooManyAttempts
from videochat.identity.models import AttemptLevel
from videochat.identity.ports import AttemptStore
from videochat.identity.secrets import Signer

_MINUTE: Final = 60_000


class Bucket(Struct, frozen=True):
    """A kind of bucket."""

    kind: str
    free: int
    """Attempts without any block."""
    leak: int
    """Milliseconds after which one attempt is forgotten."""
    base_block: int = _MINUTE
    """The first block, in milliseconds; each further one is twice as long."""
    max_block: int = 15 * _MINUTE


PAIR: Final = Bucket("pair", free=5, leak=15 * _MINUTE)
DEVICE: Final = Bucket("device", free=10, leak=10 * _MINUTE)
ACCOUNT: Final = Bucket("account", free=50, leak=_MINUTE)
ADDRESS: Final = Bucket("address", free=100, leak=_MINUTE // 2)
SIGN_UP: Final = Bucket("sign-up", free=100, leak=_MINUTE // 2)
"""Accounts made from one address."""


class Attempt(Struct, frozen=True):
    """An attempt under way, counted already."""

    buckets: tuple[tuple[str, Bucket], ...]


class AttemptLimiter:
    """Counts attempts and refuses what is too many."""

    def __init__(self, store: AttemptStore, clock: Clock, signer: Signer) -> None:
        self._store = store
        self._clock = clock
        self._signer = signer

    def sign_in(self, email: str, address: str, device: str | None) -> Attempt:
        """Counts an attempt to sign in.

        :param email: normalised.
        :param address: the client's.
        :param device: an id that only a browser can show which signed in to this account before.
        :raises TooManyAttempts: nothing was counted.
        """
        network = _network(address)
        buckets = [(self._key(ADDRESS, network), ADDRESS)]
        if device is None:
            buckets += [(self._key(PAIR, email, network), PAIR), (self._key(ACCOUNT, email), ACCOUNT)]
        else:
            buckets += [(self._key(DEVICE, email, device), DEVICE)]
        return self._begin(buckets)

    def sign_up(self, address: str) -> Attempt:
        """Counts an attempt to create an account.

        :raises TooManyAttempts: nothing was counted.
        """
        return self._begin([(self._key(SIGN_UP, _network(address)), SIGN_UP)])

    def succeeded(self, attempt: Attempt) -> None:
        """The attempt to sign in was no guess: empties the account's buckets.

        The address's bucket only gets this attempt back: whoever has an account of their own must not be able to empty it.
        """
        now = self._clock.now()
        by_key = dict(attempt.buckets)

        def decide(levels: Mapping[str, AttemptLevel]) -> Mapping[str, AttemptLevel | None]:
            after: dict[str, AttemptLevel | None] = {}
            for key, known in levels.items():
                bucket = by_key[key]
                left = _leaked(known, bucket, now) - 1 if bucket is ADDRESS else 0.0
                still_blocked = known.blocked_until if left > bucket.free else 0
                after[key] = AttemptLevel(left, now, still_blocked) if left > 0 else None
            return after

        self._store.change(list(by_key), decide)

    def _begin(self, buckets: Sequence[tuple[str, Bucket]]) -> Attempt:
        now = self._clock.now()
        by_key = dict(buckets)

        def decide(levels: Mapping[str, AttemptLevel]) -> Mapping[str, AttemptLevel | None]:
            blocked_until = max((level.blocked_until for level in levels.values()), default=0)
            if blocked_until > now:
                raise TooManyAttempts(math.ceil((blocked_until - now) / 1000))
            return {key: _counted(levels.get(key), bucket, now) for key, bucket in by_key.items()}

        self._store.change(list(by_key), decide)
        return Attempt(tuple(buckets))

    def _key(self, bucket: Bucket, *parts: str) -> str:
        # Keyed hashes: people type passwords into the address field, and addresses are nobody's business in a backup.
        return self._signer.code("attempts", bucket.kind, *parts)


def _counted(known: AttemptLevel | None, bucket: Bucket, now: int) -> AttemptLevel:
    level = (_leaked(known, bucket, now) if known else 0.0) + 1
    over = math.ceil(level) - bucket.free
    if over <= 0:
        return AttemptLevel(level, now)
    block = min(bucket.base_block * 2 ** min(over - 1, 20), bucket.max_block)
    return AttemptLevel(level, now, now + block)


def _leaked(known: AttemptLevel, bucket: Bucket, now: int) -> float:
    return max(0.0, known.level - max(0, now - known.updated_at) / bucket.leak)


def _network(address: str) -> str:
    """Whose address it is: a household has one IPv4 address and a /64 of IPv6 ones (RFC 6177)."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
