"""Accounts in the emulated user pool. It has no page to sign up on, so that people do here by calls what Cognito's page does for them."""

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.cloud.deployment import CloudDeployment
from tests.cloud.people import new_address, password_of
from tests.e2e.client import Account

# What the emulator mails to everybody.
CODE = "123456"


def test_who_signs_up_confirms_the_address_before_signing_in(deployment: CloudDeployment) -> None:
    cognito = deployment.client("cognito-idp")
    email, password = new_address("Linus"), password_of("Linus")
    client = {"ClientId": deployment.config["oidc"]["clientId"], "Username": email}
    attributes = [{"Name": "email", "Value": email}, {"Name": "name", "Value": "Linus"}]
    with pytest.raises(ClientError, match="InvalidPassword"):
        cognito.sign_up(**client, Password="short", UserAttributes=attributes)
    signed_up = cognito.sign_up(
        **client, Password=deployment.remember_password(email, password), UserAttributes=attributes
    )
    assert signed_up["UserConfirmed"] is False
    with pytest.raises(AssertionError):
        deployment.token(email)
    with pytest.raises(ClientError, match="CodeMismatch"):
        cognito.confirm_sign_up(**client, ConfirmationCode="654321")
    cognito.confirm_sign_up(**client, ConfirmationCode=CODE)
    deployment.verify_address(email)
    linus = Account(deployment, email, "Linus", deployment.token(email))
    answer = linus.request("GET", "/user")
    assert (answer.status_code, answer.json()["email"]) == (200, email)


def test_an_address_that_was_not_confirmed_is_nobodys(deployment: CloudDeployment) -> None:
    """An administrator may make such an account; it opens nothing, or else it could be anybody's."""
    email = new_address("Eve")
    deployment.add_user(email, "Eve", password_of("Eve"), verified=False)
    answer: httpx.Response = Account(deployment, email, "Eve", deployment.token(email)).request(
        "GET", "/user"
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
