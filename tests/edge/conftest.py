"""Fixtures of the edge tests."""

from collections.abc import Iterator

import pytest
from tests.edge.site import Site, open_site


@pytest.fixture
def site() -> Iterator[Site]:
    """The application on fakes, without web app."""
    with open_site() as site:
        yield site
