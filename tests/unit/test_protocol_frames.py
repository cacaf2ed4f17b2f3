"""The golden frames of ``protocol/frames/`` against the JSON Schema and against the core's own reader."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.unit.world import World

from videochat.core import frames
from videochat.core.tickets import Admission

PROTOCOL = Path(__file__).parents[2] / "protocol"
SCHEMA: dict[str, Any] = json.loads((PROTOCOL / "schema.json").read_text("utf-8"))
DEFINITIONS = {"client": "ClientFrame", "server": "ServerFrame", "payload": "Payload"}


@cache
def validator(definition: str) -> Draft202012Validator:
    return Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{definition}"}]})


def golden(kind: str, direction: str) -> list[Any]:
    files = sorted((PROTOCOL / "frames" / kind / direction).glob("*.json"))
    assert files, f"no {kind} {direction} frames"
    return [
        pytest.param(json.loads(file.read_text("utf-8")), id=f"{direction}/{file.stem}") for file in files
    ]


def raw(example: dict[str, Any]) -> bytes:
    """The message that an invalid example stands for."""
    if "base64" in example:
        return base64.b64decode(example["base64"])
    text: bytes = example["frame"].encode()
    return text.ljust(example.get("padTo", 0))


def actions(definition: str) -> set[str]:
    names = [ref["$ref"].rpartition("/")[2] for ref in SCHEMA["$defs"][definition]["anyOf"]]
    return {SCHEMA["$defs"][name]["properties"]["action"]["const"] for name in names}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("direction", ["client", "server"])
def test_every_action_has_a_golden_frame(direction: str) -> None:
    shown = {param.values[0]["action"] for param in golden("valid", direction)}
    assert shown == actions(DEFINITIONS[direction])


def test_every_error_code_has_a_golden_frame() -> None:
    shown = {p.values[0]["code"] for p in golden("valid", "server") if p.values[0]["action"] == "error"}
    assert shown == set(SCHEMA["$defs"]["ErrorCode"]["enum"])


@pytest.mark.parametrize("frame", golden("valid", "client"))
def test_the_schema_takes_valid_client_frames(frame: dict[str, Any]) -> None:
    validator("ClientFrame").validate(frame)


@pytest.mark.parametrize("frame", golden("valid", "server"))
def test_the_schema_takes_valid_server_frames(frame: dict[str, Any]) -> None:
    validator("ServerFrame").validate(frame)


@pytest.mark.parametrize("payload", golden("valid", "payload"))
def test_the_schema_takes_valid_payloads(payload: dict[str, Any]) -> None:
    validator("Payload").validate(payload)


@pytest.mark.parametrize(
    ("direction", "example"),
    [
        pytest.param(direction, param.values[0], id=param.id)
        for direction in DEFINITIONS
        for param in golden("invalid", direction)
        if not param.values[0].get("beyondSchema")
    ],
)
def test_the_schema_refuses_invalid_frames(direction: str, example: dict[str, Any]) -> None:
    try:
        frame = json.loads(raw(example), parse_constant=_no_constant)
    except ValueError:
        assert example["code"] == "bad_frame"
    else:
        assert not validator(DEFINITIONS[direction]).is_valid(frame)


@pytest.mark.parametrize("frame", golden("valid", "client"))
def test_the_core_takes_valid_client_frames(frame: dict[str, Any]) -> None:
    talk = Talk()
    talk.says("ada", frame)
    for answer in talk.heard("ada"):
        validator("ServerFrame").validate(answer)
        assert answer.get("code") not in {"bad_frame", "too_large", "unknown_action"}


@pytest.mark.parametrize("example", golden("invalid", "client"))
def test_the_core_refuses_invalid_client_frames(example: dict[str, Any]) -> None:
    talk = Talk()
    talk.core.signaling.receive("c-ada", raw(example))
    answers = talk.heard("ada")
    assert [answer["code"] for answer in answers] == [example["code"]]
    validator("ServerFrame").validate(answers[0])
    assert talk.heard("bob") == []


def test_a_frame_of_exactly_the_limit_is_read() -> None:
    assert frames.decode(b'{"action":"ping"}'.ljust(32_768)) == {"action": "ping"}


def test_what_the_core_sends_in_a_call_fits_the_schema() -> None:
    talk = Talk()
    call = {"callId": "call-0001"}
    talk.says("ada", {"action": "hello", "id": "1"})
    talk.says("ada", {"action": "invite", "id": "2", "to": "u-bob", **call})
    talk.says("bob", {"action": "hello"})
    talk.says("bob", {"action": "ringing", **call})
    talk.says("bob", {"action": "accept", "id": "3", **call})
    talk.says("bob", {"action": "route", **call})
    talk.says("bob", {"action": "relay", "to": "c-ada", "payload": {"type": "accept"}, **call})
    route = next(frame["route"] for frame in talk.heard("bob") if frame["action"] == "accepted")
    talk.says("bob", {"action": "signal", "ticket": route, "payload": None, **call})
    talk.says("bob", {"action": "signal", "ticket": "forged.ticket", "payload": None, **call})
    talk.says("ada", {"action": "cancel", **call})
    talk.says("ada", {"action": "hangup", **call})
    talk.says("ada", {"action": "hangup", **call})
    for frame in [*talk.heard("ada"), *talk.heard("bob")]:
        validator("ServerFrame").validate(frame)
    assert [frame["action"] for frame in talk.heard("ada")] == [
        *("welcome", "invited", "ringing", "accept", "route", "relay", "signal"),
        *("error", "calls", "error"),
    ]
    assert [frame["action"] for frame in talk.heard("bob")] == [
        *("invite", "welcome", "accepted", "route", "error", "hangup", "calls")
    ]


class Talk(World):
    """Two contacts, Ada and Bob, with a socket each, and what they hear."""

    def __init__(self) -> None:
        super().__init__()
        self.people("u-ada", "u-bob")
        for name in ("ada", "bob"):
            self.core.signaling.connect(Admission(f"u-{name}"), f"c-{name}", f"d-{name}")
        self.push.sent.clear()

    def says(self, name: str, frame: dict[str, Any]) -> None:
        self.core.signaling.receive(f"c-{name}", json.dumps(frame))

    def heard(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(frame) for to, frame in self.push.sent if to == f"c-{name}"]


def _no_constant(name: str) -> float:
    raise ValueError(name)
