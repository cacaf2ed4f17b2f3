"""Used tickets in DynamoDB, in the table of the connections."""

import os

from videochat.adapters.dynamodb import requests
from videochat.adapters.dynamodb.client import DynamoDBClient
from videochat.adapters.dynamodb.connections import removal_time
from videochat.adapters.dynamodb.items import ALONE, item
from videochat.adapters.dynamodb.requests import Cancelled


class DynamoDBTickets:
    """Implements :class:`videochat.core.ports.TicketStore`. Time to live removes what has expired."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def redeem(self, ticket_id: str, expires_at: int, now: int) -> bool:
        """See the port.

        The item says which redemption it was: when the answer to the write is lost and the write made again, it meets its own item, and the ticket
        counts as redeemed all the same.
        """
        redemption = os.urandom(16).hex()
        used = item(
            {
                "userId": f"#ticket#{ticket_id}",
                "connectionId": ALONE,
                "redemption": redemption,
                "expiresAt": expires_at,
                "removeAt": removal_time(expires_at),
            }
        )
        try:
            requests.attempt(
                self._client.put_item,
                TableName=self._table,
                Item=used,
                ConditionExpression="attribute_not_exists(userId) OR expiresAt < :now OR redemption = :redemption",
                ExpressionAttributeValues=item({":now": now, ":redemption": redemption}),
            )
        except Cancelled:
            return False
        return True
