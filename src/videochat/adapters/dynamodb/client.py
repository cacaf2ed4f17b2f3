"""The DynamoDB client."""

from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def create_client(region: str) -> "DynamoDBClient":
    """A client with the credentials and the endpoint of the environment, short timeouts and a few retries.

    Through botocore alone: the client is the same as boto3's, without the loading of what boto3 has beside it.
    """
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "max_attempts": 4},
        # Requests are made by this package alone; the service checks them anyway.
        parameter_validation=False,
    )
    client = botocore.session.get_session().create_client("dynamodb", region_name=region, config=config)
    return cast("DynamoDBClient", client)
