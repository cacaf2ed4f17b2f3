"""A line that carries less than the picture wants: the sound comes first."""

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import in_call
from tests.network.conftest import GIVE_UP_SECONDS, Resident, skip_or_fail
from tests.network.namespaces import Internet

SOUND_ONLY = "Weak connection: sound only"

LARGE = range(641, 1281)
SMALL = range(1, 321)
"""Pixels across in the pictures that are sent: more than half of what the camera has, all of it unless the machine is busy; or a quarter and less."""


@pytest.fixture
def shaped(internet: Internet) -> Internet:
    """The networks, whose lines can be thin."""
    if not internet.routers["a"].can_be_thin():
        skip_or_fail("this kernel has no token bucket filter (sch_tbf)")
    return internet


def sends(each: Resident, widths: range) -> None:
    """Waits until the pictures that are sent have such a width."""
    each.until(lambda: each.link().sent_width in widths, f"pictures of {widths} pixels", GIVE_UP_SECONDS)


def sends_nothing(each: Resident) -> None:
    """Waits until no pictures are sent."""
    each.until(lambda: each.link().sent_width == 0, "no pictures")


def sees_again(each: Resident) -> None:
    """Waits until the other side's picture is there and moves. One that is tried before the line carries it goes again."""
    seen: list[int] = []

    def moves() -> bool:
        if not each.page.get_by_test_id("remote-video").is_visible():
            seen.clear()
            return False
        seen.append(each.link().frames)
        return seen[-1] >= seen[0] + 30

    each.until(moves, "a picture that moves again", GIVE_UP_SECONDS)


def test_sound_comes_first_on_a_thin_line(neighbours: tuple[Resident, Resident], shaped: Internet) -> None:
    """The picture gets small, makes way altogether on a line that carries the sound and no more, and comes back with the line."""
    ada, grace = neighbours
    in_call(ada, grace)
    for each in neighbours:
        sends(each, LARGE)
    line = shaped.routers["a"]
    with line.thin(160):
        for each in neighbours:
            sends(each, SMALL)
        for each in neighbours:
            each.hears_well()
            each.gets_frames(10)
            expect(each.page.get_by_text(SOUND_ONLY)).to_have_count(0)
    with line.thin(70):
        for each in neighbours:
            each.is_told(SOUND_ONLY, GIVE_UP_SECONDS)
        for each in neighbours:
            sends_nothing(each)
            expect(each.page.get_by_test_id("remote-video")).not_to_be_visible()
        for each in neighbours:
            each.hears_well()
            each.hears()
    for each in neighbours:
        sees_again(each)
    for each in neighbours:
        each.is_told_no_more(SOUND_ONLY)
        each.hears()
