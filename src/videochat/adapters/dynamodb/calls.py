"""Calls in DynamoDB."""

import re
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from videochat.adapters.dynamodb import requests
from videochat.adapters.dynamodb.client import DynamoDBClient
from videochat.adapters.dynamodb.items import ALONE, Condition, Item, absent, equal, item, plain
from videochat.adapters.dynamodb.requests import ATTEMPTS, Cancelled
from videochat.core.errors import CallExists, Conflict, Unavailable, UserBusy
from videochat.core.models import Call, CallPage, CallState, EndReason

_SORT: Final = "startedAt#callId"
# Fifteen digits hold milliseconds for some 30,000 years, and sort as text as they do as numbers.
# Cursors have a dot in place of the “#”, so that they may stand in a URL as they are.
_CURSOR: Final = re.compile(r"[0-9]{15}\.[A-Za-z0-9_\-]{1,64}\Z")


class DynamoDBCalls:
    """Implements :class:`videochat.core.ports.CallStore`.

    A call is one item, so that accepting is one conditional write; the history of each member has an item that points to it. A claim
    item for each member makes sure that nobody is in two unfinished calls.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def create(self, call: Call) -> None:
        """See the port."""
        writes = [
            {"Put": {"TableName": self._table, "Item": _item(call), **absent("userId").arguments}},
            *({"Put": {"TableName": self._table, "Item": key}} for key in _history_keys(call)),
        ]
        claims = [] if call.state is CallState.ENDED else _members(call)
        first_claim = len(writes)
        writes += [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": {**_key(_claim(user_id)), **item({"callId": call.call_id})},
                    **absent("userId").arguments,
                }
            }
            for user_id in claims
        ]
        try:
            requests.transact(self._client, writes)
        except Cancelled as cancelled:
            if 0 in cancelled.failed:
                raise CallExists from None
            raise UserBusy(claims[min(cancelled.failed) - first_claim]) from None

    def get(self, call_id: str) -> Call | None:
        """See the port."""
        found = requests.get(self._client, self._table, _key(_own(call_id)))
        return None if found is None else _call(found)

    def unfinished_of(self, user_id: str) -> Call | None:
        """See the port."""
        for _ in range(ATTEMPTS):
            claim = requests.get(self._client, self._table, _key(_claim(user_id)))
            if claim is None:
                return None
            call = self.get(plain(claim)["callId"])
            if call is not None and call.state is not CallState.ENDED:
                return call
            # It ended between the two reads; there may be another by now.
        raise Unavailable("DynamoDB: the claim keeps changing")

    def update(self, call: Call) -> Call:
        """See the port."""
        stored = replace(call, version=call.version + 1)
        try:
            if call.state is CallState.ENDED:
                self._end(call, stored)
            else:
                self._put(stored, equal(version=call.version))
        except Cancelled:
            raise Conflict("the call has changed") from None
        return stored

    def history(self, user_id: str, limit: int, after: str | None) -> CallPage:
        """See the port. Two requests: the user's items, then the calls they point to."""
        if after is not None and not _CURSOR.match(after):
            return CallPage([], None)
        # One more than asked for tells whether there is another page.
        found = self._history_page(user_id, limit + 1, after and after.replace(".", "#"))
        sorts = [str(one[_SORT]["S"]) for one in found]
        ids = [sort.partition("#")[2] for sort in sorts[:limit]]
        keys = [(("userId", _own(call_id)), (_SORT, ALONE)) for call_id in ids]
        calls = {call.call_id: call for call in map(_call, requests.get_all(self._client, self._table, keys))}
        # A call may have been removed meanwhile.
        listed = [calls[call_id] for call_id in ids if call_id in calls]
        return CallPage(listed, sorts[limit - 1].replace("#", ".") if len(sorts) > limit else None)

    def remove_all_of(self, user_id: str) -> None:
        """See the port. Call by call: an interrupted removal can be done again."""
        for partition in (user_id, _unseen(user_id)):
            while found := self._history_page(partition, 25, None):
                for one in found:
                    self._remove(
                        str(one[_SORT]["S"]).partition("#")[2], {"userId": one["userId"], _SORT: one[_SORT]}
                    )

    def _history_page(self, user_id: str, limit: int, after: str | None) -> list[Item]:
        names = {"#u": "userId"}
        values = {":u": user_id}
        condition = "#u = :u"
        if after is not None:
            condition += " AND #s < :s"
            names["#s"] = _SORT
            values[":s"] = after
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": item(values),
            "ScanIndexForward": False,
            "Limit": limit,
            "ConsistentRead": True,
        }
        answer = requests.attempt(self._client.query, **arguments)
        found: list[Item] = answer["Items"]
        return found

    def _put(self, call: Call, seen: Condition) -> None:
        requests.attempt(self._client.put_item, TableName=self._table, Item=_item(call), **seen.arguments)

    def _end(self, call: Call, stored: Call) -> None:
        """Saves the end and releases the members; only corrects the record when the call had ended before."""
        claims = [self._released(call, user_id) for user_id in _members(call)]
        put = {"TableName": self._table, "Item": _item(stored), **equal(version=call.version).arguments}
        try:
            requests.transact(self._client, [{"Put": put}, *claims])
        except Cancelled as cancelled:
            if 0 in cancelled.failed:
                raise
            self._put(stored, equal(version=call.version, state=CallState.ENDED.value))

    def _remove(self, call_id: str, pointer: Item) -> None:
        for _ in range(ATTEMPTS):
            call = self.get(call_id)
            if call is None:
                requests.transact(self._client, [{"Delete": {"TableName": self._table, "Key": pointer}}])
                return
            deletes: list[dict[str, Any]] = [
                {
                    "Delete": {
                        "TableName": self._table,
                        "Key": _key(_own(call_id)),
                        **equal(version=call.version).arguments,
                    }
                },
                *({"Delete": {"TableName": self._table, "Key": key}} for key in _history_keys(call)),
            ]
            if call.state is not CallState.ENDED:
                deletes += [self._released(call, user_id) for user_id in _members(call)]
            try:
                requests.transact(self._client, deletes)
                return
            except Cancelled:
                continue
        raise Unavailable("DynamoDB: the call keeps changing")

    def _released(self, call: Call, user_id: str) -> dict[str, Any]:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": _key(_claim(user_id)),
                **equal(callId=call.call_id).arguments,
            }
        }


def _members(call: Call) -> list[str]:
    """Without repetition, the callee first."""
    return list(dict.fromkeys((call.callee_id, call.caller_id)))


def _own(call_id: str) -> str:
    return f"#call#{call_id}"


def _claim(user_id: str) -> str:
    return f"#claim#{user_id}"


def _unseen(user_id: str) -> str:
    """For calls that ``user_id`` has not heard of: they go when the user goes."""
    return f"#unseen#{user_id}"


def _key(partition: str) -> Item:
    return item({"userId": partition, _SORT: ALONE})


def _history_keys(call: Call) -> list[Item]:
    sort = f"{call.started_at:015d}#{call.call_id}"
    members = _members(call)
    if call.reason is EndReason.BLOCKED:
        members = [call.caller_id, _unseen(call.callee_id)]
    return [item({"userId": member, _SORT: sort}) for member in members]


def _item(call: Call) -> Item:
    return {**_key(_own(call.call_id)), **item(msgspec.structs.asdict(call))}


def _call(stored: Item) -> Call:
    fields = plain(stored)
    return msgspec.convert({name: fields[name] for name in Call.__struct_fields__ if name in fields}, Call)
