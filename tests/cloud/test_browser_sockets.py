"""What a call does when API Gateway closes its sockets: after two hours, when it is deployed anew, or because it has a bad day."""

from playwright.sync_api import expect
from tests.cloud.deployment import CloudDeployment
from tests.cloud.people import Regulars
from tests.e2e.browser import Person, in_call


def close_all(deployment: CloudDeployment, regulars: Regulars) -> None:
    """Closes every socket of the two."""
    for account in regulars.accounts:
        assert deployment.close_sockets(account.user_id) > 0


def test_a_call_outlives_its_sockets(
    pair: tuple[Person, Person], deployment: CloudDeployment, regulars: Regulars
) -> None:
    ada, grace = pair
    in_call(ada, grace)
    close_all(deployment, regulars)
    ada.press("Mute")
    grace.hears_nothing()
    ada.press("Unmute")
    ada.sees_and_hears()
    grace.sees_and_hears()
    # New sockets: the server knows of the call again, and of its end.
    for each in pair:
        expect(each.page.get_by_text("Connection lost")).to_have_count(0)
    ada.hang_up()
    grace.is_out_of_the_call()
    for each in pair:
        each.dismiss()
    in_call(grace, ada)


def test_a_call_that_rings_outlives_its_sockets(
    pair: tuple[Person, Person], deployment: CloudDeployment, regulars: Regulars
) -> None:
    ada, grace = pair
    ada.call(grace)
    grace.is_rung()
    close_all(deployment, regulars)
    grace.accept()
    ada.sees_and_hears()
    grace.sees_and_hears()
    grace.hang_up()
    ada.is_out_of_the_call()
