"""Chromium and Firefox call each other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect
from tests.e2e.browser import Person
from tests.e2e.conftest import PersonMaker
from tests.network.conftest import INTERRUPTED, Resident, ResidentMaker, skip_or_fail
from tests.network.firefox import FirefoxPerson, executable, launch_firefox, sees_firefox
from tests.network.namespaces import Internet


class FirefoxResident(FirefoxPerson, Resident):
    """Somebody with Firefox in one of the two homes."""


@pytest.fixture(scope="session")
def firefox_path() -> str:
    """Where Firefox is; skips where it is not."""
    path = executable()
    if path is None:
        skip_or_fail("not installed: firefox-esr")
    return path


@pytest.fixture(scope="session")
def firefox(
    playwright: Playwright, firefox_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """The machine's Firefox."""
    running = launch_firefox(playwright, tmp_path_factory.mktemp("firefox"), firefox_path)
    yield running
    running.close()


@pytest.fixture
def ada(person: PersonMaker) -> Person:
    """Ada has Chromium."""
    return person("Ada")


@pytest.fixture
def grace(person: PersonMaker, firefox: Browser, ada: Person) -> Person:
    """Grace has Firefox; she and Ada are contacts."""
    made = person("Grace", using=firefox, kind=FirefoxPerson)
    ada.befriend(made)
    return made


@pytest.mark.parametrize("firefox_calls", [False, True], ids=["chromium-calls", "firefox-calls"])
def test_a_call_between_chromium_and_firefox(ada: Person, grace: Person, firefox_calls: bool) -> None:
    caller, callee = (grace, ada) if firefox_calls else (ada, grace)
    caller.call(callee)
    callee.is_rung()
    assert callee.times_opened == 0
    callee.accept()
    sees_firefox(ada)
    grace.sees_moving_picture()
    for one, other in ((ada, grace), (grace, ada)):
        other.hears()
        one.press("Mute")
        other.sees("muted")
        other.hears_nothing()
        one.press("Unmute")
        other.hears()
        one.press("Turn camera off")
        expect(other.page.get_by_test_id("remote-video")).not_to_be_visible()
        one.press("Turn camera on")
        expect(other.page.get_by_test_id("remote-video")).to_be_visible()
    sees_firefox(ada)
    grace.sees_moving_picture()
    callee.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()


def test_firefox_sees_the_screen_that_chromium_shares(ada: Person, grace: Person) -> None:
    grace.call(ada)
    ada.is_rung()
    ada.accept()
    grace.sees_moving_picture()
    ada.press("Share screen")
    grace.until(lambda: grace.videos_with_picture() >= 2, "camera and screen of the other side")
    ada.press("Stop sharing")
    grace.until(lambda: grace.videos_with_picture() == 1, "the camera alone")
    grace.sees_moving_picture()
    ada.hang_up()
    grace.is_out_of_the_call()


def test_firefox_cancels_and_declines(ada: Person, grace: Person) -> None:
    grace.call(ada)
    ada.is_rung()
    grace.hang_up()
    ada.sees("Missed call")
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    opened = grace.times_opened
    assert opened > 0, "for the call that it made"
    ada.call(grace)
    grace.is_rung()
    grace.decline()
    ada.is_out_of_the_call()
    assert grace.times_opened == opened, "not for the one that it declined"


def test_firefox_calls_through_turn(
    resident: ResidentMaker,
    internet: Internet,
    playwright: Playwright,
    firefox_path: str,
    tmp_path: Path,
) -> None:
    """From behind one NAT router to another, see test_turn; the path breaks in the call, and is found again."""
    with launch_firefox(playwright, tmp_path, firefox_path, internet.homes["b"]) as at_home:
        ada, grace = resident("Ada", "a"), resident("Grace", "b", using=at_home, kind=FirefoxResident)
        ada.befriend(grace)
        grace.call(ada)
        ada.is_rung()
        ada.accept()
        sees_firefox(ada)
        grace.sees_moving_picture()
        before = {each.name: each.link() for each in (ada, grace)}
        for each in (ada, grace):
            assert "relay" in each.link().path, f"{each.name}: {each.link()}"
        with internet.routers["b"].cut():
            for each in (ada, grace):
                each.is_told(INTERRUPTED)
        for each in (ada, grace):
            each.has_restarted_ice(before[each.name], 60)
        sees_firefox(ada)
        grace.sees_moving_picture()
        ada.hears()
        grace.hears()
        ada.hang_up()
        grace.is_out_of_the_call()
