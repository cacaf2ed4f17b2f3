"""Blocking somebody while they call, or in the middle of a call, in real browsers: it is over on every device of both."""

import re

from playwright.sync_api import expect
from tests.e2e.browser import Person, in_call


def test_a_block_stops_the_ringing(pair: tuple[Person, Person]) -> None:
    """On another device of Grace's: here the call lies over everything else."""
    ada, grace = pair
    with grace.page.expect_request(re.compile(r"/contacts$")) as asked:
        grace.page.reload()
    authorization = asked.value.header_value("authorization")
    assert authorization is not None
    grace.is_home()
    response = asked.value.response()
    assert response is not None
    (contact,) = (one for one in response.json()["contacts"] if one["email"] == ada.email)
    ada.call(grace)
    grace.is_rung()
    answer = grace.page.request.patch(
        f"{asked.value.url}/{contact['contactId']}",
        headers={"Authorization": authorization},
        data={"state": "blocked"},
    )
    assert answer.status == 200
    ada.sees(re.compile("can.t talk right now|declined", re.IGNORECASE))
    for each in (ada, grace):
        each.is_out_of_the_call()
        each.dismiss()
    expect(grace.incoming).to_have_count(0)
    # What Ada sees is what she would of somebody who has declined and left.
    expect(ada.row(grace).get_by_text("Offline", exact=True)).to_be_visible()
    expect(ada.call_button(grace)).to_be_visible()
    assert grace.times_opened == 0


def test_a_block_in_another_tab_ends_the_call(pair: tuple[Person, Person]) -> None:
    ada, grace = pair
    in_call(ada, grace)
    other_tab = grace.in_tab(grace.new_tab())
    other_tab.page.goto(grace.deployment.base_url)
    other_tab.be_signed_in()
    other_tab.choose("Block", about=ada)
    for each in (ada, grace):
        each.is_out_of_the_call()
    ada.dismiss()
    expect(ada.row(grace).get_by_text("Offline", exact=True)).to_be_visible()
