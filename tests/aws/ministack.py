"""DynamoDB as the emulator of ``make cloud`` has it: over HTTP, through the product's own client."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from scripts.aws.cloud import REGION, emulator, free_port
from tests.aws.dynamodb import table_definitions

from videochat.adapters.aws_requests import AwsRequests, Credentials
from videochat.adapters.dynamodb.client import DynamoDBClient

TOOLS: Final = Path(__file__).resolve().parents[2] / ".venv-cloud" / "bin" / "python"


class MiniStack:
    """A running emulator.

    :param endpoint: its address.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._accounts = itertools.count(1)

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """Starts one on a free port, and stops it.

        :param folder: for its log, and what it may keep.
        """
        assert TOOLS.exists(), "The emulator is not installed: run `make .venv-cloud/.stamps/tools`."
        settings = {"SERVICES": "dynamodb", "AUTH": "false"}
        with emulator(free_port(), folder, folder / "emulator.log", str(TOOLS), settings) as endpoint:
            yield cls(endpoint)

    @contextmanager
    def database(self) -> Iterator[DynamoDBClient]:
        """A client of an account of its own, whose tables are empty and called like the template's resources."""
        # The emulator takes an access key of twelve digits for the account.
        credentials = Credentials(f"{next(self._accounts):012}", "secret")
        # As long as a busy machine takes: what is tested here is not speed.
        requests = AwsRequests(REGION, credentials, self._endpoint, timeout=60)
        client = DynamoDBClient(requests, REGION)
        for definition in table_definitions():
            client._ask("CreateTable", definition)
        yield client
        requests.close()
