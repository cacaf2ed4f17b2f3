"""What deploying does around the stack."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from scripts.aws import deploy
from tests.aws import template

from videochat.server import static


class Account(deploy.Target):
    """An account whose API Gateway has this role for its logs, or none."""

    role: str | None
    made: list[dict[str, Any]]
    fails: bool

    @classmethod
    def with_role(cls, role: str | None, fails: bool = False) -> "Account":
        account = cls()
        account.__dict__.update(role=role, made=[], fails=fails)
        return account

    def client(self, service: str) -> Any:
        """As the emulator's in the tests of the whole."""
        if service == "apigateway":
            return SimpleNamespace(get_account=lambda: {"cloudwatchRoleArn": self.role} if self.role else {})
        assert service == "cloudformation"
        return SimpleNamespace(create_stack=self._create, get_waiter=self._waiter)

    def _create(self, **arguments: Any) -> None:
        self.made.append(arguments)
        if self.fails:
            raise ClientError(
                {"Error": {"Code": "AlreadyExistsException", "Message": "There is one"}}, "CreateStack"
            )

    def _waiter(self, name: str) -> Any:
        assert name == "stack_create_complete"
        return SimpleNamespace(wait=lambda **_: None)


def test_api_gateway_gets_a_role_for_its_logs_where_it_has_none() -> None:
    account = Account.with_role(None)
    deploy.let_gateway_log(account)
    (stack,) = account.made
    assert stack["StackName"] == "videochat-gateway-logs"
    resources = template.read(deploy.GATEWAY_LOGS)["Resources"]
    assert stack["TemplateBody"] == deploy.GATEWAY_LOGS.read_text("utf-8")
    assert resources["Settings"]["Properties"]["CloudWatchRoleArn"] == {"Fn::GetAtt": ["Role", "Arn"]}


def test_a_role_that_the_account_has_is_left_alone() -> None:
    account = Account.with_role("arn:aws:iam::1:role/theirs")
    deploy.let_gateway_log(account)
    assert account.made == []


def test_a_stack_that_cannot_be_made_is_named() -> None:
    with pytest.raises(deploy.Failed, match=r"There is one.*\n.*videochat-gateway-logs.*Delete it"):
        deploy.let_gateway_log(Account.with_role(None, fails=True))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dev", 'MailFrom="dev"'),
        ("", 'MailFrom=""'),
        ("Video Chat <video@example.com>", 'MailFrom="Video Chat <video@example.com>"'),
        ('a "b" \\ c', r'MailFrom="a \"b\" \\ c"'),
    ],
)
def test_parameters_may_have_spaces_and_be_empty(value: str, expected: str) -> None:
    assert deploy.override("MailFrom", value) == expected


def uploaded(*names: str, minutes: int) -> dict[str, datetime]:
    return dict.fromkeys(names, datetime(2026, 11, 26, tzinfo=UTC) + timedelta(minutes=minutes))


def test_parts_of_the_web_app_before_stay_until_the_next_deployment() -> None:
    first = uploaded("assets/a-1.js", "assets/b-1.js", "old.html", minutes=0)
    second = uploaded("assets/a-2.js", minutes=5000) | uploaded("assets/b-2.js", "index.html", minutes=5002)
    third = uploaded("assets/a-3.js", "assets/b-2.js", "index.html", "config.json", minutes=9000)
    assert deploy.outdated(first | second, second.keys()) == {"old.html"}
    # b-2 is part of both, so it was uploaded again.
    assert deploy.outdated(first | second | third, third.keys()) == {
        "assets/a-1.js",
        "assets/b-1.js",
        "old.html",
    }


def test_nothing_is_outdated_at_first() -> None:
    assert deploy.outdated({}, {"index.html"}) == set()
    assert deploy.outdated(uploaded("index.html", minutes=0), {"index.html"}) == set()


def test_both_editions_say_the_same_types() -> None:
    assert deploy.TYPES.items() <= static._TYPES.items()
    for path in deploy.WEB.rglob("*"):
        if path.is_file() and path.suffix not in (".br", ".gz", ".map"):
            assert path.suffix in deploy.TYPES, path
