"""Somebody's session ends in the middle of a call: the call does not."""

import re

from playwright.sync_api import Response, expect
from tests.e2e.browser import Person, in_call
from tests.e2e.conftest import PersonMaker, Starter

REFRESH_TOKEN = """
() => JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage).find((each) => each.startsWith("oidc.user:")))).refresh_token
"""


def mute_works(one: Person, other: Person) -> None:
    """What one side switches, the other is told."""
    one.press("Mute")
    other.sees("muted")
    one.press("Unmute")
    expect(other.page.get_by_text(re.compile("muted")).filter(visible=True)).to_have_count(0)


def test_a_session_that_ends_in_a_call(start: Starter, person: PersonMaker) -> None:
    """Neither that the token cannot be renewed nor that without one no socket can be opened; afterwards the app asks to sign in."""
    server = start(token_seconds="30")
    ada, grace = person("Ada", at=server), person("Grace", at=server)
    ada.befriend(grace)
    in_call(ada, grace)
    refused: list[Response] = []

    def note(answer: Response) -> None:
        if answer.url.endswith("/token") and answer.status == 400:
            refused.append(answer)

    ada.page.on("response", note)
    # As the operator's "users password" or another device of the same person may do.
    server.revoke(ada.page.evaluate(REFRESH_TOKEN))
    ada.until(lambda: bool(refused), "the renewal is refused", 60)
    for each in (ada, grace):
        each.sees_and_hears()
    mute_works(grace, ada)
    server.kill()
    server.start()
    for one, other in ((ada, grace), (grace, ada)):
        mute_works(one, other)
        one.sees_and_hears()
    ada.hang_up()
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    ada.sees("Your session has ended.")
    with ada.getting_a_socket():
        ada.sign_in_again()
    grace.sees_online(ada)
    in_call(grace, ada)
