"""Servers and accounts for the tests from outside."""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from tests.e2e.browser import Person, launch
from tests.e2e.client import Account
from tests.e2e.deployment import LocalDeployment
from tests.e2e.oidc import sign_up

AccountMaker = Callable[[str], Account]
Starter = Callable[..., LocalDeployment]

Someone = TypeVar("Someone", bound=Person)

FAILED = pytest.StashKey[bool]()

_numbers = itertools.count(1)


def finish(deployment: LocalDeployment) -> None:
    """Stops the server and checks what it logged."""
    status = deployment.stop() if deployment.running else 0
    leaks = deployment.secrets.found_in(deployment.log)
    assert not leaks, "The log gives secrets away:\n" + "\n".join(leaks)
    assert '"level": "error"' not in deployment.log, f"The log has errors:\n{deployment.log}"
    assert status == 0, f"The server stopped with exit status {status}"


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """Starts servers, with ``VIDEOCHAT_*`` settings by their lower-case names; stops and checks them at the end."""
    started: list[LocalDeployment] = []

    def make(**settings: str) -> LocalDeployment:
        deployment = LocalDeployment(
            tmp_path_factory.mktemp("server") / "data", settings={k.upper(): v for k, v in settings.items()}
        )
        started.append(deployment)
        deployment.start()
        return deployment

    yield make
    for deployment in started:
        finish(deployment)


@pytest.fixture(scope="module")
def deployment(start: Starter) -> LocalDeployment:
    """A server with its default settings, shared by the tests of one file, which do it no harm."""
    return start()


def make_account(deployment: LocalDeployment, name: str) -> Account:
    """A new account called ``name``, with an address that nobody else has."""
    email = f"{name.lower()}{next(_numbers)}@example.test"
    tokens = sign_up(deployment.base_url, name, email, deployment.secrets.remember(f"correct horse {name}"))
    for kind in ("access_token", "id_token", "refresh_token"):
        deployment.secrets.remember(tokens[kind])
    account = Account(deployment, email, name, tokens["access_token"])
    account.user_id = account.request("GET", "/user").json()["userId"]
    return account


@pytest.fixture(scope="module")
def account(deployment: LocalDeployment) -> AccountMaker:
    """Makes accounts."""
    return lambda name: make_account(deployment, name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the servers' last lines to the report of a failed test."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, LocalDeployment):
                report.sections.append((f"server log ({name})", "\n".join(value.log.splitlines()[-15:])))
    return report


# --- Browsers ---------------------------------------------------------------------------------------------------------

PersonMaker = Callable[..., Person]
BROWSER_NOISE = ("Failed to load resource", "WebSocket connection to")
"""What Chromium itself writes to the console about a refused request or a lost line; the pages deal with those."""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, driving the machine's own Chromium."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser with a fake camera and microphone that pages may use."""
    with launch(playwright) as running:
        yield running


def see_off(made: Sequence[Person], request: pytest.FixtureRequest) -> None:
    """Ends a test with these people: pictures of their pages if it failed, windows closed, and their pages must not have complained."""
    if request.node.stash.get(FAILED, False):
        for each in made:
            each.screenshot(Path("test-results") / request.node.name / f"{each.name}.png")
    for each in made:
        each.close()
    check_problems(made)


def check_problems(made: Sequence[Person]) -> None:
    """The pages of these people must not have complained; forgets what they have."""
    problems = [
        f"{each.name}: {p}" for each in made for p in each.problems if not any(n in p for n in BROWSER_NOISE)
    ]
    for each in made:
        each.problems.clear()
    assert not problems, "Pages complained:\n" + "\n".join(problems)


def move_in(
    name: str, browser: Browser, deployment: LocalDeployment, kind: type[Person] = Person, **options: Any
) -> Person:
    """A window of somebody who has no account yet."""
    email = f"{name.lower()}{next(_numbers)}@example.test"
    password = deployment.secrets.remember(f"correct horse battery {name}")
    return kind(browser, deployment, name, email, password, **options)


def making(
    move_in: Callable[..., Someone], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Someone]]:
    """Makes people with accounts, signed in and looking at their contact list; closes their windows at the end of the test.

    :param move_in: opens the window of somebody who has no account yet, by a name and whatever else is asked for.
    """
    made: list[Someone] = []

    def make(*who: Any, signed_in: bool = True, **options: Any) -> Someone:
        one = move_in(*who, **options)
        made.append(one)
        if signed_in:
            one.sign_up()
        return one

    yield make
    see_off(made, request)


@pytest.fixture
def person(
    browser: Browser, deployment: LocalDeployment, request: pytest.FixtureRequest
) -> Iterator[PersonMaker]:
    """See :func:`making`."""

    def move(
        name: str,
        *,
        at: LocalDeployment = deployment,
        using: Browser = browser,
        kind: type[Person] = Person,
        **options: Any,
    ) -> Person:
        return move_in(name, using, at, kind, **options)

    yield from making(move, request)


Pair = tuple[Person, Person]


@pytest.fixture
def pair(person: PersonMaker) -> Pair:
    """Two contacts who have never called each other, both looking at their contact list."""
    ada, grace = person("Ada"), person("Grace")
    ada.befriend(grace)
    return ada, grace


class Regulars(Generic[Someone]):
    """Two contacts who stay for as long as all goes well, since signing two people up takes longer than most calls.

    :param move_in: opens the window of somebody of that name who has no account yet.
    """

    def __init__(self, move_in: Callable[[str], Someone]) -> None:
        self._move_in = move_in
        self._pair: tuple[Someone, Someone] | None = None

    def come(self) -> tuple[Someone, Someone]:
        """Ada and Grace, both looking at their contact list, on a page that was loaded anew."""
        pair, self._pair = self._pair, None
        if pair is None:
            ada, grace = pair = self._move_in("Ada"), self._move_in("Grace")
            for each in pair:
                each.sign_up()
            ada.befriend(grace)
        else:
            for each in pair:
                each.arrive()
        return pair

    def part(self, pair: tuple[Someone, Someone], request: pytest.FixtureRequest) -> None:
        """Ends a test. After one that went well the two leave the call that they are in, and stay if each has the one page and no other."""
        if request.node.stash.get(FAILED, False) or not all(map(_has_stayed, pair)):
            see_off(pair, request)
            return
        try:
            for each in pair:
                # At once: between a look at it and a click the other side's end of the call may take the button away.
                each.button("Hang up").evaluate_all("buttons => buttons.forEach((button) => button.click())")
            for each in pair:
                each.is_out_of_the_call()
            check_problems(pair)
        except BaseException:
            for each in pair:
                each.close()
            raise
        self._pair = pair

    def leave(self) -> None:
        """The two move out."""
        for each in self._pair or ():
            each.close()


def _has_stayed(person: Person) -> bool:
    return person.context.pages == [person.page] and person.page.url.startswith(person.deployment.base_url)


@pytest.fixture(scope="module")
def regulars(browser: Browser, deployment: LocalDeployment) -> Iterator[Regulars[Person]]:
    """See :class:`Regulars`."""
    regulars = Regulars(lambda name: move_in(name, browser, deployment))
    yield regulars
    regulars.leave()


@pytest.fixture
def friends(regulars: Regulars[Person], request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two contacts, both looking at their contact list, for tests that leave them contacts. They may have called each other before."""
    friends = regulars.come()
    yield friends
    regulars.part(friends, request)


@pytest.fixture(scope="session")
def browser_that_refuses(playwright: Playwright) -> Iterator[Browser]:
    """A browser whose camera and microphone pages may not use."""
    with launch(playwright, grant=False) as running:
        yield running


@pytest.fixture(scope="session")
def browser_without_devices(playwright: Playwright) -> Iterator[Browser]:
    """A browser on a machine without a camera or microphone."""
    with launch(playwright, fake_devices=False) as running:
        yield running
