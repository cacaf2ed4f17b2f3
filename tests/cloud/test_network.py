"""Calls between two homes whose people use the AWS edition: through NAT and TURN, over lines that break, and while the cloud cannot be reached.

The same scenarios as on one machine, in the same networks (see :mod:`tests.network.namespaces`), chosen for what depends on the edition: TURN
credentials out of Secrets Manager, and sockets, tickets and stored calls while lines and servers come and go. What goes on between the browsers
alone, as on lines that lose packets, is not repeated. The cloud's gate on the public network stands in for a server that is killed: shut, it
closes all connections and refuses new ones.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from tests.cloud.deployment import CloudDeployment
from tests.cloud.gate import Gate
from tests.cloud.people import CloudPerson
from tests.e2e.test_browser_call_ends import (  # noqa: F401 - run here
    test_a_call_is_answered_and_ended_while_the_server_is_away,
)
from tests.e2e.test_browser_rejoin import (  # noqa: F401 - run here
    test_going_back_after_the_server_was_killed_and_restarted,
)
from tests.network import coturn as turn
from tests.network.conftest import (  # noqa: F401 - fixtures
    SECRET,
    Resident,
    ResidentMaker,
    bounded,
    browsers,
    coturn,
    internet,
    neighbourhood,
    neighbours,
    resident,
)
from tests.network.namespaces import PUBLIC_ADDRESS, SIDES, Internet
from tests.network.test_bad_lines import (  # noqa: F401 - run here
    test_a_phone_leaves_the_wi_fi,
    test_the_path_breaks_and_comes_back,
    test_the_path_breaks_for_good,
)
from tests.network.test_server_gone import (  # noqa: F401 - run here
    talking,
    test_hanging_up_while_the_server_is_gone,
    test_media_never_stops_while_the_server_dies_and_comes_back,
    test_the_path_is_mended_without_the_server,
)
from tests.network.test_sleep import test_a_short_sleep  # noqa: F401 - run here
from tests.network.test_turn import (  # noqa: F401 - run here
    test_a_call_connects_through_turn,
    test_turn_credentials_expire_in_the_call,
)

PARAMETERS = {"turn_ttl": "TurnTtl"}
"""Parameters of the stack by the names of the server's settings."""


class PublicCloud:
    """The emulated cloud on the public network. Everything that a :class:`CloudDeployment` has, and a gate.

    :param gate: the way to it.
    """

    def __init__(self, deployment: CloudDeployment, gate: Gate) -> None:
        self._deployment = deployment
        self.kill = gate.shut
        self.start = gate.open

    def __getattr__(self, name: str) -> Any:
        return getattr(self._deployment, name)


class CloudResident(CloudPerson, Resident):
    """Somebody at home in one of the two homes who uses the AWS edition."""

    def arrive(self) -> None:
        """See :meth:`Resident.arrive`; the functions have heard of the end of what was before."""
        user_id = self.deployment.user_id(self.email)
        self.until(
            lambda: not self.deployment.is_in_call(user_id), "the functions know that the call is over", 60
        )
        self.page.goto("about:blank")
        self.until(lambda: not self.deployment.sockets(user_id), "the socket is closed", 60)
        super().arrive()


@pytest.fixture(scope="session")
def kind_of_resident() -> type[Resident]:
    """Who uses the AWS edition."""
    return CloudResident


@pytest.fixture(scope="session")
def chromium_arguments() -> Sequence[str]:
    """The emulator's names are those of this machine, which are elsewhere for people at home. Pages there may use the camera."""
    return (f"--host-resolver-rules=MAP localhost {PUBLIC_ADDRESS}",)


@pytest.fixture(scope="session")
def public(deployment: CloudDeployment, internet: Internet, coturn: turn.Coturn) -> Iterator[PublicCloud]:  # noqa: F811 - fixtures
    """The emulated cloud, whose stack has the TURN server of the public network in its parameters."""
    deployment.change(
        StunUrls=f"stun:{PUBLIC_ADDRESS}:{turn.PORT}",
        TurnUrls=coturn.urls,
        TurnSecretArn=deployment.keep_secret("coturn", SECRET),
    )
    gate = Gate(internet.public, (deployment.port, deployment.web_port))
    gate.open()
    yield PublicCloud(deployment, gate)
    gate.close()


@pytest.fixture
def person(resident: ResidentMaker) -> Callable[..., Resident]:  # noqa: F811 - fixtures
    """Makes people with accounts, signed in, by turns in one home and the other."""
    sides = itertools.cycle(SIDES)
    return lambda name, *, at: resident(name, next(sides), at=at)


@pytest.fixture
def start(public: PublicCloud) -> Iterator[Callable[[], PublicCloud]]:
    """Stands in for what starts a server that a test may kill."""
    yield lambda: public
    public.start()


@pytest.fixture
def start_public(public: PublicCloud) -> Iterator[Callable[..., PublicCloud]]:
    """Stands in for what starts servers with settings of their own: it is the same stack, with other parameters while the test lasts."""

    def make(**settings: str) -> PublicCloud:
        public.change(**{PARAMETERS[name]: value for name, value in settings.items()})
        return public

    yield make
    public.start()
    public.change(TurnTtl="3600")
