"""People in a Video Chat database: pairs of contacts, and one hub whom everybody knows."""

from pathlib import Path
from typing import Final

from sqlalchemy import insert

from videochat.adapters.sql import schema
from videochat.adapters.sql.engine import transaction
from videochat.core.models import Relation
from videochat.server import settings as server_settings
from videochat.server.bootstrap import NoSockets, Services, open_services

HUB: Final = "hub"


def user_id(number: int) -> str:
    """The user with this number, as long as a real id."""
    return f"user-{number:05}-{'x' * 25}"


def partner(number: int) -> int:
    """Who is in a call with ``number``."""
    return number ^ 1


def open_town(data: Path, port: int) -> Services:
    """The services on the database in ``data``; they can issue tickets for the server that runs on it."""
    settings = server_settings.load({"data": data, "port": port}, {})
    none = NoSockets()
    return open_services(settings.resolved(port), none, none)


def settle(services: Services, people: int) -> None:
    """Fills an empty database with ``people`` in pairs of contacts, and the hub.

    Straight into the tables: one by one, as people come, each would cost a synced write.
    """
    everybody = [user_id(number) for number in range(people)]
    relations = [(user_id(number), user_id(partner(number))) for number in range(people)]
    relations += [(person, HUB) for person in everybody] + [(HUB, person) for person in everybody]
    with transaction(services.engine) as connection:
        connection.execute(
            insert(schema.users),
            [
                {"user_id": person, "email": f"{person}@example.org", "name": person, "created_at": 0}
                for person in [*everybody, HUB]
            ],
        )
        connection.execute(
            insert(schema.contacts),
            [
                {
                    "user_id": mine,
                    "contact_user_id": other,
                    "contact_email": f"{other}@example.org",
                    "contact_name": other,
                    "relation": Relation.ACCEPTED.value,
                    "blocked": False,
                    "blocked_by_contact": False,
                    "updated_at": 0,
                }
                for mine, other in relations
            ],
        )
