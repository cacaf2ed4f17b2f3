"""Contacts in DynamoDB."""

from typing import Any

from videochat.adapters.dynamodb import requests
from videochat.adapters.dynamodb.client import DynamoDBClient
from videochat.adapters.dynamodb.items import Item, absent, item, matches, plain
from videochat.adapters.dynamodb.requests import Cancelled
from videochat.adapters.pairs import ids_of
from videochat.core.errors import Conflict
from videochat.core.models import ContactPair, ContactRow, Relation

EMAIL_INDEX = "UserIdIndex"


class DynamoDBContacts:
    """Implements :class:`videochat.core.ports.ContactStore`. Both rows of a pair are read and written in transactions."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def list_of(self, user_id: str) -> list[ContactRow]:
        """See the port. One request for every megabyte, so for some 3,000 rows."""
        found = requests.query(
            self._client,
            TableName=self._table,
            IndexName=EMAIL_INDEX,
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues=item({":user": user_id}),
            ConsistentRead=True,
        )
        # The index sorts by address; rows with the same one come in any order.
        return sorted((_row(one) for one in found), key=lambda row: (row.contact_email, row.contact_user_id))

    def get_pair(self, user_id: str, contact_user_id: str) -> ContactPair:
        """See the port."""
        if user_id == contact_user_id:
            # Nobody has themselves as a contact, and a transaction must not name an item twice.
            return ContactPair(None, None)
        keys: Any = [
            {"Get": {"TableName": self._table, "Key": _key(*pair)}}
            for pair in ((user_id, contact_user_id), (contact_user_id, user_id))
        ]
        answer = requests.attempt(self._client.transact_get_items, TransactItems=keys)
        mine, theirs = (one.get("Item") for one in answer["Responses"])
        return ContactPair(_row(mine) if mine else None, _row(theirs) if theirs else None)

    def write_pair(self, before: ContactPair, after: ContactPair) -> None:
        """See the port."""
        user_id, contact_user_id = ids_of(before, after)
        writes = [
            self._write(_key(user_id, contact_user_id), before.mine, after.mine),
            self._write(_key(contact_user_id, user_id), before.theirs, after.theirs),
        ]
        try:
            requests.transact(self._client, writes)
        except Cancelled:
            raise Conflict("the rows have changed") from None

    def _write(self, key: Item, before: ContactRow | None, after: ContactRow | None) -> dict[str, Any]:
        seen = absent("userId") if before is None else matches(_item(before))
        common = {"TableName": self._table, **seen.arguments}
        if after is not None:
            return {"Put": {"Item": _item(after), **common}}
        if before is not None:
            return {"Delete": {"Key": key, **common}}
        return {"ConditionCheck": {"Key": key, **common}}


def _key(user_id: str, contact_user_id: str) -> Item:
    return item({"userId": user_id, "contactUserId": contact_user_id})


def _item(row: ContactRow) -> Item:
    return item(
        {
            "userId": row.user_id,
            "contactUserId": row.contact_user_id,
            "contactEmail": row.contact_email,
            "contactName": row.contact_name,
            "relation": row.relation.value,
            "blocked": row.blocked,
            "blockedByContact": row.blocked_by_contact,
            "updatedAt": row.updated_at,
        }
    )


def _row(stored: Any) -> ContactRow:
    fields = plain(stored)
    return ContactRow(
        user_id=fields["userId"],
        contact_user_id=fields["contactUserId"],
        contact_email=fields["contactEmail"],
        contact_name=fields["contactName"],
        relation=Relation(fields["relation"]),
        blocked=fields["blocked"],
        blocked_by_contact=fields["blockedByContact"],
        updated_at=fields["updatedAt"],
    )
