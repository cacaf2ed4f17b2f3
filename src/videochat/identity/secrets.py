"""Random secrets, what is stored of them, and values that only this server can have made."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Final

from videochat.identity.settings import SettingsError

SECRET_BYTES: Final = 32
"""256 bits: far beyond guessing, so what is stored of a secret needs no salt and no slow hash."""


def new_secret() -> str:
    """A fresh secret, for URLs and cookies."""
    return secrets.token_urlsafe(SECRET_BYTES)


_INVITATION_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which people confuse."""
_INVITATION_LENGTH: Final = 20
"""Characters of 5 bits each: 100 bits."""


def new_invitation_code() -> str:
    """A fresh secret that people can type."""
    return "".join(secrets.choice(_INVITATION_ALPHABET) for _ in range(_INVITATION_LENGTH))


def fingerprint(secret: str) -> str:
    """What is stored of a secret: base64url of its SHA-256, without padding."""
    return base64url(hashlib.sha256(_utf8(secret)).digest())


class Signer:
    """Message authentication with the server's own secret, one key per purpose (HMAC-SHA-256, RFC 2104).

    :param secret: at least 32 random bytes that stay the same across restarts.
    :raises SettingsError: the secret is too short.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise SettingsError(f"The identity provider needs a secret of {SECRET_BYTES} bytes.")
        self._secret = secret

    def code(self, purpose: str, *parts: str) -> str:
        """The authentication code of ``parts`` for ``purpose``, as 43 characters of base64url."""
        key = hmac.digest(self._secret, f"videochat identity {purpose}".encode(), "sha256")
        # Lengths first, so that ("ab", "c") and ("a", "bc") differ.
        message = b"".join(len(data).to_bytes(4) + data for data in (_utf8(part) for part in parts))
        return base64url(hmac.digest(key, message, "sha256"))

    def verify(self, code: str, purpose: str, *parts: str) -> bool:
        """Whether ``code`` is the one for ``parts``, compared in constant time."""
        return hmac.compare_digest(_utf8(code), self.code(purpose, *parts).encode())


def _utf8(text: str) -> bytes:
    # What comes from outside may hold lone surrogates, which plain UTF-8 refuses.
    return text.encode("utf-8", "surrogatepass")


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
