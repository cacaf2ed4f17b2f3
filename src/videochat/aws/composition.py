"""The composition root of the functions that work on the stores."""

from collections.abc import Sequence
from functools import cache

from videochat.adapters.apigateway import ApiGatewayPush
from videochat.adapters.dynamodb.calls import DynamoDBCalls
from videochat.adapters.dynamodb.client import DynamoDBClient
from videochat.adapters.dynamodb.connections import DynamoDBConnections
from videochat.adapters.dynamodb.contacts import DynamoDBContacts
from videochat.adapters.dynamodb.tickets import DynamoDBTickets
from videochat.adapters.dynamodb.users import DynamoDBUsers
from videochat.adapters.ice import ConfiguredIceServers
from videochat.adapters.local.ids import RandomIds
from videochat.adapters.sqs import SqsTimers
from videochat.aws import logs, process
from videochat.aws.metrics import CountedCalls, CountedPush
from videochat.aws.settings import Settings, SettingsError
from videochat.core.errors import Unauthorized
from videochat.core.models import Identity
from videochat.core.ports import Push, Timers
from videochat.core.services import Core, Ports, assemble
from videochat.core.tickets import Signer


class NoTokens:
    """A :class:`~videochat.core.ports.TokenVerifier` for functions behind API Gateway, whose authorizers have verified the token."""

    def verify(self, token: str, now: int) -> Identity:  # noqa: ARG002 - the port names them
        """
        :raises Unauthorized: always.
        """
        raise Unauthorized


class Silent:
    """Push and timers of functions that only read: the template gives them no address to send to, and their roles no right."""

    def send(self, connection_ids: Sequence[str], frame: bytes) -> set[str]:  # noqa: ARG002 - the port names them
        """
        :raises SettingsError: always.
        """
        raise SettingsError("This function does not send frames.")

    def schedule(self, at: int, kind: str, key: str) -> None:  # noqa: ARG002 - the port names them
        """
        :raises SettingsError: always.
        """
        raise SettingsError("This function does not set timers.")


@cache
def timers() -> SqsTimers:
    """The timers of this process.

    :raises SettingsError: this function has none.
    """
    s = process.settings()
    return SqsTimers(
        process.requests(),
        s.region,
        s.url_suffix,
        s.need("timers_queue_url"),
        process.clock,
        logs.correlation_id,
    )


@cache
def core() -> Core:
    """The core of this process."""
    s = process.settings()
    push = ApiGatewayPush(process.requests(), s.socket_api_url) if s.socket_api_url else Silent()
    return compose(
        s,
        DynamoDBClient(process.requests(), s.region, s.url_suffix),
        push,
        timers() if s.timers_queue_url else Silent(),
    )


def compose(
    settings: Settings, client: DynamoDBClient, push: Push, timers: Timers, signer: Signer | None = None
) -> Core:
    """The core on DynamoDB. Making it asks nothing of any service.

    :param signer: signs tickets; by default with the secret of this stack.
    """
    ports = Ports(
        users=DynamoDBUsers(client, settings.users_table),
        contacts=DynamoDBContacts(client, settings.contacts_table),
        connections=DynamoDBConnections(client, settings.connections_table),
        calls=CountedCalls(DynamoDBCalls(client, settings.calls_table)),
        tickets=DynamoDBTickets(client, settings.connections_table),
        push=CountedPush(push),
        timers=timers,
        tokens=NoTokens(),
        ice=ConfiguredIceServers(()),
        clock=process.clock,
        ids=RandomIds(),
    )
    return assemble(ports, signer or process.SecretSigner())
