"""``DELETE /contacts/{contactId}``."""

from typing import Any

from videochat.aws import composition, rest


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """Takes both off each other's list."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    composition.core().contacts.remove(request.user_id, request.contact_id)
    return 204, None
