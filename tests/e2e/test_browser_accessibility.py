"""What a screen reader and a keyboard need, on every page of the product."""

import re

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import PHONE, Person, in_call
from tests.e2e.conftest import PersonMaker

# Interactive elements that are shown but have no name to announce. Chromium computes the names.
ROLES = (
    "button",
    "link",
    "textbox",
    "searchbox",
    "checkbox",
    "menuitem",
    "combobox",
    "dialog",
    "alertdialog",
)


def check_page(who: Person) -> None:
    """One main landmark, one first heading, a language, a title, and a name for whatever can be operated."""
    page = who.page
    assert page.title().strip()
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    snapshot = page.locator("body").aria_snapshot()
    nameless = [
        line.strip()
        for line in snapshot.splitlines()
        if re.match(rf"^\s*- '?({'|'.join(ROLES)})(:| \[|$)", line)
    ]
    assert not nameless, f"{nameless} without a name in:\n{snapshot}"
    unlabelled = (
        page.locator("img:visible:not([alt])").count()
        + page.locator("svg:visible:not([aria-hidden=true])").count()
    )
    assert unlabelled == 0, "each picture has a text, or is hidden from those who do not see it"


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_pages_before_signing_in(person: PersonMaker, viewport: dict[str, int] | None) -> None:
    ada = person("Ada", signed_in=False, viewport=viewport)
    ada.page.goto(ada.deployment.base_url)
    expect(ada.way_to("Sign in")).to_be_visible()
    check_page(ada)
    ada.way_to("Sign in").click()
    expect(ada.textbox("Password")).to_be_visible()
    check_page(ada)
    ada.way_to("Create account").click()
    expect(ada.textbox("Name")).to_be_visible()
    check_page(ada)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_product(person: PersonMaker, scheme: str) -> None:
    ada, grace = person("Ada", color_scheme=scheme), person("Grace", color_scheme=scheme)
    check_page(ada)
    ada.befriend(grace)
    check_page(ada)
    in_call(ada, grace)
    ada.reveal_controls()
    expect(ada.page.get_by_test_id("remote-video")).to_be_visible()
    check_page(ada)
    grace.hang_up()
    ada.is_out_of_the_call()
    ada.dismiss()
    check_page(ada)


def test_the_focus_goes_into_the_incoming_call_and_back(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    add = grace.button("Add contact").first
    add.focus()
    ada.call(grace)
    grace.is_rung()
    grace.until(
        lambda: bool(grace.incoming.evaluate("dialog => dialog.contains(document.activeElement)")),
        "the focus is in the dialog",
    )
    ada.hang_up()
    grace.is_out_of_the_call()
    grace.dismiss()
    grace.until(
        lambda: bool(
            grace.page.evaluate("document.activeElement && document.activeElement !== document.body")
        ),
        "the focus is somewhere, not lost",
    )


def test_the_end_of_a_call_waits_for_who_uses_the_keyboard(friends: tuple[Person, Person]) -> None:
    ada, grace = friends
    in_call(ada, grace)
    ada.reveal_controls()
    ada.tab_to(ada.button("Hang up"))
    ada.page.keyboard.press("Enter")
    again = ada.button("Call again")
    expect(again).to_be_visible()
    expect(again).not_to_be_focused()
    # Grace, who uses the mouse, learns of the end after Ada; her message is gone by itself when Ada still has time.
    expect(grace.button("Call again")).to_be_visible()
    grace.is_home()
    ada.tab_to(again)
    ada.page.keyboard.press("Enter")
    grace.is_rung()


def test_nothing_needs_motion(person: PersonMaker) -> None:
    ada = person("Ada", reduced_motion="reduce")
    moving = ada.page.evaluate(
        "document.getAnimations().filter((a) => a.playState === 'running'"
        " && a.effect.getComputedTiming().iterations === Infinity).length"
    )
    assert moving == 0
