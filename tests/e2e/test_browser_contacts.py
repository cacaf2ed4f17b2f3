"""The contact list, through the pages."""

from playwright.sync_api import expect
from tests.e2e.browser import Person
from tests.e2e.conftest import PersonMaker


def test_a_request_is_sent_and_accepted(person: PersonMaker) -> None:
    ada, grace = person("Ada"), person("Grace")
    ada.ask(grace)
    expect(ada.row(grace).get_by_text("Request sent")).to_be_visible()
    expect(ada.call_button(grace)).to_have_count(0)
    # Nobody reloads: the request shows up by itself.
    expect(grace.row(ada)).to_be_visible()
    grace.button("Accept").click()
    ada.sees_online(grace)
    grace.sees_online(ada)


def test_a_request_is_declined(person: PersonMaker) -> None:
    ada, grace = person("Ada"), person("Grace")
    ada.ask(grace)
    grace.button("Decline").click()
    expect(grace.page.get_by_role("listitem").filter(has_text="Ada")).to_have_count(0)
    expect(ada.page.get_by_role("listitem").filter(has_text="Grace")).to_have_count(0)


def test_crossing_requests_make_contacts(person: PersonMaker) -> None:
    ada, grace = person("Ada"), person("Grace")
    ada.ask(grace)
    expect(grace.button("Accept")).to_be_visible()
    grace.ask(ada)
    ada.sees_online(grace)
    grace.sees_online(ada)


def test_what_cannot_be_added_is_told(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    dialog = ada.page.get_by_role("dialog")
    alert = dialog.get_by_role("alert")
    ada.send_request("nobody@example.test")
    expect(alert).to_contain_text("Nobody here")
    for email, text in (
        (ada.email, "your own"),
        (grace.email, "already"),
        ("not an address", "does not look like"),
    ):
        dialog.get_by_role("textbox", name="Email").fill(email)
        ada.button("Send request", dialog).click()
        expect(alert).to_contain_text(text)
    ada.button("Cancel", dialog).click()
    expect(dialog).to_have_count(0)


def test_a_contact_is_blocked_unblocked_and_removed(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    ada.sees_online(grace)
    grace.choose("Block", about=ada)
    expect(grace.call_button(ada)).to_have_count(0)
    # Blocking is silent: to Ada it looks as if Grace had left.
    expect(ada.row(grace).get_by_text("Offline", exact=True)).to_be_visible()
    expect(ada.call_button(grace)).to_be_visible()
    grace.page.get_by_text("Blocked", exact=True).click()
    grace.button(f"Unblock {ada.name}").click()
    grace.sees_online(ada)
    ada.sees_online(grace)
    grace.choose("Remove contact", about=ada)
    expect(grace.page.get_by_role("listitem").filter(has_text="Ada")).to_have_count(0)
    expect(ada.page.get_by_role("listitem").filter(has_text="Grace")).to_have_count(0)


def test_presence_follows_people(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    ada.sees_online(grace)
    grace.page.goto("about:blank")
    expect(ada.row(grace).get_by_text("Offline", exact=True)).to_be_visible()
    grace.page.goto(grace.deployment.base_url)
    ada.sees_online(grace)
