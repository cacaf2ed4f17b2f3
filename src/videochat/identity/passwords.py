"""Passwords: which are good enough, and how they are kept."""

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from videochat.identity.errors import InvalidField
from videochat.identity.secrets import new_secret

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256
"""In code points after normalisation. Length is what counts; rules about kinds of characters are not imposed
(NIST SP 800-63B-4, section 3.1.1.2)."""

_COMMON: Final = frozenset({
    "0123456789", "1234567890", "12345678910", "123456789a", "1q2w3e4r5t", "1q2w3e4r5t6y",
    "abcdefghij", "administrator", "changeme123", "football123", "iloveyou123", "letmein123",
    "password01", "password12", "password123", "password1234", "password12345", "passwordpassword",
    "qwerty12345", "qwerty123456", "qwertyuiop", "qwertzuiop", "azertyuiop", "welcome123",
    "asdfghjkl1", "asdfghjkl123", "1qaz2wsx3edc", "zaq12wsxcde3", "videochat1", "videochat12",
    "videochat123", "videochatvideochat", "princess123", "sunshine123", "superman123",
    "baseball123", "dragon12345",
})  # fmt: skip
"""What guessers try first, of those that are long enough."""


def check_password(password: str, email: str, name: str) -> None:
    """Whether ``password`` may be set for the account.

    :raises InvalidField: ``weak_password``, with the reason.
    """
    normalized = _normalize(password)
    if len(normalized) < MIN_LENGTH:
        raise _weak(f"Use at least {MIN_LENGTH} characters. A few words in a row are easy to remember.")
    if len(normalized) > MAX_LENGTH:
        raise _weak(f"Use at most {MAX_LENGTH} characters.")
    folded = normalized.casefold()
    if len(set(folded)) < 4:
        raise _weak("Use more different characters.")
    if folded in (email.casefold(), name.casefold()) or folded in _COMMON:
        raise _weak("That password is too easy to guess. Choose another one.")


class Passwords:
    """Keeps passwords with Argon2id (RFC 9106), in argon2-cffi's current recommendation unless told otherwise.

    Each call takes the memory and time that the parameters say (64 MiB and three passes): callers bound how many run at once.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash(new_secret())

    def hash(self, password: str) -> str:
        """A salted hash, in the PHC string format."""
        return self._hasher.hash(_encode(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is the one behind ``stored``. ``None`` stands for an unknown account and takes as long."""
        # Whoever sends an endless password shall not make us hash it.
        candidate = _encode(password[: 4 * MAX_LENGTH])
        too_long = len(password) > 4 * MAX_LENGTH
        try:
            self._hasher.verify(self._nobodys if stored is None else stored, candidate)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None and not too_long

    def is_outdated(self, stored: str) -> bool:
        """Whether ``stored`` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def _normalize(password: str) -> str:
    # The same password typed on another system may be composed otherwise (NIST SP 800-63B-4, section 3.1.1.2).
    return unicodedata.normalize("NFKC", password)


def _encode(password: str) -> bytes:
    # A terminal may hand over bytes that are no UTF-8 as lone surrogates.
    return _normalize(password).encode("utf-8", "surrogatepass")


def _weak(message: str) -> InvalidField:
    return InvalidField("password", "weak_password", message)
