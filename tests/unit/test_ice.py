"""STUN and TURN servers from settings."""

import base64
import hashlib
import hmac

import pytest

from videochat.adapters.ice import ConfiguredIceServers, StaticTurn, TurnSecret
from videochat.core.models import IceServer, IceServers

NOW = 1_800_000_000_123
TURN = ("turn:turn.example:3478?transport=udp", "turns:turn.example:5349")


def test_nothing_configured() -> None:
    assert ConfiguredIceServers((), ttl=60).ice_servers("ada", NOW) == IceServers([], 60)


def test_stun_only() -> None:
    source = ConfiguredIceServers(("stun:a.example", "stun:b.example"))
    assert source.ice_servers("ada", NOW).ice_servers == [IceServer(["stun:a.example", "stun:b.example"])]


def test_turn_credentials_expire() -> None:
    source = ConfiguredIceServers(("stun:a.example",), TURN, TurnSecret("north", 600))
    answer = source.ice_servers("ada", NOW)
    stun, turn = answer.ice_servers
    assert stun.username is None
    assert turn.urls == list(TURN)
    assert turn.username == "1800000600:ada"
    expected = hmac.new(b"north", b"1800000600:ada", hashlib.sha1).digest()
    assert base64.b64decode(turn.credential or "") == expected
    assert answer.ttl == 600


def test_credential_as_openssl_makes_it() -> None:
    # printf '1800000600:ada' | openssl dgst -binary -sha1 -hmac north | base64
    source = ConfiguredIceServers((), TURN, TurnSecret("north", 600))
    assert source.ice_servers("ada", NOW).ice_servers[0].credential == "N6W9X8er4qYvpfkhQXV/EoJR794="


def test_credentials_are_personal() -> None:
    source = ConfiguredIceServers((), TURN, TurnSecret("north", 600))
    ada, bob = (source.ice_servers(user, NOW).ice_servers[0] for user in ("ada", "bob"))
    assert ada.credential != bob.credential


def test_fixed_credentials() -> None:
    source = ConfiguredIceServers((), TURN, StaticTurn("name", "word"), ttl=900)
    answer = source.ice_servers("ada", NOW)
    assert answer == IceServers([IceServer(list(TURN), "name", "word")], 900)


def test_turn_needs_credentials() -> None:
    with pytest.raises(ValueError, match="credentials"):
        ConfiguredIceServers((), TURN)
