"""Calls between two people in real browsers: from the ring to the picture, and what happens within a call."""

import re
from functools import partial
from typing import Final

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import PHONE, Person, in_call
from tests.e2e.conftest import PersonMaker

# A camera that takes its time: it is open, and says so, when the page is told that it may.
HOLD_CAMERA: Final = """
() => {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  const released = new Promise((resolve) => { globalThis.__releaseCamera = resolve; });
  devices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    if (constraints.video) await released;
    return stream;
  };
}
"""

# The page learns that its connection's keys have been given up, as some browsers do now and then. None does so when asked to.
GIVE_UP_KEYS: Final = """
() => {
  const { pc } = globalThis.__links.at(-1);
  Object.defineProperty(pc, "connectionState", { value: "failed" });
  Object.defineProperty(pc, "sctp", { value: { transport: { state: "failed" } } });
  pc.dispatchEvent(new Event("connectionstatechange"));
}
"""


def test_two_people_call_each_other(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    ada.call(grace)
    grace.is_rung()
    expect(grace.incoming).to_contain_text("Ada")
    assert grace.times_opened == 0, "nobody's camera opens because somebody rings"
    grace.accept()
    ada.sees_and_hears()
    grace.sees_and_hears()
    for each in (ada, grace):
        each.sees_moving_picture("local-video")
        mirrored = each.page.get_by_test_id("local-video").evaluate(
            "video => { const m = new DOMMatrix(getComputedStyle(video).transform); const s = getComputedStyle(video).scale;"
            " return m.a < 0 || s.startsWith('-1'); }"
        )
        assert mirrored, "one sees oneself as in a mirror"
        expect(each.page.get_by_text(re.compile(r"\b0?0:\d\d\b")).first).to_be_attached()
    ada.hang_up()
    ada.is_out_of_the_call()
    grace.is_out_of_the_call()
    for each in (ada, grace):
        each.dismiss()


def test_the_sound_does_not_wait_for_the_camera(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    grace.context.grant_permissions(["camera", "microphone"])
    grace.page.evaluate(HOLD_CAMERA)
    ada.call(grace)
    grace.is_rung()
    grace.accept()
    ada.hears()
    grace.sees_and_hears()
    # It is coming, not off.
    expect(grace.button("Turn camera off")).to_be_attached()
    expect(ada.page.get_by_text("Camera off")).to_have_count(0)
    assert grace.picture("local-video") is None
    grace.page.evaluate("() => globalThis.__releaseCamera()")
    ada.sees_moving_picture()
    grace.sees_moving_picture("local-video")


def test_a_call_can_follow_a_call_in_both_directions(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    grace.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    in_call(grace, ada)


def test_cameras_are_released_after_the_call(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    for each in (ada, grace):
        each.keep_track_of_tracks()
    in_call(ada, grace)
    assert ada.live_tracks() == grace.live_tracks() == 2
    ada.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.until(lambda each=each: each.live_tracks() == 0, "camera and microphone are off")  # type: ignore[misc]  # bound per turn


def test_mute_is_heard_and_seen_on_the_other_side(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    ada.press("Mute")
    expect(ada.button("Unmute")).to_be_attached()
    grace.hears_nothing()
    grace.sees(re.compile(r"\bmuted\b", re.IGNORECASE))
    ada.press("Unmute")
    grace.hears()
    expect(
        grace.page.get_by_text(re.compile(r"\bmuted\b", re.IGNORECASE)).filter(visible=True)
    ).to_have_count(0)


def test_the_camera_goes_off_and_on(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    grace.press("Turn camera off")
    expect(grace.button("Turn camera on")).to_be_attached()
    expect(ada.page.get_by_test_id("remote-video")).not_to_be_visible()
    ada.hears()
    grace.press("Turn camera on")
    expect(ada.page.get_by_test_id("remote-video")).to_be_visible()
    ada.sees_moving_picture()


def test_a_call_on_a_phone(person: PersonMaker) -> None:
    ada = person("Ada")
    grace = person("Grace", viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2)
    ada.befriend(grace)
    in_call(ada, grace)
    page = grace.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    grace.reveal_controls()
    for name in ("Mute", "Turn camera off", "Hang up"):
        box = grace.button(name).bounding_box()
        assert box is not None
        assert box["width"] >= 44, f"{name} is large enough for a thumb"
        assert box["height"] >= 44, f"{name} is large enough for a thumb"
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["y"] + box["height"] <= PHONE["height"]
    grace.hang_up()
    ada.is_out_of_the_call()


def test_the_keyboard_is_enough_for_a_call(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    ada.sees_online(grace)
    ada.tab_to(ada.call_button(grace))
    ada.page.keyboard.press("Enter")
    grace.is_rung()
    grace.tab_to(grace.button("Accept", grace.incoming))
    grace.page.keyboard.press("Enter")
    ada.sees_and_hears()
    grace.sees_and_hears()
    grace.tab_to(grace.button("Mute"))
    grace.page.keyboard.press("Space")
    expect(grace.button("Unmute")).to_be_attached()
    ada.tab_to(ada.button("Hang up"))
    ada.page.keyboard.press("Enter")
    grace.is_out_of_the_call()


def test_the_screen_is_shared_and_taken_back(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    ada.press("Share screen")
    expect(ada.button("Stop sharing")).to_be_attached()
    grace.until(
        lambda: grace.videos_with_picture() >= 2,
        "camera and screen of the other side, beside the own picture",
    )
    ada.press("Stop sharing")
    expect(ada.button("Share screen")).to_be_attached()
    ada.sees_and_hears()
    grace.sees_and_hears()


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_connection_that_cannot_be_mended_is_replaced(friends: tuple[Person, Person], who: str) -> None:
    caller, callee = friends
    in_call(caller, callee)
    one = {"caller": caller, "callee": callee}[who]
    one.page.evaluate(GIVE_UP_KEYS)
    for each in friends:
        each.until(
            partial(each.page.evaluate, "() => globalThis.__links.length > 1"),
            "another connection",
        )
        each.is_connected()
    for each in friends:
        each.sees_and_hears()
    caller.press("Mute")
    callee.sees("muted")
    callee.hang_up()
    for each in friends:
        each.is_out_of_the_call()
