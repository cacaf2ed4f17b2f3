"""The server dies in the middle of a call between two homes, and comes back: what the two have does not pass through it."""

import re

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import in_call
from tests.network.conftest import INTERRUPTED, PublicStarter, Resident, ResidentMaker
from tests.network.coturn import PORT
from tests.network.deployment import PublicDeployment
from tests.network.namespaces import Internet

AWAY = "Nobody can call you"
"""Part of what the contact list says while the server cannot be reached."""

Pair = tuple[Resident, Resident, PublicDeployment]


@pytest.fixture
def talking(start_public: PublicStarter, resident: ResidentMaker) -> Pair:
    """Two people in a call, and the server of theirs."""
    server = start_public()
    ada, grace = resident("Ada", "a", at=server), resident("Grace", "b", at=server)
    ada.befriend(grace)
    in_call(ada, grace)
    return ada, grace, server


def mute_works(one: Resident, other: Resident) -> None:
    """What one side switches, the other is told and hears."""
    one.press("Mute")
    other.is_told("muted")
    one.press("Unmute")
    other.is_told_no_more("muted")
    other.hears()


def chat_works(one: Resident, other: Resident, text: str) -> None:
    """What one side writes, the other reads, and the writer sees that it has arrived."""
    for each in (one, other):
        if not each.chat.count():
            each.press("Chat")
    one.textbox("Message").fill(text)
    one.button("Send").click()
    expect(other.chat.get_by_role("article").filter(has_text=text)).to_be_visible()
    expect(one.chat.get_by_role("article").filter(has_text=text)).to_be_visible()
    expect(one.chat).not_to_contain_text("Sending")


def test_media_never_stops_while_the_server_dies_and_comes_back(talking: Pair) -> None:
    ada, grace, server = talking
    before = {each.name: each.link() for each in (ada, grace)}
    server.kill()
    for each in (ada, grace):
        each.gets_frames(60)
    mute_works(ada, grace)
    chat_works(grace, ada, "Is the server gone?")
    server.start()
    for each in (ada, grace):
        each.gets_frames(60)
    mute_works(grace, ada)
    chat_works(ada, grace, "It is back.")
    for each in (ada, grace):
        link = each.link()
        assert link.states == before[each.name].states, "the connection has not even blinked"
        assert link.fragment == before[each.name].fragment, "ICE was not restarted"
    ada.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
        # The lists may still say what they said before the server died.
        each.is_told_no_more(AWAY)
    ada.sees_online(grace)
    in_call(grace, ada)


def test_the_path_is_mended_without_the_server(talking: Pair, internet: Internet) -> None:
    """A server that is gone cannot carry the restart of ICE: the data channel may, or it waits until the server is back."""
    ada, grace, server = talking
    before = {each.name: each.link() for each in (ada, grace)}
    server.kill()
    with internet.routers["a"].without_media(PORT):
        for each in (ada, grace):
            each.is_told(INTERRUPTED)
    server.start()
    for each in (ada, grace):
        each.has_restarted_ice(before[each.name], 60)
        each.sees_and_hears()
    grace.hang_up()
    ada.is_out_of_the_call()


def test_hanging_up_while_the_server_is_gone(talking: Pair) -> None:
    ada, grace, server = talking
    server.kill()
    grace.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
        each.is_told(AWAY)
    server.start()
    for each in (ada, grace):
        each.is_told_no_more(AWAY)
    # The server has heard of the end as well: neither counts as busy.
    ada.sees_online(grace)
    in_call(ada, grace)


def test_accepting_while_the_server_is_gone(start_public: PublicStarter, resident: ResidentMaker) -> None:
    """The two are connected while it rings, so accepting needs no server; it learns of it when it is back."""
    server = start_public()
    ada, grace = resident("Ada", "a", at=server), resident("Grace", "b", at=server)
    ada.befriend(grace)
    ada.call(grace)
    grace.is_rung()
    for each in (ada, grace):
        each.is_connected()
    server.kill()
    grace.accept()
    for each in (ada, grace):
        each.sees_and_hears()
    answers: list[str] = []
    grace.page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: answers.append(str(frame))))
    server.start()
    grace.until(lambda: any('"accepted"' in answer for answer in answers), "the server knows of it")
    mute_works(grace, ada)
    ada.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
        each.is_told_no_more(AWAY)
    grace.sees_online(ada)
    grace.sees(re.compile(r"Incoming, \d+"))
    in_call(grace, ada)
