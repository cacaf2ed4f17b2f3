"""Bytes to messages and back, against the ``websockets`` library as the other side."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, SERVER, State
from websockets.protocol import Protocol as Codec

from videochat.server.sockets.framing import FrameReader, text_frame

MAX_SIZE = 1000

Event = tuple[Literal["text"], bytes] | tuple[Literal["binary"]] | tuple[Literal["end"], bool]


class Recorder:
    """Notes what a reader says."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.others = 0
        self.too_large = 0
        self.output = b""

    def on_text(self, data: bytes) -> None:
        self.events.append(("text", data))

    def on_binary(self) -> None:
        self.events.append(("binary",))

    def on_too_large(self) -> None:
        assert self.output == b"", "said before the close frame"
        self.too_large += 1

    def on_other(self) -> None:
        self.others += 1

    def on_output(self, data: bytes) -> None:
        self.output += data

    def on_end(self, clean: bool) -> None:
        self.events.append(("end", clean))

    def answers(self) -> list[Frame]:
        """What a client makes of the output."""
        client = Codec(CLIENT, state=State.OPEN)
        client.receive_data(self.output)
        return [frame for frame in client.events_received() if isinstance(frame, Frame)]

    def close_code(self) -> int:
        """The code of the close frame that went out, which must be the only answer."""
        (frame,) = self.answers()
        assert frame.opcode is Opcode.CLOSE
        return int(Close.parse(bytes(frame.data)).code)


def feed(*portions: bytes) -> Recorder:
    recorder = Recorder()
    reader = FrameReader(recorder, MAX_SIZE)
    for portion in portions:
        reader.feed(portion)
    return recorder


def masked(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


def text(data: bytes, fin: bool = True) -> bytes:
    return masked(Opcode.TEXT, data, fin)


# --- Messages


@given(st.lists(st.binary(max_size=300), max_size=8), st.data())
def test_messages_arrive_however_the_stream_is_cut(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(text, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    portions = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert feed(*portions).events == [("text", message) for message in messages]


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 127, 999, 1000])
def test_every_way_to_write_a_length(size: int) -> None:
    assert feed(text(b"x" * size)).events == [("text", b"x" * size)]


@given(st.binary(max_size=70_000))
def test_frames_to_the_client_are_what_the_library_writes(payload: bytes) -> None:
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536])
def test_frames_to_the_client_at_the_edges_of_the_length_field(size: int) -> None:
    assert text_frame(b"x" * size) == Frame(Opcode.TEXT, b"x" * size).serialize(mask=False)


def test_fragments_make_one_message_with_control_frames_in_between() -> None:
    recorder = feed(
        text(b"one ", fin=False),
        masked(Opcode.PING, b"?"),
        masked(Opcode.CONT, b"two ", fin=False),
        masked(Opcode.CONT, b"three"),
        text(b"next"),
    )
    assert recorder.events == [("text", b"one two three"), ("text", b"next")]
    assert [(frame.opcode, bytes(frame.data)) for frame in recorder.answers()] == [(Opcode.PONG, b"?")]


def test_frames_that_are_no_messages_are_counted() -> None:
    assert feed(text(b"one"), masked(Opcode.BINARY, b"two"), text(b"three")).others == 0
    recorder = feed(
        text(b"four", fin=False),
        masked(Opcode.PING, b""),
        masked(Opcode.CONT, b"", fin=False),
        masked(Opcode.PONG, b""),
        masked(Opcode.CONT, b""),
    )
    assert (recorder.events, recorder.others) == ([("text", b"four")], 4)


def test_empty_fragments_add_nothing() -> None:
    assert feed(
        text(b"a", fin=False),
        masked(Opcode.CONT, b"", fin=False) * 1000,
        masked(Opcode.CONT, b"b"),
    ).events == [("text", b"ab")]


def test_binary_messages_are_told_apart_also_in_fragments() -> None:
    assert feed(
        masked(Opcode.BINARY, b"\x00"),
        masked(Opcode.BINARY, b"\x00", fin=False),
        masked(Opcode.CONT, b"\x01"),
        text(b"t"),
    ).events == [("binary",), ("binary",), ("text", b"t")]


def test_a_pong_nobody_asked_for_is_ignored() -> None:
    recorder = feed(masked(Opcode.PONG, b"x"), text(b"t"))
    assert recorder.events == [("text", b"t")]
    assert recorder.output == b""


# --- What breaks the protocol


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        pytest.param(Frame(Opcode.TEXT, b"x").serialize(mask=False), 1002, id="not masked"),
        pytest.param(b"\xf1" + text(b"x")[1:], 1002, id="reserved bits"),
        pytest.param(b"\x83" + text(b"x")[1:], 1002, id="unknown opcode"),
        pytest.param(masked(Opcode.CONT, b"x"), 1002, id="continues nothing"),
        pytest.param(text(b"a", fin=False) + text(b"b"), 1002, id="new message within a message"),
        pytest.param(b"\x09\x80aaaa", 1002, id="fragmented ping"),
        pytest.param(b"\x89\xfe\x00\x7eaaaa" + b"x" * 126, 1002, id="long ping"),
        pytest.param(b"\x88\x81aaaa\x00", 1002, id="close with half a code"),
        pytest.param(text(b"x" * 1001), 1009, id="too large"),
        pytest.param(b"\x81\xff" + b"\xff" * 8, 1009, id="absurdly large, header only"),
        pytest.param(
            text(b"x" * 600, fin=False) + masked(Opcode.CONT, b"x" * 600), 1009, id="too large in fragments"
        ),
    ],
)
def test_a_broken_stream_is_closed_with_the_reason(stream: bytes, code: int) -> None:
    recorder = feed(stream, text(b"more"), b"and more")
    assert recorder.events[-1] == ("end", False)
    assert ("text", b"more") not in recorder.events
    assert recorder.close_code() == code
    assert recorder.too_large == (code == 1009)


def messages(frames: list[Frame]) -> list[Event]:
    """The messages in ``frames``."""
    found: list[Event] = []
    opcode, parts = Opcode.TEXT, list[bytes]()
    for frame in frames:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            opcode, parts = frame.opcode, []
        elif frame.opcode is not Opcode.CONT:
            continue
        parts.append(bytes(frame.data))
        if frame.fin:
            found.append(("text", b"".join(parts)) if opcode is Opcode.TEXT else ("binary",))
    return found


FRAMES = st.one_of(
    st.builds(
        masked,
        st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CONT]),
        st.binary(max_size=400),
        st.booleans(),
    ),
    st.builds(masked, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125)),
)


@given(st.lists(st.one_of(FRAMES, st.binary(min_size=1, max_size=60)), max_size=12))
def test_any_stream_is_judged_as_by_the_library(portions: list[bytes]) -> None:
    # The library judges a header, the reader a whole frame: the end makes up for that, and is wrong for both.
    portions = [*portions, bytes(2 * MAX_SIZE)]
    recorder = feed(*portions)
    library = Codec(SERVER, state=State.OPEN, max_size=MAX_SIZE)
    for portion in portions:
        library.receive_data(portion)
    frames = [frame for frame in library.events_received() if isinstance(frame, Frame)]
    clean = library.parser_exc is None
    assert recorder.events == [*messages(frames), ("end", clean)]
    assert recorder.output == b"".join(library.data_to_send())


# --- Closing


def test_a_client_that_closes_is_answered() -> None:
    recorder = feed(masked(Opcode.CLOSE, Close(1000, "bye").serialize()), text(b"too late"))
    assert recorder.events == [("end", True)]
    assert recorder.close_code() == 1000


def test_closing_waits_for_the_clients_answer() -> None:
    recorder = Recorder()
    reader = FrameReader(recorder, MAX_SIZE)
    reader.close(1012, "restart")
    assert recorder.close_code() == 1012
    reader.feed(text(b"on its way"))
    assert ("end", True) not in recorder.events
    reader.feed(masked(Opcode.CLOSE, Close(1012, "").serialize()))
    assert recorder.events[-1] == ("end", True)


def test_closing_twice_sends_one_close_frame() -> None:
    recorder = Recorder()
    reader = FrameReader(recorder, MAX_SIZE)
    reader.close(1001, "idle")
    reader.close(1012, "restart")
    assert recorder.close_code() == 1001


def test_closing_in_the_middle_of_a_message() -> None:
    recorder = Recorder()
    reader = FrameReader(recorder, MAX_SIZE)
    rest = masked(Opcode.CONT, b"rest")
    reader.feed(text(b"half", fin=False) + rest[:3])
    reader.close(1001, "idle")
    reader.feed(rest[3:])
    assert recorder.events == [("text", b"halfrest")]
    assert recorder.close_code() == 1001
