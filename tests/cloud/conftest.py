"""The AWS edition, deployed once to an emulated cloud that enforces IAM; and people who sign in there."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from tests.cloud.deployment import CloudDeployment
from tests.e2e.browser import Person, launch
from tests.e2e.client import Account
from tests.e2e.conftest import AccountMaker, PersonMaker, see_off

_numbers = itertools.count(1)


OTHERWISE_IN_THE_CLOUD = {
    "test_a_bad_body_is_refused[not UTF-8]": "API Gateway hands bodies on as text, with replacement characters",
    "test_an_unknown_path_and_method_are_problems": "API Gateway tells unknown methods and unknown paths alike",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what the gateway decides otherwise; see ``test_gateway.py`` for what it does instead."""
    items[:] = [item for item in items if item.name not in OTHERWISE_IN_THE_CLOUD]


@pytest.fixture(scope="session")
def deployment() -> Iterator[CloudDeployment]:
    """An emulated cloud with everything deployed. At the end its logs are searched for secrets."""
    deployment = CloudDeployment()
    deployment.start()
    deployment.warm_up()
    yield deployment
    lines = list(deployment.logs())
    deployment.stop()
    assert any('"message":"request"' in line for line in lines), "nothing was logged"
    leaks = deployment.secrets.found_in("\n".join(lines))
    assert not leaks, "The logs give secrets away:\n" + "\n".join(leaks)


def make_account(deployment: CloudDeployment, name: str) -> Account:
    """A new account called ``name``."""
    email = f"{name.lower()}{next(_numbers)}@example.test"
    deployment.add_user(email, name, f"correct horse {name}")
    account = Account(deployment, email, name, deployment.token(email))
    account.user_id = account.request("GET", "/user").json()["userId"]
    return account


@pytest.fixture(scope="session")
def account(deployment: CloudDeployment) -> AccountMaker:
    """Makes accounts."""
    return lambda name: make_account(deployment, name)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, driving the machine's own Chromium."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser with a fake camera and microphone that pages may use."""
    with launch(playwright) as running:
        yield running


class CloudPerson(Person):
    """Somebody whose account an administrator made, and who signs in through the managed login."""

    deployment: CloudDeployment

    def sign_up(self) -> None:
        """Gets an account and signs in; ends on the contact list."""
        self.deployment.add_user(self.email, self.name, self.password)
        self.sign_in()

    def fill_sign_in(self, password: str) -> None:
        """Fills the sign-in page, which is the emulator's, and sends it."""
        self.page.locator("input[name=username]").fill(self.email)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("button[type=submit], input[type=submit]").first.click()
        expect(self.button("Add contact").first).to_be_visible()


@pytest.fixture
def person(
    browser: Browser, deployment: CloudDeployment, request: pytest.FixtureRequest
) -> Iterator[PersonMaker]:
    """Makes people with accounts, signed in and looking at their contact list; closes their windows afterwards."""
    made: list[Person] = []

    def make(name: str, **options: Any) -> Person:
        email = f"{name.lower()}{next(_numbers)}@example.test"
        made.append(CloudPerson(browser, deployment, name, email, f"correct horse {name}", **options))
        made[-1].sign_up()
        return made[-1]

    yield make
    see_off(made, request)


@pytest.fixture
def pair(person: PersonMaker) -> tuple[Person, Person]:
    """Two contacts, both looking at their contact list."""
    ada, grace = person("Ada"), person("Grace")
    ada.befriend(grace)
    return ada, grace
