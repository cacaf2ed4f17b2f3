"""Servers and accounts for the tests from outside."""

import itertools
from collections.abc import Callable, Generator, Iterator

import pytest
from tests.e2e.client import Account
from tests.e2e.deployment import LocalDeployment

AccountMaker = Callable[[str], Account]
Starter = Callable[..., LocalDeployment]

_numbers = itertools.count(1)


def _finish(deployment: LocalDeployment) -> None:
    """Stops it and checks its log."""
    status = deployment.stop() if deployment.running else 0
    leaks = deployment.secrets.found_in(deployment.log)
    assert not leaks, "The log gives secrets away:\n" + "\n".join(leaks)
    assert '"level": "error"' not in deployment.log, f"The log has errors:\n{deployment.log}"
    assert status == 0, f"The server stopped with exit status {status}"


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """Starts servers, with ``VIDEOCHAT_*`` settings by their lower-case names; stops and checks them at the end."""
    started: list[LocalDeployment] = []

    def make(**settings: str) -> LocalDeployment:
        deployment = LocalDeployment(
            tmp_path_factory.mktemp("server") / "data", settings={k.upper(): v for k, v in settings.items()}
        )
        started.append(deployment)
        deployment.start()
        return deployment

    yield make
    for deployment in started:
        _finish(deployment)


@pytest.fixture(scope="session")
def deployment(start: Starter) -> LocalDeployment:
    """A server with its default settings, shared by all tests that do it no harm."""
    return start()


def make_account(deployment: LocalDeployment, name: str) -> Account:
    """A new account called ``name``, with an address that nobody else has."""
    email = f"{name.lower()}{next(_numbers)}@example.test"
    deployment.add_user(email, name, f"correct horse {name}")
    account = Account(deployment, email, name, deployment.token(email))
    account.user_id = account.request("GET", "/user").json()["userId"]
    return account


@pytest.fixture(scope="module")
def account(deployment: LocalDeployment) -> AccountMaker:
    """Makes accounts."""
    return lambda name: make_account(deployment, name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the servers' last lines to the report of a failed test."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, LocalDeployment):
                report.sections.append((f"server log ({name})", "\n".join(value.log.splitlines()[-60:])))
    return report
