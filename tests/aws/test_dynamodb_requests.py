"""What the stores ask of DynamoDB: how many requests, what they do when it fails, and that they never scan."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.aws.dynamodb import SerialClient, emulated
from tests.aws.service import Service
from tests.fakes import FakeClock, FakePush, Fakes, FakeTimers

from videochat.adapters.aws_requests import ATTEMPTS, AwsRequests, Credentials
from videochat.adapters.dynamodb.calls import DynamoDBCalls
from videochat.adapters.dynamodb.client import DynamoDBClient, DynamoDBError
from videochat.adapters.dynamodb.connections import DynamoDBConnections
from videochat.adapters.dynamodb.contacts import DynamoDBContacts
from videochat.adapters.dynamodb.tickets import DynamoDBTickets
from videochat.adapters.dynamodb.users import DynamoDBUsers
from videochat.core.delivery import Delivery
from videochat.core.errors import Unavailable
from videochat.core.models import Call, CallState, Connection, ContactPair, ContactRow, Relation, User
from videochat.core.presence import Departure, Presence


@pytest.fixture
def client() -> Iterator[SerialClient]:
    with emulated() as client:
        yield client


def befriend(store: DynamoDBContacts, user_id: str, contact_id: str) -> None:
    rows = [
        ContactRow(a, b, f"{b}@example.org", b, Relation.ACCEPTED)
        for a, b in ((user_id, contact_id), (contact_id, user_id))
    ]
    store.write_pair(ContactPair(None, None), ContactPair(*rows))


def test_a_list_of_100_contacts_with_presence_takes_two_requests(client: Any) -> None:
    contacts = DynamoDBContacts(client, "ContactsTable")
    connections = DynamoDBConnections(client, "ConnectionsTable")
    for n in range(100):
        befriend(contacts, "ann", f"u{n:03}")
        if n % 2:
            connections.add(Connection(f"c{n}", f"u{n:03}", "d", 1_000, 9_000_000_000_000))
    fakes = Fakes()
    fakes.clock.time = 2_000
    fakes.contacts, fakes.connections = contacts, connections  # type: ignore[assignment]  # the real ones
    service = fakes.assemble(FakePush(), FakeTimers()).contacts
    client.requests.clear()
    listed = service.list_of("ann")
    assert [contact.online for contact in listed] == [bool(n % 2) for n in range(100)]
    assert client.requests == Counter(query=1, batch_get_item=1)


def test_what_a_frame_costs(client: Any) -> None:
    connections = DynamoDBConnections(client, "ConnectionsTable")
    connections.add(Connection("c1", "ann", "d", 1_000, 9_000))
    client.requests.clear()
    assert connections.get("c1", 2_000)
    assert connections.of_user("ann", 2_000)
    assert client.requests == Counter(get_item=2)


def test_telling_100_contacts_takes_two_requests(client: Any) -> None:
    contacts = DynamoDBContacts(client, "ContactsTable")
    connections = DynamoDBConnections(client, "ConnectionsTable")
    for n in range(100):
        befriend(contacts, "ann", f"u{n:03}")
        connections.add(Connection(f"c{n}", f"u{n:03}", "d", 1_000, 9_000_000_000_000))
    push = FakePush()
    clock = FakeClock()
    delivery = Delivery(push, connections, clock)
    presence = Presence(connections, contacts, delivery, FakeTimers(), clock, 100)
    client.requests.clear()
    presence.settle(Departure("ann", "d", clock.now(), None))  # nobody of that name is there any more
    assert client.requests == Counter(get_item=1, query=1, batch_get_item=1)
    assert sorted(to for to, _ in push.sent) == sorted(f"c{n}" for n in range(100))


def test_accepting_a_call_is_one_conditional_write(client: Any) -> None:
    calls = DynamoDBCalls(client, "CallsTable")
    call = Call("call-0001", "ann", "d", "bob", 1_000, 61_000)
    calls.create(call)
    client.requests.clear()
    calls.update(call)
    assert client.requests == Counter(put_item=1)


def ended_calls(calls: DynamoDBCalls, count: int) -> None:
    for n in range(count):
        call = Call(f"call-{n:04}", "ann", "d", f"u{n % 3}", 1_000 + n, 61_000, CallState.ENDED)
        calls.create(call)


def test_a_page_of_history_takes_two_requests(client: Any) -> None:
    calls = DynamoDBCalls(client, "CallsTable")
    ended_calls(calls, 101)
    client.requests.clear()
    assert len(calls.history("ann", 100, None).calls) == 100
    assert client.requests == Counter(query=1, batch_get_item=1)


def test_removing_a_user_takes_long_histories_away(client: Any) -> None:
    calls = DynamoDBCalls(client, "CallsTable")
    ended_calls(calls, 60)
    calls.remove_all_of("ann")
    assert [calls.history(user_id, 1, None).calls for user_id in ("ann", "u0", "u1", "u2")] == [[]] * 4


def test_expired_sockets_are_taken_out_when_the_next_one_comes(client: Any) -> None:
    connections = DynamoDBConnections(client, "ConnectionsTable")
    connections.add(Connection("old", "ann", "d", 1_000, 2_000))
    connections.add(Connection("new", "ann", "d", 3_000, 9_000))
    presence = client.get_item(
        TableName="ConnectionsTable", Key={"userId": {"S": "ann"}, "connectionId": {"S": "#"}}
    )["Item"]
    assert [name for name in presence if name.startswith("socket#")] == ["socket#new"]


OPERATIONS: dict[str, Callable[[Any], object]] = {
    "users.get": lambda c: DynamoDBUsers(c, "UsersTable").get("ann"),
    "users.get_many": lambda c: DynamoDBUsers(c, "UsersTable").get_many(["ann"]),
    "users.find_by_email": lambda c: DynamoDBUsers(c, "UsersTable").find_by_email("a@example.org"),
    "users.save": lambda c: DynamoDBUsers(c, "UsersTable").save(User("ann", "a@example.org", "Ann", 1)),
    "users.remove": lambda c: DynamoDBUsers(c, "UsersTable").remove("ann"),
    "contacts.list_of": lambda c: DynamoDBContacts(c, "ContactsTable").list_of("ann"),
    "contacts.get_pair": lambda c: DynamoDBContacts(c, "ContactsTable").get_pair("ann", "bob"),
    "contacts.write_pair": lambda c: befriend(DynamoDBContacts(c, "ContactsTable"), "ann", "bob"),
    "connections.add": lambda c: DynamoDBConnections(c, "ConnectionsTable").add(
        Connection("c1", "ann", "d", 1, 2)
    ),
    "connections.get": lambda c: DynamoDBConnections(c, "ConnectionsTable").get("c1", 1),
    "connections.remove": lambda c: DynamoDBConnections(c, "ConnectionsTable").remove("c1", 1),
    "connections.of_user": lambda c: DynamoDBConnections(c, "ConnectionsTable").of_user("ann", 1),
    "connections.of_users": lambda c: DynamoDBConnections(c, "ConnectionsTable").of_users(["ann"], 1),
    "connections.online": lambda c: DynamoDBConnections(c, "ConnectionsTable").online(["ann"], 1, 1),
    "calls.create": lambda c: DynamoDBCalls(c, "CallsTable").create(
        Call("call-0001", "ann", "d", "bob", 1_000, 61_000)
    ),
    "calls.get": lambda c: DynamoDBCalls(c, "CallsTable").get("call-0001"),
    "calls.unfinished_of": lambda c: DynamoDBCalls(c, "CallsTable").unfinished_of("ann"),
    "calls.update": lambda c: DynamoDBCalls(c, "CallsTable").update(
        Call("call-0001", "ann", "d", "bob", 1_000, 61_000)
    ),
    "calls.history": lambda c: DynamoDBCalls(c, "CallsTable").history("ann", 10, None),
    "calls.remove_all_of": lambda c: DynamoDBCalls(c, "CallsTable").remove_all_of("ann"),
    "tickets.redeem": lambda c: DynamoDBTickets(c, "ConnectionsTable").redeem("t", 2, 1),
}


class BrokenClient:
    """Raises ``error`` on every request, and counts them."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.requests: Counter[str] = Counter()

    def __getattr__(self, operation: str) -> Any:
        def request(**arguments: Any) -> Any:
            self.requests[operation] += 1
            raise self.error

        return request


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
@pytest.mark.parametrize(
    "error",
    [
        DynamoDBError("ProvisionedThroughputExceededException"),
        DynamoDBError("AccessDeniedException"),
        Unavailable("dynamodb.example: ConnectionRefusedError"),
        DynamoDBError("TransactionCanceledException", ("None", "ValidationError")),
    ],
    ids=str,
)
def test_a_failing_service_is_unavailable_and_no_one_is_named(
    operation: Callable[[Any], object], error: Exception
) -> None:
    with pytest.raises(Unavailable) as raised:
        operation(BrokenClient(error))
    assert "ann" not in str(raised.value)


class CollidingClient(BrokenClient):
    """Lets the first ``times`` requests collide with somebody's transaction, then works."""

    def __init__(self, client: SerialClient, error: Exception, times: int) -> None:
        super().__init__(error)
        self._client = client
        self._left = times

    def __getattr__(self, operation: str) -> Any:
        def request(**arguments: Any) -> Any:
            self.requests[operation] += 1
            if self._left:
                self._left -= 1
                raise self.error
            return getattr(self._client, operation)(**arguments)

        return request


@pytest.mark.parametrize(
    "error",
    [
        DynamoDBError("TransactionConflictException"),
        DynamoDBError("TransactionCanceledException", ("None", "TransactionConflict")),
    ],
    ids=["single", "transaction"],
)
def test_collisions_are_tried_again(client: SerialClient, error: DynamoDBError) -> None:
    colliding: Any = CollidingClient(client, error, times=3)
    DynamoDBUsers(colliding, "UsersTable").save(User("ann", "a@example.org", "Ann", 1))
    assert DynamoDBUsers(colliding, "UsersTable").get("ann") == User("ann", "a@example.org", "Ann", 1)
    # 3 collisions and the reads and the write that went through.
    assert colliding.requests.total() == 3 + 3


class RepeatingClient:
    """Writes everything twice, as a request is that is made again because its answer got lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def put_item(self, **arguments: Any) -> Any:
        self._client.put_item(**arguments)
        return self._client.put_item(**arguments)


def test_a_ticket_whose_redemption_is_written_again_is_good_once(client: Any) -> None:
    repeating: Any = RepeatingClient(client)
    tickets = DynamoDBTickets(repeating, "ConnectionsTable")
    assert tickets.redeem("t1", 2_000, 1_000)
    assert not tickets.redeem("t1", 2_000, 1_000)


def test_keys_left_unprocessed_are_asked_for_again() -> None:
    class Forgetful:
        """Answers one key at a time."""

        requests = 0

        def batch_get_item(self, RequestItems: Any) -> Any:
            self.requests += 1
            keys: list[dict[str, Any]] = RequestItems["UsersTable"]["Keys"]
            found: dict[str, Any] = {
                **keys[0],
                "email": {"S": "a@example.org"},
                "name": {"S": "A"},
                "createdAt": {"N": "1"},
            }
            left = {"UsersTable": {"Keys": keys[1:]}} if keys[1:] else {}
            return {"Responses": {"UsersTable": [found]}, "UnprocessedKeys": left}

    forgetful: Any = Forgetful()
    users = DynamoDBUsers(forgetful, "UsersTable").get_many(["u1", "u2", "u3"])
    assert sorted(users) == ["u1", "u2", "u3"]
    assert forgetful.requests == 3


# The client


@pytest.fixture
def wire(service: Service) -> Iterator[DynamoDBClient]:
    """A client that sends its requests to ``service``."""
    requests = AwsRequests(
        "eu-west-1", Credentials("AKIDEXAMPLE", "secret"), service.url, sleep=lambda _: None, timeout=60
    )
    yield DynamoDBClient(requests, "eu-west-1")
    requests.close()


def error_document(code: str, **more: Any) -> tuple[int, bytes]:
    document = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "ann@example.org", **more}
    return 400, json.dumps(document).encode()


def test_a_request_names_its_operation_and_service(service: Service, wire: DynamoDBClient) -> None:
    service.answers["/"] = [(200, b'{"Item":{"userId":{"S":"ann"}}}')]
    assert wire.get_item(TableName="T", Key={"userId": {"S": "ann"}}) == {"Item": {"userId": {"S": "ann"}}}
    ((method, _, headers, body),) = service.requests
    assert (method, headers["host"]) == ("POST", "dynamodb.eu-west-1.amazonaws.com")
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert "/eu-west-1/dynamodb/aws4_request" in headers["authorization"]
    assert json.loads(body) == {"TableName": "T", "Key": {"userId": {"S": "ann"}}}


def test_an_error_is_its_code_and_names_no_one(service: Service, wire: DynamoDBClient) -> None:
    service.answers["/"] = [error_document("ConditionalCheckFailedException")]
    with pytest.raises(DynamoDBError) as raised:
        wire.put_item(TableName="T", Item={})
    assert raised.value.code == "ConditionalCheckFailedException"
    assert "ann" not in str(raised.value)
    assert len(service.requests) == 1


def test_a_cancelled_transaction_says_which_requests_were_to_blame(
    service: Service, wire: DynamoDBClient
) -> None:
    reasons = [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    service.answers["/"] = [error_document("TransactionCanceledException", CancellationReasons=reasons)]
    with pytest.raises(DynamoDBError) as raised:
        wire.transact_write_items(TransactItems=[{}, {}])
    assert raised.value.reasons == ("None", "ConditionalCheckFailed")


def test_throttling_is_waited_out(service: Service, wire: DynamoDBClient) -> None:
    busy = error_document("ProvisionedThroughputExceededException")
    service.answers["/"] = [busy, error_document("ThrottlingException"), (200, b"{}")]
    assert wire.query(TableName="T") == {}
    service.answers["/"] = [busy]
    with pytest.raises(DynamoDBError, match="ProvisionedThroughputExceededException"):
        wire.query(TableName="T")
    assert len(service.requests) == 3 + ATTEMPTS


def test_a_transaction_that_is_sent_again_is_known_by_its_token(
    service: Service, wire: DynamoDBClient
) -> None:
    service.answers["/"] = [None, error_document("TransactionInProgressException"), (200, b"{}")]
    wire.transact_write_items(TransactItems=[{}])
    wire.transact_write_items(TransactItems=[{}])
    first, *_, last = tokens = [json.loads(body)["ClientRequestToken"] for *_, body in service.requests]
    assert tokens[:3] == [first] * 3
    assert last != first
    assert (
        1 <= len(first) <= 36
    )  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"CancellationReasons":7}'])
def test_an_answer_of_somebody_else_is_an_error_too(
    service: Service, wire: DynamoDBClient, body: bytes
) -> None:
    service.answers["/"] = [(403, body)]
    with pytest.raises(DynamoDBError, match="status 403"):
        wire.get_item(TableName="T", Key={})
