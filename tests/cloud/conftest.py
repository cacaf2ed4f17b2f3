"""The AWS edition, deployed once to an emulated cloud that enforces IAM; and people who sign in there."""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.cloud.deployment import CloudDeployment
from tests.cloud.people import Regulars, in_the_cloud, make_account, new_address, password_of
from tests.e2e.browser import Person
from tests.e2e.client import Account, Socket
from tests.e2e.conftest import (
    FAILED,
    AccountMaker,
    PersonMaker,
    browser,
    check_problems,
    making,
    playwright,
    see_off,
)
from tests.e2e.test_contract_calls import invite

__all__ = ["browser", "playwright"]

OTHERWISE_IN_THE_CLOUD = {
    "test_a_bad_body_is_refused[not UTF-8]": "API Gateway hands bodies on as text, with replacement characters",
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
    "test_a_bad_frame_is_answered_and_the_socket_lives_on[binary]": "API Gateway closes the socket; the emulator reads it as text",
    "test_an_unknown_path_and_method_are_problems": "API Gateway tells unknown methods and unknown paths alike",
}


THE_BROWSERS_BUSINESS = {
    "test_a_call_between_chromium_and_firefox[firefox-calls]",
    "test_chat[phone]",
    "test_chat[side]",
    "test_the_path_breaks_and_comes_back[media-only]",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what the gateway decides otherwise, see ``test_gateway.py`` for what it does instead; and what is between browsers alone."""
    left_out = OTHERWISE_IN_THE_CLOUD.keys() | THE_BROWSERS_BUSINESS
    items[:] = [item for item in items if item.name not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds what the functions complained of to the report of a failed test."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    if report.failed and report.when == "call":
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, CloudDeployment):
                complaints = [line for line in value.logs() if re.search(r'"level":"(WARNING|ERROR)', line)]
                report.sections.append(("functions' logs", "\n".join(complaints[-15:])))
    return report


@pytest.fixture(scope="session")
def deployment() -> Iterator[CloudDeployment]:
    """An emulated cloud with everything deployed. At the end its logs are searched for secrets."""
    deployment = CloudDeployment()
    deployment.start()
    deployment.warm_up()
    yield deployment
    lines = list(deployment.logs())
    deployment.stop()
    assert any('"message":"request"' in line for line in lines), "nothing was logged"
    leaks = deployment.secrets.found_in("\n".join(lines))
    assert not leaks, "The logs give secrets away:\n" + "\n".join(leaks)


@pytest.fixture(scope="session")
def account(deployment: CloudDeployment) -> AccountMaker:
    """Makes accounts."""
    return lambda name: make_account(deployment, name)


@dataclass(frozen=True)
class Unanswered:
    """A call that nobody answers."""

    call_id: str
    caller: Socket
    callee: Socket
    account: Account
    """The callee's."""


@pytest.fixture(scope="session", autouse=True)
def unanswered(deployment: CloudDeployment) -> Iterator[Unanswered]:
    """Begins with the first test, so that the minute is over by the time somebody asks for its end."""
    ada, grace = (make_account(deployment, name) for name in ("Ada", "Grace"))
    ada.befriend(grace)
    with ada.socket() as caller, grace.socket() as callee:
        yield Unanswered(invite(caller, callee)[0], caller, callee, grace)


@pytest.fixture
def person(
    browser: Browser, deployment: CloudDeployment, request: pytest.FixtureRequest
) -> Iterator[PersonMaker]:
    """See :func:`making`."""

    def move_in(
        name: str,
        *,
        at: object = None,
        using: Browser = browser,
        kind: type[Person] = Person,
        **options: Any,
    ) -> Person:
        # There is one cloud, wherever they want to be.
        return in_the_cloud(kind)(using, deployment, name, new_address(name), password_of(name), **options)

    yield from making(move_in, request)


class Outage:
    """The cloud as something that can go and come back, as far as it can: it stops answering, and goes on."""

    def __init__(self, deployment: CloudDeployment) -> None:
        self.kill = deployment.fall_silent
        self.start = deployment.go_on


@pytest.fixture
def start(deployment: CloudDeployment) -> Iterator[Callable[[], Outage]]:
    """Stands in for what starts a server that a test may kill."""
    outage = Outage(deployment)
    yield lambda: outage
    outage.start()


@pytest.fixture(scope="session")
def regulars(browser: Browser, deployment: CloudDeployment) -> Iterator[Regulars]:
    """Two contacts who stay."""
    regulars = Regulars(browser, deployment)
    yield regulars
    regulars.leave()


@pytest.fixture
def pair(regulars: Regulars, request: pytest.FixtureRequest) -> Iterator[tuple[Person, Person]]:
    """Two contacts, both looking at their contact list."""
    yield regulars.come()
    if request.node.stash.get(FAILED, False):
        see_off(regulars.people, request)
        regulars.leave()
        return
    try:
        regulars.stop()
        check_problems(regulars.people)
    except BaseException:
        regulars.leave()
        raise


@pytest.fixture
def friends(pair: tuple[Person, Person]) -> tuple[Person, Person]:
    """The same two: here a pair stays, and begins each test with nothing behind it."""
    return pair
