"""``GET /user``."""

from typing import Any

from videochat.aws import composition, rest
from videochat.rest.types import UserProfile
from videochat.rest.views import view


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """Who I am; created the first time."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    return 200, view(UserProfile, composition.core().users.current(request.identity))
