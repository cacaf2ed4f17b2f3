"""Chromium and Firefox call each other."""

import json
import math
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Playwright, expect
from tests.e2e.browser import Person
from tests.e2e.conftest import PersonMaker
from tests.network.conftest import skip_or_fail
from tests.network.firefox import executable, launch_firefox
from tests.network.links import WATCH_LINKS

# Four colours of the other side's picture; null while there is none.
GRAB_COLOURS: Final = """
() => {
  const video = document.querySelector('video[data-testid="remote-video"]');
  if (!video || video.readyState < 2 || !video.videoWidth || !video.srcObject) return null;
  const context = new OffscreenCanvas(2, 2).getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, 2, 2);
  return [...context.getImageData(0, 0, 2, 2).data];
}
"""

# Sound that has arrived over the peer connection: energy, and the seconds that it took (W3C webrtc-stats, totalAudioEnergy).
READ_SOUND: Final = """
async () => {
  const { pc } = globalThis.__links.at(-1);
  const sound = [...(await pc.getStats()).values()].find(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
  return [sound?.totalAudioEnergy ?? 0, sound?.totalSamplesDuration ?? 0];
}
"""


@pytest.fixture(scope="session")
def firefox(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The machine's Firefox."""
    path = executable()
    if path is None:
        skip_or_fail("not installed: firefox-esr")
    running = launch_firefox(playwright, tmp_path_factory.mktemp("firefox"), path)
    yield running
    running.close()


class FirefoxPerson(Person):
    """Somebody with Firefox."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._energy = (0.0, 0.0)
        super().__init__(*arguments, **options)
        self.context.add_init_script(WATCH_LINKS)

    def loudness(self) -> float:
        """What has arrived since the last question, as the peer connection tells: 0 to 1.

        On a machine without a sound device Firefox starts no AudioContext, so that the page's sound cannot be measured there.
        """
        energy, seconds = self.page.evaluate(READ_SOUND)
        more, within = energy - self._energy[0], seconds - self._energy[1]
        self._energy = (energy, seconds)
        return math.sqrt(more / within) if more > 0 and within > 0 else 0.0


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


def sees_firefox(person: Person) -> None:
    """Waits until the picture has had four different colours: Firefox's fake camera shows one, which changes all the time."""
    seen: set[str] = set()

    def changed() -> bool:
        colours = person.page.evaluate(GRAB_COLOURS)
        if colours is not None and max(colours[:3]) > 40:
            seen.add(json.dumps(colours))
        return len(seen) >= 4

    person.until(changed, "a picture that changes its colour")


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
    ada.call(grace)
    grace.is_rung()
    grace.decline()
    ada.is_out_of_the_call()
    assert grace.times_opened == 1, "for the call that it made, not for the one that it declined"
