"""Two homes, a server and a TURN server on networks of their own, and people with browsers in those homes."""

import itertools
import os
import re
import shlex
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, Locator, Playwright
from tests.e2e.browser import WAIT_SECONDS, Person, launch

# The hook and the fixtures of the other tests in browsers.
from tests.e2e.conftest import (
    Regulars,
    browser,
    deployment,
    finish,
    making,
    pair,
    person,
    playwright,
    pytest_runtest_makereport,
    start,
)
from tests.e2e.links import Link, read_link
from tests.network import coturn as turn
from tests.network.deployment import PublicDeployment
from tests.network.namespaces import PUBLIC_ADDRESS, SIDES, Internet, Side, why_impossible

__all__ = ["browser", "deployment", "pair", "person", "playwright", "pytest_runtest_makereport", "start"]

SECRET = "between the server and its relay"

LIMIT_SECONDS = 300

GIVE_UP_SECONDS = 60
"""How long to wait for what a page does by itself at last: it gives a path 30 s to come back after it has noticed that it is gone."""

INTERRUPTED = "Reconnecting…"
"""What a page says while the path between two people is being mended."""

_numbers = itertools.count(1)


def skip_or_fail(reason: str) -> NoReturn:
    """Skips, visibly; fails where the machine is ours to prepare (root on a build server), so that nothing is missed there."""
    if os.environ.get("CI") == "true" and os.geteuid() == 0:
        pytest.fail(f"cannot run here, and has to: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Ends a test that hangs, say in a browser that does not answer: whatever is awaited otherwise has a limit of its own."""

    def stop(*_: object) -> None:
        raise AssertionError(f"The test has taken longer than {LIMIT_SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def internet() -> Iterator[Internet]:
    """The networks; see :class:`Internet`."""
    reason = why_impossible()
    if reason is None and not turn.is_installed():
        reason = "not installed: coturn"
    if reason is not None:
        skip_or_fail(reason)
    made = Internet()
    yield made
    made.close()


@pytest.fixture(scope="session")
def coturn(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[turn.Coturn]:
    """A TURN server that shares :data:`SECRET` with the servers."""
    server = turn.Coturn(internet.public, tmp_path_factory.mktemp("coturn"), secret=SECRET)
    server.start()
    yield server
    server.stop()


PublicStarter = Callable[..., PublicDeployment]


@pytest.fixture(scope="session")
def start_public(
    internet: Internet, coturn: turn.Coturn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PublicStarter]:
    """Starts servers on the public network, with STUN and TURN there, and further settings by their lower-case names."""
    started: list[PublicDeployment] = []

    def make(**settings: str) -> PublicDeployment:
        # The servers' addresses are known to the pages before any test starts its own TURN server.
        given = {
            "stun": f"stun:{PUBLIC_ADDRESS}:{turn.PORT}",
            "turn_urls": coturn.urls,
            "turn_secret": SECRET,
            **settings,
        }
        made = PublicDeployment(
            tmp_path_factory.mktemp("server") / "data",
            internet.public,
            {name.upper(): value for name, value in given.items() if value},
        )
        started.append(made)
        made.secrets.remember(SECRET)
        made.start()
        return made

    yield make
    for each in started:
        finish(each)


@pytest.fixture(scope="session")
def public(start_public: PublicStarter) -> PublicDeployment:
    """A server with its default settings, apart from STUN and TURN."""
    return start_public()


@pytest.fixture(scope="session")
def chromium_arguments() -> Sequence[str]:
    """Further arguments of the browsers in the homes."""
    return ()


@pytest.fixture(scope="session")
def browsers(
    playwright: Playwright,
    internet: Internet,
    tmp_path_factory: pytest.TempPathFactory,
    chromium_arguments: Sequence[str],
) -> Iterator[dict[Side, Browser]]:
    """A Chromium in each home. It is driven over a pipe, which the namespace does not touch."""
    folder = tmp_path_factory.mktemp("browsers")
    running: dict[Side, Browser] = {}
    for side in SIDES:
        script = folder / f"chromium-{side}"
        command = internet.homes[side].command(
            os.environ.get("CHROMIUM", "/usr/bin/chromium"), *chromium_arguments
        )
        script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', "utf-8")
        script.chmod(0o755)
        running[side] = launch(playwright, executable=script)
    yield running
    for each in running.values():
        each.close()


class Resident(Person):
    """Somebody at home in one of the two homes."""

    def link(self) -> Link:
        """What the peer connection is doing; there has to be one."""
        link = read_link(self.page)
        assert link is not None, f"{self.name} has no peer connection"
        return link

    @property
    def chat(self) -> Locator:
        """The chat beside the call; there while it is open."""
        return self.page.get_by_role("region", name="Chat", exact=True)

    def takes_a_path(self, is_it: Callable[[Link], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Waits until the media goes over such a path: browsers take the first that works, and then the best."""
        self.until(lambda: is_it(self.link()), what, seconds)

    def gets_frames(self, number: int = 30) -> None:
        """Waits until that many more frames of the other side's picture have been decoded, over the same connection."""
        first = self.link().frames
        self.until(lambda: self.link().frames >= first + number, f"{number} more frames")

    def hears_well(self, seconds: int = 3) -> None:
        """Waits for so many seconds in a row of which less than a fiftieth had to be made up."""
        readings: list[Link] = []

        def whole() -> bool:
            readings.append(self.link())
            now = readings[-1]
            before = [each for each in readings if each.samples <= now.samples - seconds * 48_000]
            if not before:
                return False
            since = before[-1]
            return (now.concealed - since.concealed) * 50 < now.samples - since.samples

        self.until(whole, f"{seconds} s of sound without gaps, got {readings[-3:]}", GIVE_UP_SECONDS)

    def says(self, text: str) -> bool:
        """Whether the page says it at this moment."""
        return self.page.get_by_text(re.compile(text)).filter(visible=True).count() > 0

    def is_told(self, text: str, seconds: float = WAIT_SECONDS) -> None:
        """Waits until the page says it."""
        self.until(lambda: self.says(text), text, seconds)

    def is_told_no_more(self, text: str, seconds: float = WAIT_SECONDS) -> None:
        """Waits until the page does not say it any more."""
        self.until(lambda: not self.says(text), f"no longer: {text}", seconds)

    def has_restarted_ice(self, since: Link, seconds: float = WAIT_SECONDS) -> None:
        """Waits until ICE has been restarted after ``since`` was read, and the page says nothing of an interruption."""
        self.until(lambda: self.link().fragment != since.fragment, "ICE is restarted", seconds)
        self.until(lambda: self.link().state == "connected", "the connection is back", seconds)
        self.is_told_no_more(INTERRUPTED, seconds)


@pytest.fixture(scope="session")
def kind_of_resident() -> type[Resident]:
    """How people sign up and in."""
    return Resident


def are_told(people: Sequence[Resident], text: str, seconds: float = WAIT_SECONDS) -> None:
    """Waits until each page has said it, in whatever order: of what is over a page speaks for 6 s, which may be before another begins."""
    waiting = list(people)

    def all_told() -> bool:
        waiting[:] = [each for each in waiting if not each.says(text)]
        return not waiting

    people[0].until(all_told, f"all are told: {text}", seconds)


def move_in(
    name: str, browser: Browser, server: PublicDeployment, kind: type[Resident], **options: Any
) -> Resident:
    """A window of somebody who has no account yet."""
    email = f"{name.lower()}.net{next(_numbers)}@example.test"
    password = server.secrets.remember(f"correct horse battery {name}")
    return kind(browser, server, name, email, password, ignore_https_errors=True, **options)


ResidentMaker = Callable[..., Resident]


@pytest.fixture
def resident(
    browsers: dict[Side, Browser],
    public: PublicDeployment,
    kind_of_resident: type[Resident],
    request: pytest.FixtureRequest,
) -> Iterator[ResidentMaker]:
    """Makes people at home in one of the two homes; see :func:`making`."""

    def move(
        name: str,
        side: Side,
        *,
        at: PublicDeployment = public,
        using: Browser | None = None,
        kind: type[Resident] = kind_of_resident,
        **options: Any,
    ) -> Resident:
        return move_in(name, using or browsers[side], at, kind, **options)

    yield from making(move, request)


Pair = tuple[Resident, Resident]


@pytest.fixture(scope="session")
def neighbourhood(
    browsers: dict[Side, Browser], public: PublicDeployment, kind_of_resident: type[Resident]
) -> Iterator[Regulars[Resident]]:
    """Ada in home a and Grace in home b."""
    homes: dict[str, Side] = {"Ada": "a", "Grace": "b"}
    made = Regulars(lambda name: move_in(name, browsers[homes[name]], public, kind_of_resident))
    yield made
    made.leave()


@pytest.fixture
def neighbours(neighbourhood: Regulars[Resident], request: pytest.FixtureRequest) -> Iterator[Pair]:
    """The two: contacts, both looking at their contact list."""
    pair = neighbourhood.come()
    yield pair
    neighbourhood.part(pair, request)
