"""Makes tokens and tickets that are wrong in exactly one way, from a server's own keys and from others."""

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from tests.e2e.deployment import LocalDeployment

from videochat.core.tickets import Signer

Claims = dict[str, Any]


def parts(token: str) -> tuple[Claims, Claims]:
    """The header and the claims of a JWT, unverified."""
    header, claims = (
        json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in token.split(".")[:2]
    )
    return header, claims


class Forger:
    """Signs in the name of a server on this machine."""

    def __init__(self, deployment: LocalDeployment) -> None:
        self._deployment = deployment

    def sign(self, header: Claims, claims: Claims) -> str:
        """A token signed with the server's own key."""
        (path,) = self._deployment.data.rglob("signing-keys.json")
        key = RSAKey.import_key(json.loads(path.read_bytes())["keys"][0]["key"])
        return self._deployment.secrets.remember(jwt.encode(header, claims, key))

    def sign_with_another_key(self, header: Claims, claims: Claims) -> str:
        """A token whose header names the server's key, signed with a key of our own."""
        return self._deployment.secrets.remember(jwt.encode(header, claims, RSAKey.generate_key(2048)))

    def sign_with_public_key(self, header: Claims, claims: Claims) -> str:
        """The old trick: HS256 with the server's public key as the secret."""
        (path,) = self._deployment.data.rglob("signing-keys.json")
        public = RSAKey.import_key(json.loads(path.read_bytes())["keys"][0]["key"]).as_pem(private=False)
        key = OctKey.import_key(urlsafe_b64encode(public).decode())
        return jwt.encode({**header, "alg": "HS256"}, claims, key)

    def without_signature(self, header: Claims, claims: Claims) -> str:
        """A token with ``alg: none`` (RFC 7519, section 6)."""
        encoded = [
            urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
            for part in ({**header, "alg": "none"}, claims)
        ]
        return ".".join([*encoded, ""])

    def socket_ticket(self, user_id: str, expires_in: int) -> str:
        """A socket ticket that the server itself could have issued ``60 - expires_in`` seconds ago."""
        (path,) = self._deployment.data.rglob("keys/tickets")
        expires_at = int((time.time() + expires_in) * 1000)
        ticket = Signer(path.read_bytes()).sign(["t1", secrets.token_urlsafe(16), user_id, expires_at])
        return self._deployment.secrets.remember(ticket)
