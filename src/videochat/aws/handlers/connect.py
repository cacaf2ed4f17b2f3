"""``$connect``: a socket opens. The authorizer has checked ``Auth``; what may be used once is used up here."""

from typing import Any

from videochat.aws import composition, logs, sockets
from videochat.core.errors import Refusal, StoreError
from videochat.core.models import Identity
from videochat.core.tickets import Admission, is_ticket


def handler(event: sockets.Event, _context: Any) -> sockets.Response:
    """Stores the connection, or refuses the handshake."""
    sockets.begin(event)
    query = event.get("queryStringParameters") or {}
    core = composition.core()
    try:
        device_id = query.get("Device")
        admission = _admission(event, str(query.get("Auth") or ""), device_id)
        core.signaling.connect(admission, sockets.connection_id(event), device_id)
    except Refusal as refusal:
        logs.logger.info("refused", code=refusal.code)
        return {"statusCode": 401 if refusal.status == 401 else 403}
    except StoreError as error:
        logs.failure(error)
        return {"statusCode": 503}
    return sockets.OK


def _admission(event: sockets.Event, auth: str, device_id: str | None) -> Admission:
    core = composition.core()
    if is_ticket(auth):
        return core.doorkeeper.redeem(auth, device_id)
    # A JWT: only the authorizer can verify it, and says what it found. Its words reach this function alone.
    said = event["requestContext"].get("authorizer") or {}
    identity = Identity(said.get("userId", ""), said.get("email", ""), said.get("name", ""))
    return Admission(core.users.current(identity).user_id)
