"""Every way a call can end, in real browsers, in words that both sides understand."""

import re

from playwright.sync_api import Browser, expect
from tests.e2e.browser import Person, in_call
from tests.e2e.conftest import PersonMaker, Starter


def test_the_callee_declines(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    ada.call(grace)
    grace.is_rung()
    grace.decline()
    ada.sees(re.compile("can.t talk right now|declined", re.IGNORECASE))
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    assert grace.times_opened == 0


def test_the_caller_cancels(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    ada.call(grace)
    grace.is_rung()
    ada.hang_up()
    grace.sees(re.compile("Missed call"))
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    assert grace.times_opened == 0


def test_nobody_answers(person: PersonMaker, start: Starter) -> None:
    impatient = start(ring_seconds="3")
    ada, grace = person("Ada", at=impatient), person("Grace", at=impatient)
    ada.befriend(grace)
    ada.call(grace)
    grace.is_rung()
    ada.sees("No answer")
    grace.sees(re.compile("Missed call"))
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    grace.sees(re.compile("Missed", re.IGNORECASE))


def test_the_other_is_in_another_call(person: PersonMaker) -> None:
    ada, grace, mary = person("Ada"), person("Grace"), person("Mary")
    ada.befriend(grace)
    mary.befriend(grace)
    in_call(ada, grace)
    mary.call(grace)
    mary.sees(re.compile("in another call"))
    mary.is_out_of_the_call()
    expect(grace.incoming).to_have_count(0)
    ada.sees_and_hears()
    grace.sees_and_hears()


def test_the_other_is_offline(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    grace.page.goto("about:blank")
    expect(ada.row(grace).get_by_text("Offline", exact=True)).to_be_visible()
    ada.call_button(grace).click()
    ada.sees(re.compile("is offline"))
    ada.is_out_of_the_call()
    grace.page.goto(grace.deployment.base_url)
    grace.is_home()
    grace.sees(re.compile("Missed", re.IGNORECASE))


def test_one_of_two_tabs_answers(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    other_tab = grace.in_tab(grace.new_tab())
    other_tab.page.goto(grace.deployment.base_url)
    other_tab.be_signed_in()
    ada.call(grace)
    grace.is_rung()
    other_tab.is_rung()
    other_tab.accept()
    grace.sees(re.compile("Answered on another device"))
    grace.is_out_of_the_call()
    ada.sees_and_hears()
    other_tab.sees_and_hears()
    assert grace.times_opened == 0
    grace.dismiss()
    other_tab.hang_up()
    ada.is_out_of_the_call()


def test_the_caller_closes_the_window_while_it_rings(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    ada.call(grace)
    grace.is_rung()
    ada.page.close()
    grace.is_out_of_the_call()


def test_a_reload_while_it_rings_here(friends: tuple[Person, Person]) -> None:
    """The callee's page may be reloaded: it either rings again, and can be answered, or the caller is told that it is over."""
    ada, grace = friends
    ada.call(grace)
    grace.is_rung()
    grace.page.reload()
    grace.is_rung()
    grace.accept()
    ada.sees_and_hears()
    grace.sees_and_hears()


def test_leaving_the_page_in_the_call_ends_it_for_the_other_side_too(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    in_call(ada, grace)
    ada.page.goto("about:blank")
    grace.is_out_of_the_call()


def test_calling_each_other_at_the_same_moment_connects(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    ada.sees_online(grace)
    grace.sees_online(ada)
    for who, other in ((ada, grace), (grace, ada)):
        # Presses without the driver's checks, which would take longer than the ring.
        who.call_button(other).evaluate("button => button.click()")
    # If hers was the slower press by a whole ring, it rings at Grace's side; else her own call becomes Ada's.
    grace.until(lambda: grace.incoming.is_visible() or grace.button("Hang up").is_visible(), "a call")
    if grace.incoming.is_visible():
        grace.accept()
    ada.sees_and_hears()
    grace.sees_and_hears()


def test_the_server_dies_and_comes_back_in_the_middle(person: PersonMaker, start: Starter) -> None:
    server = start()
    ada, grace = person("Ada", at=server), person("Grace", at=server)
    ada.befriend(grace)
    in_call(ada, grace)
    server.kill()
    ada.sees_and_hears()
    grace.sees_and_hears()
    server.start()
    ada.sees_and_hears()
    ada.hang_up()
    grace.is_out_of_the_call()
    for each in (ada, grace):
        each.dismiss()
        # The lists may still say what they said before the server died.
        expect(each.page.get_by_text("Connection lost")).to_have_count(0)
    ada.sees_online(grace)
    in_call(grace, ada)


def test_hanging_up_works_without_the_server(person: PersonMaker, start: Starter) -> None:
    server = start()
    ada, grace = person("Ada", at=server), person("Grace", at=server)
    ada.befriend(grace)
    in_call(ada, grace)
    server.kill()
    grace.hang_up()
    ada.is_out_of_the_call()
    grace.is_out_of_the_call()


def test_a_call_is_answered_and_ended_while_the_server_is_away(person: PersonMaker, start: Starter) -> None:
    """The two are connected while it rings, so they need no server to talk; it is told when it is back."""
    server = start()
    ada, grace = person("Ada", at=server), person("Grace", at=server)
    ada.befriend(grace)
    ada.call(grace)
    grace.is_rung()
    for each in (ada, grace):
        each.is_connected()
    server.kill()
    grace.accept()
    ada.sees_and_hears()
    grace.sees_and_hears()
    ada.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    server.start()
    grace.sees(re.compile("^Incoming, [1-9]"))
    ada.sees(re.compile("^Outgoing, [1-9]"))
    expect(grace.page.get_by_text("Missed call")).to_have_count(0)


def test_camera_and_microphone_are_refused(person: PersonMaker, browser_that_refuses: Browser) -> None:
    ada, grace = person("Ada"), person("Grace", using=browser_that_refuses)
    ada.befriend(grace)
    ada.call(grace)
    grace.is_rung()
    grace.accept()
    grace.sees(re.compile("blocked"))
    # The call goes on with what there is: Grace sees and hears Ada.
    grace.sees_and_hears()
    grace.hang_up()
    ada.is_out_of_the_call()


def test_there_is_no_camera_and_no_microphone(person: PersonMaker, browser_without_devices: Browser) -> None:
    ada, grace = person("Ada", using=browser_without_devices), person("Grace")
    ada.befriend(grace)
    ada.call(grace)
    grace.is_rung()
    grace.accept()
    ada.sees(re.compile("found"))
    ada.sees_and_hears()
    ada.hang_up()
    grace.is_out_of_the_call()
