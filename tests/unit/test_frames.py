import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videochat.core import frames
from videochat.core.errors import FrameRefusal


def nested(depth: int) -> bytes:
    return b'{"action":"relay","payload":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_frame"),
        (b"hello", "bad_frame"),
        (b"[]", "bad_frame"),
        (b"null", "bad_frame"),
        (b'"ping"', "bad_frame"),
        (b"{}", "bad_frame"),
        (b'{"action":1}', "bad_frame"),
        (b'{"action":null}', "bad_frame"),
        (b'{"action":"ping"', "bad_frame"),
        (b'{"action":"ping"}{}', "bad_frame"),
        (b'{"action":"\xff"}', "bad_frame"),
        (b'{"action":"ping","x":"\\ud800"}', "bad_frame"),
        ('{"action":"\ud800"}', "bad_frame"),
        (b'{"action":"ping","id":5}', "bad_frame"),
        (b'{"action":"ping","id":"' + b"x" * 65 + b'"}', "bad_frame"),
        (b'{"action":"ping","x":1e999}', "bad_frame"),
        (nested(33), "bad_frame"),
        (nested(15_000), "bad_frame"),
        (b'{"action":"ping","x":"' + b"x" * 32_768 + b'"}', "too_large"),
    ],
)
def test_frames_that_are_refused(data: bytes | str, code: str) -> None:
    with pytest.raises(FrameRefusal) as caught:
        frames.decode(data)
    assert caught.value.code == code


def test_the_largest_and_the_deepest_frame_are_read() -> None:
    filling = 32_768 - len('{"action":"ping","x":""}')
    assert len(frames.decode(b'{"action":"ping","x":"' + b"x" * filling + b'"}')["x"]) == filling
    assert frames.decode(nested(32))["action"] == "relay"
    wide = {"action": "relay", "payload": [{} for _ in range(500)]}
    assert msgspec.json.decode(frames.encode(frames.decode(msgspec.json.encode(wide)))) == wide


def test_a_payload_is_passed_on_as_it_came() -> None:
    message = (
        '{"action":"relay","payload":{"b":1.50,"a":"\\u00e9é\\/", "n":12345678901234567890123}}'.encode()
    )
    assert frames.encode(frames.decode(message)) == message


@pytest.mark.parametrize(
    "payload",
    [b'"\xff"', b'{"a":"\xe9"}', b'"\\ud800"', b"[1,]", b'{"a"}', b"nul", b'"\x01"', b"[" * 40 + b"]" * 40],
)
def test_a_payload_is_checked_all_the_same(payload: bytes) -> None:
    with pytest.raises(FrameRefusal) as caught:
        frames.decode(b'{"action":"relay","payload":' + payload + b"}")
    assert caught.value.code == "bad_frame"


def test_answers_carry_the_id_and_errors_echo_only_what_is_well_formed() -> None:
    request = {"action": "relay", "id": "7", "callId": ["x"]}
    assert frames.answer(request, "pong") == {"action": "pong", "id": "7"}
    assert frames.error(FrameRefusal("bad_frame", "No."), request) == {
        "action": "error",
        "code": "bad_frame",
        "message": "No.",
        "about": "relay",
        "id": "7",
    }
    assert "about" not in frames.error(FrameRefusal("bad_frame", "No."), {"action": "x" * 65})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@given(st.binary(max_size=200) | st.text(max_size=200) | json_values.map(msgspec.json.encode))
@settings(max_examples=400, derandomize=True, deadline=None)
def test_any_input_is_read_or_refused(data: bytes | str) -> None:
    try:
        frame = frames.decode(data)
    except FrameRefusal as refusal:
        assert refusal.code in ("bad_frame", "too_large")
    else:
        assert isinstance(frame["action"], str)
        frames.encode(frame)
