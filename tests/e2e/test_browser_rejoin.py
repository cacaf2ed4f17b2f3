"""A page that is reloaded in the middle of a call, in real browsers: the person may go back to the call, and is there as they were."""

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import Person, in_call
from tests.e2e.conftest import PersonMaker, Starter


@pytest.mark.parametrize("leaves", ["caller", "callee"])
def test_going_back_to_a_call_after_a_reload(friends: tuple[Person, Person], leaves: str) -> None:
    ada, grace = friends
    in_call(ada, grace)
    goes, stays = (ada, grace) if leaves == "caller" else (grace, ada)
    goes.button("Mute").click()
    goes.page.reload()
    goes.button("Rejoin call").click()
    goes.sees_moving_picture()
    goes.hears()
    stays.sees_moving_picture()
    # Muted before, muted now.
    expect(goes.button("Unmute")).to_be_visible()
    stays.hears_nothing()
    goes.button("Unmute").click()
    stays.hears()
    stays.hang_up()
    goes.is_out_of_the_call()


def test_the_chat_survives_a_reload(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)

    def messages(who: Person) -> list[str]:
        return who.page.get_by_role("log").get_by_role("article").locator(".chat-text").all_inner_texts()

    for who, text in ((ada, "Shall we?"), (grace, "Yes, at three.")):
        who.press("Chat")
        who.textbox("Message").fill(text)
        who.page.keyboard.press("Enter")
        expect(who.page.get_by_role("log")).not_to_contain_text("Sending")
    ada.until(lambda: messages(ada) == ["Shall we?", "Yes, at three."], "both messages")

    ada.page.reload()
    expect(ada.button("Rejoin call")).to_be_visible()
    grace.textbox("Message").fill("Are you back?")
    grace.page.keyboard.press("Enter")
    ada.button("Rejoin call").click()
    # Only what was written meanwhile is news.
    expect(ada.button("Chat")).to_have_accessible_description("1 new message")
    ada.press("Chat")
    ada.until(
        lambda: messages(ada) == ["Shall we?", "Yes, at three.", "Are you back?"], "the text of the call"
    )
    expect(grace.page.get_by_role("log")).not_to_contain_text("Sending")
    ada.textbox("Message").fill("I am.")
    ada.page.keyboard.press("Enter")
    grace.until(lambda: messages(grace)[-1:] == ["I am."], "the answer")


def test_a_message_on_its_way_survives_a_reload(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    grace.page.reload()
    expect(grace.button("Rejoin call")).to_be_visible()
    # Nobody is there to take it.
    ada.press("Chat")
    ada.textbox("Message").fill("Still there?")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("log")).to_contain_text("Sending")
    ada.page.reload()
    for who in (ada, grace):
        who.button("Rejoin call").click()
    expect(grace.button("Chat")).to_have_accessible_description("1 new message")
    for who in (ada, grace):
        who.press("Chat")
        expect(who.page.get_by_role("log").get_by_role("article")).to_have_count(1)
        expect(who.page.get_by_role("log")).to_contain_text("Still there?")
    expect(ada.page.get_by_role("log")).not_to_contain_text("Sending")
    assert ada.page.evaluate("() => JSON.stringify(sessionStorage).includes('Still there?')") is False


def test_ending_a_call_after_a_reload(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    ada.page.reload()
    expect(ada.button("Rejoin call")).to_be_visible()
    assert ada.times_opened == 0
    ada.hang_up()
    grace.is_out_of_the_call()
    grace.dismiss()
    in_call(grace, ada)


def test_the_other_side_ends_the_call_after_a_reload(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    ada.page.reload()
    expect(ada.button("Rejoin call")).to_be_visible()
    grace.hang_up()
    expect(ada.button("Rejoin call")).to_have_count(0)
    ada.is_home()


def test_a_page_gets_its_socket_back_without_any_request(person: PersonMaker, start: Starter) -> None:
    """As when requests are stuck in connections that died with the line."""
    server = start()
    ada, grace = person("Ada", at=server), person("Grace", at=server)
    ada.befriend(grace)
    ada.page.route("**/tickets", lambda route: route.abort())
    with ada.getting_a_socket():
        server.kill()
        server.start()
    in_call(grace, ada)
    ada.hang_up()
    grace.is_out_of_the_call()


def test_going_back_after_the_server_was_killed_and_restarted(person: PersonMaker, start: Starter) -> None:
    server = start()
    ada, grace = person("Ada", at=server), person("Grace", at=server)
    ada.befriend(grace)
    in_call(ada, grace)
    server.kill()
    # Between the two nothing has changed: what is said and switched goes on without a server.
    grace.button("Mute").click()
    ada.hears_nothing()
    # Nobody goes back to somebody who is away. Ada's page asks for the server again after a quarter of a minute at most.
    with ada.getting_a_socket(60):
        server.start()
    grace.page.reload()
    grace.button("Rejoin call").click()
    grace.sees_and_hears()
    ada.sees_moving_picture()
    expect(grace.button("Unmute")).to_be_visible()
    grace.button("Unmute").click()
    ada.hears()
