"""Requests to DynamoDB: errors in the core's terms, transactions that are tried again when they collide, batches in full."""

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from videochat.adapters.dynamodb.client import DynamoDBClient, DynamoDBError
from videochat.adapters.dynamodb.items import Item
from videochat.core.errors import Conflict, Unavailable

ATTEMPTS: Final = 16
"""How often a request that met another one is made again. With n rivals one wins each time, so this is enough for so many."""

BATCH: Final = 100
"""The most keys of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.2

_T = TypeVar("_T")


class Cancelled(Conflict):
    """Conditions of a transaction did not hold; nothing was written.

    :param failed: the positions of the requests whose condition failed.
    """

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__("a condition did not hold")
        self.failed = failed


class _Collision(Exception):
    """Another transaction was working on one of the items."""


@contextmanager
def translated() -> Iterator[None]:
    """Turns DynamoDB's errors into the core's."""
    try:
        yield
    except DynamoDBError as error:
        if error.code == "ConditionalCheckFailedException":
            raise Cancelled(frozenset({0})) from None
        if error.code == "TransactionConflictException":
            raise _Collision from None
        if error.code == "TransactionCanceledException":
            raise _cancelled(error.reasons) from None
        raise Unavailable(f"DynamoDB: {error.code}") from error


def attempt(operation: Callable[..., _T], **arguments: Any) -> _T:
    """Makes a request, and again while it collides with transactions of others, which SDKs leave to their callers, too
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling).

    :raises Cancelled: a condition did not hold.
    :raises Unavailable: DynamoDB failed, or the collisions went on.
    """
    for turn in range(ATTEMPTS):
        try:
            with translated():
                return operation(**arguments)
        except _Collision:
            pause(turn)
    raise Unavailable("DynamoDB: too many collisions")


def pause(turn: int) -> None:
    """Waits before attempt ``turn`` + 1: a random part of a growing time, so that rivals spread out."""
    time.sleep(random.random() * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**turn))  # noqa: S311 - no secret


def transact(client: DynamoDBClient, requests: Sequence[Mapping[str, Any]]) -> None:
    """Makes all writes or none.

    :param requests: as in ``TransactItems``, at most 100.
    :raises Cancelled: with the positions of the failed conditions.
    :raises Unavailable: DynamoDB failed, or the collisions went on.
    """
    items: list[Any] = list(requests)
    attempt(client.transact_write_items, TransactItems=items)


def get(client: DynamoDBClient, table: str, key: Item) -> Item | None:
    """One item, read consistently."""
    return attempt(client.get_item, TableName=table, Key=key, ConsistentRead=True).get("Item")


def get_all(client: DynamoDBClient, table: str, keys: Collection[tuple[tuple[str, str], ...]]) -> list[Item]:
    """The items of ``keys`` that exist, in no order, read consistently: one request for every 100 distinct keys, and further ones for
    what DynamoDB leaves out (answers over 16 MB, throttling).

    :param keys: each as pairs of attribute name and text.
    """
    left: list[Any] = [{name: {"S": text} for name, text in key} for key in dict.fromkeys(keys)]
    found: list[Item] = []
    turn = 0
    while left:
        batch, left = left[:BATCH], left[BATCH:]
        request: Any = {table: {"Keys": batch, "ConsistentRead": True}}
        answer = attempt(client.batch_get_item, RequestItems=request)
        found += answer.get("Responses", {}).get(table, [])
        unprocessed: Any = answer.get("UnprocessedKeys", {})
        again = unprocessed.get(table, {}).get("Keys", [])
        if again:
            turn += 1
            if turn == ATTEMPTS:
                raise Unavailable("DynamoDB: keys stay unprocessed")
            pause(turn)
            left = [*again, *left]
    return found


def query(client: DynamoDBClient, **arguments: Any) -> Iterator[Item]:
    """All items that match, page after page."""
    while True:
        answer: Any = attempt(client.query, **arguments)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _cancelled(codes: Sequence[str]) -> Exception:
    failed = frozenset(n for n, code in enumerate(codes) if code == "ConditionalCheckFailed")
    if failed:
        return Cancelled(failed)
    if {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}.intersection(codes):
        return _Collision()
    return Unavailable(f"DynamoDB: cancelled, {', '.join(sorted(set(codes) - {'None'}))}")
