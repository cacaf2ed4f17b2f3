"""What the claims of a Cognito ID token say, after somebody has verified its signature and times: API Gateway or we."""

from collections.abc import Mapping
from typing import Any

from videochat.core.emails import normalize_email
from videochat.core.errors import Refusal, Unauthorized
from videochat.core.models import Identity


def identity(claims: Mapping[str, Any], client_id: str) -> Identity:
    """Who the bearer is.

    API Gateway's authorizer accepts tokens for every client of the user pool, and hands all claims on as texts.

    :param client_id: of the web app.
    :raises Unauthorized: not an ID token, for another client, or without a verified address. An access token holds no address at all.
    """
    if claims.get("token_use") != "id" or claims.get("aud") != client_id:
        raise Unauthorized
    # Whoever changes their address to another person's must not become that person.
    if claims.get("email_verified") not in (True, "true"):
        raise Unauthorized("Verify your email address, then sign in again.")
    user_id, email, name = claims.get("sub"), claims.get("email"), claims.get("name", "")
    if not (isinstance(user_id, str) and user_id and isinstance(email, str) and isinstance(name, str)):
        raise Unauthorized
    try:
        return Identity(user_id, normalize_email(email), name)
    except Refusal:
        raise Unauthorized from None
