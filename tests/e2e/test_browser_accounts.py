"""Signing up, in and out, through the pages."""

import re

from playwright.sync_api import expect
from tests.e2e.conftest import PersonMaker
from tests.e2e.deployment import LocalDeployment


def test_sign_up_sign_out_and_in_again(person: PersonMaker, deployment: LocalDeployment) -> None:
    ada = person("Ada")
    ada.sees("Ada")
    ada.sign_out()
    ada.sign_in()
    ada.sees("Ada")
    assert ada.page.url.startswith(deployment.base_url)
    assert "code=" not in ada.page.url


def test_reloading_keeps_one_signed_in(person: PersonMaker) -> None:
    ada = person("Ada")
    ada.page.reload()
    ada.is_home()


def test_a_wrong_password_is_told_and_can_be_mended(person: PersonMaker) -> None:
    ada = person("Ada")
    ada.sign_out()
    ada.page.goto(ada.deployment.base_url)
    ada.way_to("Sign in").click()
    ada.fill_sign_in("not the password")
    expect(
        ada.page.get_by_role("alert").filter(has_text=re.compile("password", re.IGNORECASE)).first
    ).to_be_visible()
    expect(ada.textbox("Email")).to_have_value(ada.email)
    ada.fill_sign_in(ada.password)
    ada.is_home()


def test_an_address_has_one_account(person: PersonMaker) -> None:
    ada, other = person("Ada"), person("Other", signed_in=False)
    other.email = ada.email.upper()
    other.page.goto(other.deployment.base_url)
    other.way_to("Sign in").click()
    other.way_to("Create account").click()
    other.textbox("Name").fill(other.name)
    other.textbox("Email").fill(other.email)
    other.textbox("Password").fill(other.password)
    other.button("Create account").click()
    expect(other.page.get_by_role("alert").filter(visible=True).first).to_be_visible()
    expect(other.textbox("Name")).to_have_value("Other")


def test_a_short_password_is_refused(person: PersonMaker) -> None:
    ada = person("Ada", signed_in=False)
    ada.page.goto(ada.deployment.base_url)
    ada.way_to("Sign in").click()
    ada.way_to("Create account").click()
    # The server has the last word, whatever the page checks.
    ada.page.locator("form").evaluate_all("forms => forms.forEach((form) => { form.noValidate = true; })")
    ada.textbox("Name").fill("Ada")
    ada.textbox("Email").fill(ada.email)
    ada.textbox("Password").fill("short")
    ada.button("Create account").click()
    expect(ada.page.get_by_role("alert").filter(visible=True).first).to_be_visible()
    expect(ada.button("Create account")).to_be_visible()
