"""``GET /calls``."""

from typing import Any

from videochat.aws import composition, rest
from videochat.rest.types import CallHistory
from videochat.rest.views import view


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """My call history, in pages."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    user_id, page = request.user_id, rest.page(request)
    return 200, view(CallHistory, composition.core().history.page(user_id, page.limit, page.after))
