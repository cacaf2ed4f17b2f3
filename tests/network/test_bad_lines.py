"""Lines that lose packets, break for a while, or break for good, in the middle of a call."""

import pytest
from playwright.sync_api import WebSocket
from tests.e2e.browser import in_call
from tests.network.conftest import GIVE_UP_SECONDS, INTERRUPTED, Resident, ResidentMaker, are_told
from tests.network.coturn import PORT
from tests.network.namespaces import Internet


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_a_call_stays_on_a_line_that_loses_packets(
    neighbours: tuple[Resident, Resident], internet: Internet, share: float
) -> None:
    ada, grace = neighbours
    in_call(ada, grace)
    before = {each.name: each.link() for each in neighbours}
    with internet.routers["a"].losing(share):
        for each in neighbours:
            since = before[each.name]

            def has_lost(each: Resident = each, since: int = since.lost) -> bool:
                return each.link().lost >= since + 50

            each.until(has_lost, "50 packets are lost on the way", GIVE_UP_SECONDS)
            each.sees_and_hears()
            each.gets_frames()
        ada.press("Mute")
        grace.is_told("muted")
        ada.press("Unmute")
        grace.is_told_no_more("muted")
        for each in neighbours:
            assert each.link().state == "connected"
    ada.hang_up()
    grace.is_out_of_the_call()


def test_a_call_begins_on_a_line_that_loses_packets(
    neighbours: tuple[Resident, Resident], internet: Internet
) -> None:
    with internet.routers["b"].losing(0.2):
        in_call(*neighbours)
        neighbours[0].hang_up()
        neighbours[1].is_out_of_the_call()


@pytest.mark.parametrize("all_of_it", [False, True], ids=["media-only", "the-whole-line"])
def test_the_path_breaks_and_comes_back(
    neighbours: tuple[Resident, Resident], internet: Internet, all_of_it: bool
) -> None:
    ada, grace = neighbours
    in_call(ada, grace)
    before = {each.name: each.link() for each in neighbours}
    router = internet.routers["a"]
    with router.cut() if all_of_it else router.without_media(PORT):
        for each in neighbours:
            each.is_told(INTERRUPTED)
    for each in neighbours:
        each.has_restarted_ice(before[each.name], GIVE_UP_SECONDS)
        each.sees_and_hears()
    # What people do now still reaches the other side.
    grace.press("Turn camera off")
    ada.until(lambda: not ada.page.get_by_test_id("remote-video").is_visible(), "the picture is gone")
    grace.press("Turn camera on")
    ada.sees_moving_picture()
    ada.hang_up()
    for each in neighbours:
        each.is_out_of_the_call()


def test_the_path_breaks_for_good(neighbours: tuple[Resident, Resident], internet: Internet) -> None:
    """Each side says so, though neither hears of the other; when the line is back they can call again."""
    ada, grace = neighbours
    in_call(ada, grace)
    with internet.routers["a"].cut():
        for each in neighbours:
            each.is_told(INTERRUPTED)
        are_told(neighbours, "Connection lost", GIVE_UP_SECONDS)
        for each in neighbours:
            each.is_out_of_the_call()
    for each in neighbours:
        each.dismiss()
    ada.sees_online(grace)
    grace.sees_online(ada)
    in_call(ada, grace)


def test_udp_is_blocked_in_the_middle(neighbours: tuple[Resident, Resident], internet: Internet) -> None:
    """As when somebody changes from home to a company network: the call goes on through TURN over TCP."""
    ada, grace = neighbours
    in_call(ada, grace)
    ada.takes_a_path(lambda link: link.local.get("relay") != "tcp", "a path over UDP")
    with internet.routers["a"].without_udp():
        ada.takes_a_path(lambda link: link.local.get("relay") == "tcp", "a path over TCP", GIVE_UP_SECONDS)
        for each in neighbours:
            each.is_told_no_more(INTERRUPTED)
            each.gets_frames()
            each.sees_and_hears()


def test_a_laptop_changes_its_network(neighbours: tuple[Resident, Resident], internet: Internet) -> None:
    """With the address go all its connections, the one to the server included."""
    ada, grace = neighbours
    in_call(ada, grace)
    before = {each.name: each.link() for each in neighbours}
    with internet.moved("a"):
        for each in neighbours:
            each.has_restarted_ice(before[each.name], GIVE_UP_SECONDS)
            each.sees_and_hears()
        grace.press("Mute")
        ada.is_told("muted")
        ada.hang_up()
        for each in neighbours:
            each.is_out_of_the_call()
            each.dismiss()
        grace.sees_online(ada)
        in_call(grace, ada)


def test_a_phone_leaves_the_wi_fi(resident: ResidentMaker, internet: Internet) -> None:
    """For a moment it is on no network at all, then on the mobile one: another address, another router, no connection of before.

    Nobody refuses what still goes over those connections, a request for a ticket included: it is never answered.
    """
    # Not the neighbours: their pages would be loaded anew over connections that die with this test's network.
    ada, grace = resident("Ada", "a"), resident("Grace", "b")
    ada.befriend(grace)
    in_call(ada, grace)
    before = {each.name: each.link() for each in (ada, grace)}
    sockets: list[WebSocket] = []
    ada.page.on("websocket", lambda socket: sockets.append(socket))
    with internet.unplugged():
        # Headless Chromium does not make these events of it by itself, as a phone's does.
        ada.context.set_offline(True)
        with internet.mobile():
            ada.context.set_offline(False)
            ada.until(lambda: bool(sockets), "a new socket")
            for each in (ada, grace):
                each.has_restarted_ice(before[each.name], GIVE_UP_SECONDS)
                each.sees_and_hears()
            grace.press("Mute")
            ada.is_told("muted")
            ada.hang_up()
            for each in (ada, grace):
                each.is_out_of_the_call()
                each.dismiss()
            grace.sees_online(ada)
            in_call(grace, ada)
