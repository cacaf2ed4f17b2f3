"""``POST /contacts``."""

from typing import Any

from videochat.aws import composition, rest
from videochat.rest.types import Contact, NewContact
from videochat.rest.views import view


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """Asks somebody to be a contact."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    user_id = request.user_id
    asked = request.body(NewContact)
    return 201, view(Contact, composition.core().contacts.add(user_id, asked.email))
