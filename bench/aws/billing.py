"""What one complete call is billed in units, counted from what the functions really ask for, and what the naive design would be.

A call: two people connected, invite, ringing, an offer, an answer and two batches of candidates over ``signal``, accept, hang up.
"""

import json
import os
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, Final

from tests.aws.dynamodb import emulated
from tests.fakes import FakeTimers

from bench.aws.cold_start import ENVIRONMENT
from videochat.adapters.dynamodb.contacts import DynamoDBContacts
from videochat.adapters.dynamodb.users import DynamoDBUsers
from videochat.aws import composition, process
from videochat.core.models import ContactPair, ContactRow, Relation, User
from videochat.core.services import Core
from videochat.core.tickets import Admission, Signer

PRICES: Final = {
    "socket messages": 1.00 / 1e6,
    "invocations": 0.20 / 1e6,
    "read units": 0.125 / 1e6,
    "write units": 0.625 / 1e6,
    "queue requests": 0.40 / 1e6,
}
"""US dollars in us-east-1, without the free tier. Lambda's time comes on top: 25 ms at 512 MB on arm64 are 0.17 dollars a million."""
LAMBDA_TIME: Final = 0.025 * 0.5 * 0.0000133334

CANDIDATES: Final = 12
"""Candidates of one side that a naive client sends one by one: host and server-reflexive ones of a few interfaces, over UDP and TCP."""


class Metered:
    """Counts units of DynamoDB: all items here are far below 1 KB for writing and 4 KB for reading, so each is one unit."""

    def __init__(self, client: Any, units: Counter[str]) -> None:
        self._client = client
        self._units = units

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._client, operation)

        def request(**arguments: Any) -> Any:
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
            match operation:
                case "get_item" | "query":
                    self._units["read units"] += 1
                case "batch_get_item":
                    for table in arguments["RequestItems"].values():
                        self._units["read units"] += len(table["Keys"])
                case "transact_get_items":
                    self._units["read units"] += 2 * len(arguments["TransactItems"])
                case "put_item" | "update_item" | "delete_item":
                    self._units["write units"] += 1
                case "transact_write_items":
                    self._units["write units"] += 2 * len(arguments["TransactItems"])
            return method(**arguments)

        return request


class MeteredPush:
    """Counts messages out and keeps the last frame of each connection."""

    def __init__(self, units: Counter[str]) -> None:
        self._units = units
        self.last: dict[str, dict[str, Any]] = {}

    def send(self, connection_ids: Any, frame: bytes) -> set[str]:
        """See the port."""
        for connection_id in connection_ids:
            self._units["socket messages"] += 1
            self.last[connection_id] = json.loads(frame)
        return set()


def call(core: Core, units: Counter[str], push: MeteredPush) -> None:
    """Makes the call, counting."""

    def say(sender: str, **frame: Any) -> None:
        units["socket messages"] += 1
        units["invocations"] += 1
        core.signaling.receive(sender, json.dumps(frame))

    say("a", action="invite", callId="call-0001", to="bob")
    to_caller = push.last["b"]["route"]
    say("b", action="ringing", callId="call-0001")
    to_callee = push.last["a"]["route"]
    say("b", action="signal", ticket=to_caller, payload={"type": "description"})
    say("a", action="signal", ticket=to_callee, payload={"type": "description"})
    say("b", action="signal", ticket=to_caller, payload={"type": "candidates"})
    say("a", action="signal", ticket=to_callee, payload={"type": "candidates"})
    say("b", action="accept", callId="call-0001")
    say("a", action="hangup", callId="call-0001")


def naive() -> Counter[str]:
    """The same call where every candidate is a frame, and every frame a function that queries for the receiver and posts to it."""
    frames = 4 + 2 + 2 * CANDIDATES  # invite, ringing, accept, hang up; offer, answer; candidates
    return Counter(
        {
            "socket messages": 2 * frames,
            "invocations": frames,
            "read units": frames,
        }
    )


def count() -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Units of the call, of one person coming (which an idle user does every two hours), and of one who has 100 contacts, all there."""
    os.environ.update(ENVIRONMENT)
    process.settings.cache_clear()
    units: Counter[str] = Counter()
    push, timers = MeteredPush(units), FakeTimers()
    tables = ("UsersTable", "ContactsTable", "ConnectionsTable", "CallsTable")
    for table in tables:
        os.environ[f"{table.removesuffix('Table').upper()}_TABLE"] = table
    with emulated() as client:
        metered: Any = Metered(client, units)
        users, contacts = DynamoDBUsers(metered, tables[0]), DynamoDBContacts(metered, tables[1])
        for user_id in ("ann", "bob"):
            users.save(User(user_id, f"{user_id}@example.org", user_id, 1))
        befriend(contacts, "ann", "bob")
        core = composition.compose(process.settings(), metered, push, timers, Signer(b"s" * 64))
        core.signaling.connect(Admission("ann"), "a", "ann-tab")
        units.clear()
        core.signaling.connect(Admission("bob"), "b", "bob-tab")
        units["invocations"] += 2  # authorizer and $connect
        visit = Counter(units)
        units.clear()
        crowd = [f"friend{n}" for n in range(100)]
        for user_id in ("eve", *crowd):
            users.save(User(user_id, f"{user_id}@example.org", user_id, 1))
        for user_id in crowd:
            befriend(contacts, "eve", user_id)
            core.signaling.connect(Admission(user_id), f"c-{user_id}", "tab")
        units.clear()
        core.signaling.connect(Admission("eve"), "e", "eve-tab")
        units["invocations"] += 2
        popular = Counter(units)
        units.clear()
        scheduled = len(timers.scheduled)
        call(core, units, push)
        # A timer is a request to send, one to receive and one to delete, and an invocation.
        set_now = len(timers.scheduled) - scheduled
        units["queue requests"] += 3 * set_now
        units["invocations"] += set_now
    return units, visit, popular


def befriend(contacts: DynamoDBContacts, one: str, other: str) -> None:
    """Makes the two contacts of each other."""
    rows = [
        ContactRow(user_id, contact_id, f"{contact_id}@example.org", contact_id, Relation.ACCEPTED)
        for user_id, contact_id in ((one, other), (other, one))
    ]
    contacts.write_pair(ContactPair(None, None), ContactPair(*rows))


def cost(units: Counter[str]) -> float:
    """US dollars."""
    return sum(PRICES[name] * number for name, number in units.items()) + LAMBDA_TIME * units["invocations"]


def report() -> None:
    """Prints a table."""
    with redirect_stdout(StringIO()):  # metrics of the functions
        ours, visit, popular = count()
    columns = {"one call": ours, "naive": naive(), "one visit": visit, "100 contacts": popular}
    print(f"\n{'Billed units':18}{''.join(f'{title:>14}' for title in columns)}")
    for name in PRICES:
        print(f"  {name:16}{''.join(f'{units[name]:14}' for units in columns.values())}")
    print(f"  {'dollars/million':16}{''.join(f'{cost(units) * 1e6:14.2f}' for units in columns.values())}")
