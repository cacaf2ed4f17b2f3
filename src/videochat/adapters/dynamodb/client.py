"""A DynamoDB client out of signed requests: decision 0075 tells why it is not botocore's."""

import os
from typing import Any, Final

import msgspec

from videochat.adapters.aws_requests import AwsRequests

_TARGET: Final = "DynamoDB_20120810."
_HEADERS: Final = {"content-type": "application/x-amz-json-1.0"}


class DynamoDBError(Exception):
    """DynamoDB has refused a request, or failed.

    :param code: such as ``ConditionalCheckFailedException``; a status when DynamoDB did not say more.
    :param reasons: of a cancelled transaction, one code for each of its requests; ``None`` stands for no objection.
    """

    def __init__(self, code: str, reasons: tuple[str, ...] = ()) -> None:
        # No message: it may repeat keys, which are people's data.
        super().__init__(code)
        self.code = code
        self.reasons = reasons


class DynamoDBClient:
    """The operations that the stores use, with arguments and answers as the service's JSON protocol has them
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html). The names are those of botocore, so
    that its clients can stand in for this one and this one for them.

    All methods raise :class:`DynamoDBError`, and :class:`~videochat.core.errors.Unavailable` when there is no answer at all.

    :param suffix: domain of the service endpoints in this partition.
    """

    def __init__(self, requests: AwsRequests, region: str, suffix: str = "amazonaws.com") -> None:
        self._requests = requests
        self._url = f"https://dynamodb.{region}.{suffix}/"

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        """One item."""
        return self._ask("GetItem", arguments)

    def batch_get_item(self, **arguments: Any) -> dict[str, Any]:
        """Up to 100 items."""
        return self._ask("BatchGetItem", arguments)

    def query(self, **arguments: Any) -> dict[str, Any]:
        """Items of one partition, up to a megabyte."""
        return self._ask("Query", arguments)

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        """Writes one item."""
        return self._ask("PutItem", arguments)

    def transact_get_items(self, **arguments: Any) -> dict[str, Any]:
        """Several items as they were at one moment."""
        return self._ask("TransactGetItems", arguments)

    def transact_write_items(self, **arguments: Any) -> dict[str, Any]:
        """All writes or none. When an answer is lost and the request made again, the token keeps it from being done twice."""
        return self._ask("TransactWriteItems", {"ClientRequestToken": os.urandom(16).hex(), **arguments})

    def _ask(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        headers = {**_HEADERS, "x-amz-target": _TARGET + operation}
        answer = self._requests.post("dynamodb", self._url, msgspec.json.encode(arguments), headers)
        if answer.status == 200:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        raise DynamoDBError(answer.code or f"status {answer.status}", _reasons(answer.body))


class _Reason(msgspec.Struct):
    Code: str = "None"


class _Refusal(msgspec.Struct):
    CancellationReasons: list[_Reason] = []


def _reasons(body: bytes) -> tuple[str, ...]:
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:  # whatever stands between us and DynamoDB may answer in its own way
        return ()
    return tuple(reason.Code for reason in refusal.CancellationReasons)
