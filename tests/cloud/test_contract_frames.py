"""Frames that are none, against the emulated cloud: API Gateway chooses a function by them before anybody has read them."""

from collections.abc import Iterator

import pytest
from tests.e2e.client import Account, Socket
from tests.e2e.conftest import AccountMaker
from tests.e2e.test_contract_socket import test_a_bad_frame_is_answered_and_the_socket_lives_on

__all__ = ["test_a_bad_frame_is_answered_and_the_socket_lives_on"]


@pytest.fixture(scope="module")
def pair(account: AccountMaker) -> tuple[Account, Account]:
    """Two contacts."""
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    return ada, grace


@pytest.fixture(scope="module")
def sockets(pair: tuple[Account, Account]) -> Iterator[tuple[Socket, Socket]]:
    """A socket of each; all of these frames go through them, one after the other."""
    with pair[0].socket() as first, pair[1].socket() as second:
        yield first, second
