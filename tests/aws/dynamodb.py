"""DynamoDB in this process, with the tables that ``template.yaml`` defines."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from tests.aws import template

from videochat.adapters.aws_requests import Answer
from videochat.adapters.dynamodb.client import DynamoDBClient

_NOT_FOR_CREATE = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification"}


class Emulation:
    """Takes signed requests as DynamoDB does, and answers out of the emulation; botocore checks them against the model of the service."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def post(self, service: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """See :meth:`AwsRequests.post`."""
        assert service == "dynamodb"
        assert url == "https://dynamodb.us-east-1.amazonaws.com/"
        assert headers["content-type"] == "application/x-amz-json-1.0"
        version, operation = headers["x-amz-target"].split(".")
        assert version == "DynamoDB_20120810"
        try:
            answer = self._client._make_api_call(operation, json.loads(body))
        except ClientError as error:
            return refusal(**error.response)
        del answer["ResponseMetadata"]
        return Answer(200, json.dumps(answer).encode())


def refusal(Error: Any, CancellationReasons: Any = (), **_: Any) -> Answer:
    """What DynamoDB answers when it refuses."""
    document = {
        "__type": f"com.amazonaws.dynamodb.v20120810#{Error['Code']}",
        "message": Error["Message"],
        **({"CancellationReasons": CancellationReasons} if CancellationReasons else {}),
    }
    return Answer(400, json.dumps(document).encode())


class SerialClient:
    """A DynamoDB client whose requests are each indivisible, as the service's are and those of the emulation, by itself, are not; counts
    them by operation. Has botocore's further operations as well.
    """

    def __init__(self, client: Any) -> None:
        emulation: Any = Emulation(client)
        self._ours = DynamoDBClient(emulation, "us-east-1")
        self._theirs = client
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._ours, operation, None) or getattr(self._theirs, operation)

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
        for definition in table_definitions():
            client.create_table(**definition)
        yield SerialClient(client)


def table_definitions() -> Iterator[dict[str, Any]]:
    """What CreateTable takes for each table of the template; they are called like their resources."""
    for name, table in template.resources("AWS::DynamoDB::Table").items():
        properties = {k: v for k, v in table["Properties"].items() if k not in _NOT_FOR_CREATE}
        yield {"TableName": name, **properties, "SSESpecification": {"Enabled": True}}
