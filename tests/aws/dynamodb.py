"""DynamoDB in this process, with the tables that ``template.yaml`` defines."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from moto import mock_aws
from tests.aws import template

_NOT_FOR_CREATE = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification"}


class SerialClient:
    """A DynamoDB client whose requests are each indivisible, as the service's are and those of the emulation, by itself, are not; counts
    them by operation.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._client, operation)

        def request(**arguments: Any) -> Any:
            with self._lock:
                self.requests[operation] += 1
                return method(**arguments)

        return request


@cache
def _client() -> Any:
    # Making a client takes longer than most tests. It works in every emulation after moto has been imported.
    return boto3.client(
        "dynamodb",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        # Whatever tests of other things put into the environment.
        endpoint_url="https://dynamodb.us-east-1.amazonaws.com",
    )


@contextmanager
def emulated() -> Iterator[SerialClient]:
    """An empty database; tables are called like their resources."""
    client = _client()
    with mock_aws():
        for name, table in template.resources("AWS::DynamoDB::Table").items():
            properties = {k: v for k, v in table["Properties"].items() if k not in _NOT_FOR_CREATE}
            properties["SSESpecification"] = {"Enabled": True}
            client.create_table(TableName=name, **properties)
        yield SerialClient(client)
