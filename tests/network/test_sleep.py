"""A laptop is closed in the middle of a call, and opened again: for a moment, or for longer than the other side waits."""

from playwright.sync_api import WebSocket, expect
from tests.e2e.browser import in_call
from tests.network.conftest import GIVE_UP_SECONDS, INTERRUPTED, Resident
from tests.network.namespaces import Internet


def test_a_short_sleep(neighbours: tuple[Resident, Resident], internet: Internet) -> None:
    """The call goes on, with camera and microphone as they were left."""
    ada, grace = neighbours
    in_call(ada, grace)
    ada.press("Mute")
    ada.press("Turn camera off")
    grace.is_told("muted")
    with internet.asleep("a"):
        grace.is_told(INTERRUPTED)
    for each in neighbours:
        each.is_told_no_more(INTERRUPTED, GIVE_UP_SECONDS)
    grace.is_told("muted")
    expect(grace.page.get_by_test_id("remote-video")).not_to_be_visible()
    ada.sees_and_hears()
    ada.press("Unmute")
    ada.press("Turn camera on")
    grace.sees_and_hears()
    grace.hang_up()
    ada.is_out_of_the_call()


def test_a_long_sleep(neighbours: tuple[Resident, Resident], internet: Internet) -> None:
    """The other side gives up; who wakes up is told so at once, instead of trying for as long again, and can call."""
    ada, grace = neighbours
    ada.keep_track_of_tracks()
    in_call(ada, grace)
    sockets: list[WebSocket] = []
    ada.page.on("websocket", lambda socket: sockets.append(socket))
    with internet.asleep("a"):
        grace.is_told("Connection lost", GIVE_UP_SECONDS)
        grace.is_out_of_the_call()
    ada.is_told("Connection lost", 20)
    ada.is_out_of_the_call()
    assert ada.live_tracks() == 0
    assert sockets, "a new socket"
    for each in neighbours:
        each.dismiss()
    grace.sees_online(ada)
    in_call(ada, grace)
