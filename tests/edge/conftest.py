"""Fixtures of the edge tests."""

from collections.abc import Iterator

import pytest
from tests.edge.identity_site import PASSWORD, App, Browser, Provider
from tests.edge.site import Site, open_site


@pytest.fixture
def site() -> Iterator[Site]:
    """The application on fakes, without web app."""
    with open_site() as site:
        yield site


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The embedded OpenID Connect provider on fakes, where Ann has an account."""
    provider = Provider()
    provider.identity.accounts.add("ann@example.org", "Ann", PASSWORD)
    yield provider
    provider.close()


@pytest.fixture
def app(provider: Provider) -> App:
    """An app that people sign in to."""
    return App(provider)


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser that has not been there before."""
    return Browser(provider)
