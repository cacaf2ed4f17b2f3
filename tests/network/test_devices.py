"""One person, several devices: each a browser profile of its own."""

import time

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import Person
from tests.e2e.conftest import PersonMaker

ELSEWHERE = "Answered on another device"


class Devices:
    """Opens further devices of people.

    :param person: makes people; closes their windows at the end.
    """

    def __init__(self, person: PersonMaker) -> None:
        self._person = person

    def another(self, owner: Person, *, signed_in: bool = True) -> Person:
        """Another device of ``owner``."""
        twin: Person = self._person(owner.name, at=owner.deployment, signed_in=False)
        twin.email, twin.password = owner.email, owner.password
        if signed_in:
            twin.sign_in()
        return twin


@pytest.fixture
def devices(person: PersonMaker) -> Devices:
    """See :class:`Devices`."""
    return Devices(person)


def test_a_third_device_joins_the_ring(pair: tuple[Person, Person], devices: Devices) -> None:
    ada, grace = pair
    tablet = devices.another(grace)
    ada.call(grace)
    for each in (grace, tablet):
        each.is_rung()
    phone = devices.another(grace, signed_in=False)
    phone.page.goto(grace.deployment.base_url)
    phone.way_to("Sign in").click()
    phone.fill_sign_in(grace.password)
    phone.is_rung()
    phone.accept()
    # First of all: what they are told goes away after a while.
    for each in (grace, tablet):
        each.sees(ELSEWHERE)
    ada.sees_and_hears()
    phone.sees_and_hears()
    for each in (grace, tablet):
        each.is_out_of_the_call()
        assert each.times_opened == 0, "no camera but the one of the device that answered"
    phone.hang_up()
    ada.is_out_of_the_call()


def test_declining_on_one_device_stops_all(pair: tuple[Person, Person], devices: Devices) -> None:
    ada, grace = pair
    others = [devices.another(grace), devices.another(grace)]
    ada.call(grace)
    for each in (grace, *others):
        each.is_rung()
    others[0].decline()
    for each in (ada, grace, *others):
        each.is_out_of_the_call()
        assert each is ada or each.times_opened == 0


@pytest.mark.parametrize("repetition", range(3))
def test_two_devices_accept_at_once(pair: tuple[Person, Person], devices: Devices, repetition: int) -> None:
    """One gets the call, whichever; the other is told so, and lets go of its camera."""
    ada, grace = pair
    both = (grace, devices.another(grace))
    for each in both:
        each.keep_track_of_tracks()
    ada.call(grace)
    for each in both:
        each.is_rung()
    # By the clock that both pages share: Playwright would press one button after the other.
    moment = time.time() * 1000 + 500
    for each in both:
        each.button("Accept", each.incoming).evaluate(
            "(button, moment) => { setTimeout(() => button.click(), moment - Date.now()); }", moment
        )
    told = [each.page.get_by_text(ELSEWHERE).filter(visible=True) for each in both]
    ada.until(lambda: any(text.count() for text in told), "one of them is told that the other was faster")
    loser = both[0] if told[0].count() else both[1]
    winner = both[1] if loser is both[0] else both[0]
    loser.is_out_of_the_call()
    loser.until(lambda: loser.live_tracks() == 0, "camera and microphone are off")
    ada.sees_and_hears()
    winner.sees_and_hears()
    expect(winner.page.get_by_text(ELSEWHERE)).to_have_count(0)
    winner.hang_up()
    ada.is_out_of_the_call()
