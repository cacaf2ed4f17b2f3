"""``POST /tickets``."""

from typing import Any

from videochat.adapters.local.ids import RandomIds
from videochat.aws import process, rest
from videochat.core.tickets import TicketIssuer
from videochat.rest.types import SocketTicket
from videochat.rest.views import view


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """A ticket for one WebSocket. Needs no table: tickets are signed, and only used ones are stored."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    issuer = TicketIssuer(process.signer(), RandomIds(), process.clock)
    return 201, view(SocketTicket, issuer.issue(request.user_id))
