"""Users in DynamoDB."""

from collections.abc import Collection, Mapping

from videochat.adapters.dynamodb import requests
from videochat.adapters.dynamodb.client import DynamoDBClient
from videochat.adapters.dynamodb.items import Item, absent, absent_or_equal, equal, item, plain
from videochat.adapters.dynamodb.requests import ATTEMPTS, Cancelled
from videochat.core.errors import EmailTaken, Unavailable
from videochat.core.models import User

EMAIL_INDEX = "UserEmailIndex"


class DynamoDBUsers:
    """Implements :class:`videochat.core.ports.UserStore`.

    An index cannot make addresses unique, so each has an item of its own that names its owner and changes in the same transaction.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, user_id: str) -> User | None:
        """See the port."""
        found = requests.get(self._client, self._table, item({"userId": user_id}))
        return None if found is None else _user(found)

    def get_many(self, user_ids: Collection[str]) -> Mapping[str, User]:
        """See the port. One request for every 100 ids."""
        keys = [(("userId", user_id),) for user_id in user_ids]
        users = [_user(found) for found in requests.get_all(self._client, self._table, keys)]
        return {user.user_id: user for user in users}

    def find_by_email(self, email: str) -> User | None:
        """See the port. Reads the index, which follows the table within moments: a newcomer may be found a little later."""
        if not email:  # an empty key is refused by DynamoDB
            return None
        found = requests.query(
            self._client,
            TableName=self._table,
            IndexName=EMAIL_INDEX,
            KeyConditionExpression="#email = :email",
            ExpressionAttributeNames={"#email": "email"},
            ExpressionAttributeValues=item({":email": email}),
        )
        return next((_user(one) for one in found), None)

    def save(self, user: User) -> None:
        """See the port."""
        for _ in range(ATTEMPTS):
            known = self.get(user.user_id)
            seen = absent("userId") if known is None else equal(email=known.email)
            owned = absent_or_equal("userId", owner=user.user_id)
            writes = [
                {"Put": {"TableName": self._table, "Item": _item(user), **seen.arguments}},
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": item({"userId": _address(user.email), "owner": user.user_id}),
                        **owned.arguments,
                    }
                },
            ]
            if known is not None and known.email != user.email:
                writes.append(self._release(known))
            try:
                requests.transact(self._client, writes)
                return
            except Cancelled as cancelled:
                if cancelled.failed == {1}:
                    raise EmailTaken from None
        raise Unavailable("DynamoDB: the user keeps changing")

    def remove(self, user_id: str) -> None:
        """See the port."""
        for _ in range(ATTEMPTS):
            known = self.get(user_id)
            if known is None:
                return
            delete = {
                "TableName": self._table,
                "Key": item({"userId": user_id}),
                **equal(email=known.email).arguments,
            }
            try:
                requests.transact(self._client, [{"Delete": delete}, self._release(known)])
                return
            except Cancelled:
                continue
        raise Unavailable("DynamoDB: the user keeps changing")

    def _release(self, user: User) -> dict[str, Item]:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": item({"userId": _address(user.email)}),
                **equal(owner=user.user_id).arguments,
            }
        }


def _address(email: str) -> str:
    return f"#email#{email}"


def _item(user: User) -> Item:
    return item(
        {"userId": user.user_id, "email": user.email, "name": user.name, "createdAt": user.created_at}
    )


def _user(stored: Item) -> User:
    fields = plain(stored)
    return User(fields["userId"], fields["email"], fields["name"], fields["createdAt"])
