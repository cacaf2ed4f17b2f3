"""Ids from the operating system's random source."""

import secrets


class RandomIds:
    """Makes :class:`~videochat.core.ports.Ids` of 128 random bits, as 22 characters of base64url."""

    def new(self) -> str:
        return secrets.token_urlsafe(16)
