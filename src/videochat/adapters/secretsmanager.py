"""Reads secrets from AWS Secrets Manager."""

import msgspec

from videochat.adapters.aws_requests import AwsRequests
from videochat.core.errors import Unavailable


class _Value(msgspec.Struct):
    SecretString: str


def read_secret(requests: AwsRequests, region: str, suffix: str, secret_id: str) -> bytes:
    """The text of a secret.

    :param secret_id: its ARN or name.
    :raises Unavailable: it cannot be read.
    """
    answer = requests.post(
        "secretsmanager",
        f"https://secretsmanager.{region}.{suffix}/",
        msgspec.json.encode({"SecretId": secret_id}),
        {"content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue"},
    )
    if answer.status != 200:
        raise Unavailable(f"Secrets Manager: {answer.error}")
    return msgspec.json.decode(answer.body, type=_Value).SecretString.encode()
