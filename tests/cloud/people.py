"""People in front of a browser who use the AWS edition: they sign in through Cognito's managed login."""

import itertools
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from playwright.sync_api import Browser, Locator, expect
from tests.cloud.deployment import CloudDeployment
from tests.e2e.browser import Person
from tests.e2e.client import Account

_numbers = itertools.count(1)


def new_address(name: str) -> str:
    """An address that nobody else has."""
    return f"{name.lower()}{next(_numbers)}@example.test"


def password_of(name: str) -> str:
    """What people sign in with."""
    return f"correct horse {name}"


def make_account(deployment: CloudDeployment, name: str) -> Account:
    """A new account called ``name``."""
    email = new_address(name)
    deployment.add_user(email, name, password_of(name))
    account = Account(deployment, email, name, deployment.token(email))
    account.user_id = account.request("GET", "/user").json()["userId"]
    return account


class CloudPerson(Person):
    """Somebody whose account an administrator made, and who signs in through the managed login."""

    deployment: CloudDeployment

    def sign_up(self) -> None:
        """Gets an account and signs in; ends on the contact list."""
        self.deployment.add_user(self.email, self.name, self.password)
        self.sign_in()

    def fill_sign_in(self, password: str) -> None:
        """Fills the sign-in page, which is the emulator's, and sends it."""
        self._user_name.fill(self.email)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("button[type=submit], input[type=submit]").first.click()

    def be_signed_in(self) -> None:
        """Signs in where the page does not do so by itself; the provider may still know the person."""
        expect(self.way_to("Sign in").or_(self.button("Add contact").first).first).to_be_visible()
        if self.way_to("Sign in").count():
            self.way_to("Sign in").click()
            self._pass_the_provider()

    def sign_in_again(self) -> None:
        """See :meth:`Person.sign_in_again`."""
        self.button("Sign in again").click()
        self._pass_the_provider()

    def _pass_the_provider(self) -> None:
        expect(self._user_name.or_(self.button("Add contact").first).first).to_be_visible()
        if self._user_name.count():
            self.fill_sign_in(self.password)
        self.is_home()

    @property
    def _user_name(self) -> Locator:
        return self.page.locator("input[name=username]")


def in_the_cloud(kind: type[Person]) -> type[CloudPerson]:
    """The same kind of person, with an account of the AWS edition."""
    if issubclass(kind, CloudPerson):
        return kind
    return CloudPerson if kind is Person else type(f"Cloud{kind.__name__}", (CloudPerson, kind), {})


class Regulars:
    """Two contacts who are there for many tests, since signing two people in takes longer than most calls.

    What a test has left behind is gone when the next one begins: their pages are loaded anew, they are contacts, and their history is empty.
    """

    def __init__(self, browser: Browser, deployment: CloudDeployment) -> None:
        self._browser = browser
        self._deployment = deployment
        self._people: list[CloudPerson] = []
        self._accounts: list[Account] = []

    def come(self) -> tuple[CloudPerson, CloudPerson]:
        """Both, looking at their contact list."""
        if not self._people:
            for name in ("Ada", "Grace"):
                account = make_account(self._deployment, name)
                person = CloudPerson(
                    self._browser, self._deployment, name, account.email, password_of(account.name)
                )
                self._accounts.append(account)
                self._people.append(person)
        self._be_contacts(*self._accounts)
        for person in self._people:
            person.page.goto("about:blank")
        with ExitStack() as welcome:
            for person, account in zip(self._people, self._accounts, strict=True):
                person.until(partial(self._is_away, account), "their sockets are closed", seconds=60)
                self._deployment.forget_calls(account.user_id)
                # Of the page: the functions may hear late of one that the page before has given up.
                welcome.enter_context(person.getting_a_socket(60))
                person.page.goto(self._deployment.base_url)
            for person in self._people:
                person.be_signed_in()
        ada, grace = self._people
        ada.sees_online(grace)
        grace.sees_online(ada)
        return ada, grace

    def _is_away(self, account: Account) -> bool:
        return not self._deployment.sockets(account.user_id)

    def _is_free(self, account: Account) -> bool:
        return not self._deployment.is_in_call(account.user_id)

    @staticmethod
    def _be_contacts(one: Account, other: Account) -> None:
        lists = [{contact["state"] for contact in each.contacts()} for each in (one, other)]
        if lists == [{"accepted"}, {"accepted"}]:
            return
        one.remove(other)
        other.remove(one)
        one.befriend(other)

    def stop(self) -> None:
        """They end what they do, and keep one page each."""
        for each in self._people:
            for page in each.context.pages:
                tab = each.in_tab(page)
                if tab.button("Hang up").count():
                    tab.hang_up()
                    tab.is_out_of_the_call()
        for each, account in zip(self._people, self._accounts, strict=True):
            if each.page.is_closed():
                each.page = each.new_tab()
            # A page that learns of the end from the other one tells the server a little later.
            each.until(partial(self._is_free, account), "the server knows that the call is over", seconds=60)
            for page in each.context.pages:
                if page != each.page:
                    page.close()

    @property
    def people(self) -> Sequence[CloudPerson]:
        """Those who are there."""
        return self._people

    @property
    def accounts(self) -> Sequence[Account]:
        """Their accounts."""
        return self._accounts

    def leave(self) -> None:
        """Closes their windows; the next ones will be others."""
        for each in self._people:
            each.close()
        self._people, self._accounts = [], []
