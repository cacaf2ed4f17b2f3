"""What every :class:`~videochat.core.ports.IceServerSource` promises."""

import json
from collections.abc import Callable, Iterator

import pytest
from tests.aws.service import serving

from videochat.adapters.aws_requests import AwsRequests, Credentials
from videochat.adapters.ice import ConfiguredIceServers, StaticTurn, TurnSecret
from videochat.adapters.kinesisvideo import KinesisIceServers
from videochat.core.ports import IceServerSource

NOW = 1_800_000_000_123
STUN = ("stun:stun.example",)
TURN = ("turn:turn.example:3478?transport=udp", "turns:turn.example:5349")


def _kinesis(fails: bool) -> Iterator[IceServerSource]:
    with serving() as service:
        endpoint = {
            "Protocol": "HTTPS",
            "ResourceEndpoint": "https://r-1.kinesisvideo.eu-west-1.amazonaws.com",
        }
        server = {"Uris": list(TURN), "Username": "name", "Password": "word", "Ttl": 300}
        service.answers["/getSignalingChannelEndpoint"] = [
            (200, json.dumps({"ResourceEndpointList": [endpoint]}).encode())
        ]
        service.answers["/v1/get-ice-server-config"] = [
            (403, b"{}") if fails else (200, json.dumps({"IceServerList": [server]}).encode())
        ]
        requests = AwsRequests("eu-west-1", Credentials("AKIDEXAMPLE", "secret"), service.url)
        yield KinesisIceServers(requests, "eu-west-1", "amazonaws.com", "arn:channel", STUN, lambda _: None)
        requests.close()


SOURCES: dict[str, Callable[[], Iterator[IceServerSource]]] = {
    "nothing": lambda: iter([ConfiguredIceServers(())]),
    "stun": lambda: iter([ConfiguredIceServers(STUN)]),
    "shared_secret": lambda: iter([ConfiguredIceServers(STUN, TURN, TurnSecret("north", 600))]),
    "fixed": lambda: iter([ConfiguredIceServers(STUN, TURN, StaticTurn("name", "word"))]),
    "kinesis": lambda: _kinesis(fails=False),
    "kinesis_failing": lambda: _kinesis(fails=True),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> Iterator[IceServerSource]:
    yield from SOURCES[request.param]()


def test_every_entry_has_what_its_kind_needs(source: IceServerSource) -> None:
    for server in source.ice_servers("ada", NOW).ice_servers:
        assert server.urls
        kinds = {url.partition(":")[0] for url in server.urls}
        if kinds <= {"stun", "stuns"}:
            assert (server.username, server.credential) == (None, None)
        else:
            assert kinds <= {"turn", "turns"}
            assert server.username
            assert server.credential


def test_an_answer_may_be_used_for_a_while(source: IceServerSource) -> None:
    for later in range(0, 2_000_000, 7_013):
        answer = source.ice_servers("ada", NOW + later)
        assert 10 <= answer.ttl <= 86_400


@pytest.mark.parametrize("name", ["shared_secret", "kinesis"])
def test_no_answer_lets_credentials_be_used_for_longer_than_they_live(name: str) -> None:
    ends: dict[tuple[str | None, str | None], int] = {}
    for source in SOURCES[name]():
        for now in range(NOW, NOW + 2_000_000, 7_013):
            answer = source.ice_servers("ada", now)
            turn = answer.ice_servers[-1]
            end = now + answer.ttl * 1000
            first = ends.setdefault((turn.username, turn.credential), end)
            if name == "kinesis":
                # The same words are new ones when they come with their whole life.
                ends[turn.username, turn.credential] = end if answer.ttl == 300 else first
                first = ends[turn.username, turn.credential]
            assert end <= first


def test_a_clock_that_goes_back_is_no_trouble(source: IceServerSource) -> None:
    longest = source.ice_servers("ada", NOW).ttl
    assert source.ice_servers("ada", NOW - 5_000_000).ttl <= longest
