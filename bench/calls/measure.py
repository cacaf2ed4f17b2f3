"""One call, measured."""

from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Page

from bench.calls.contestants import Contestant

HEARTBEAT: Final = frozenset({"ping", "pong", "HEARTBEAT"})
"""Frames that a socket sends with or without a call."""


@dataclass(frozen=True)
class Side:
    """What one of the two pages noted: see ``probe.js``. All times in ms since the Unix epoch."""

    marks: dict[str, float]
    frames: list[dict[str, Any]]

    def sent(self, since: float, until: float) -> list[str]:
        """The names of the frames that it sent through the server, heartbeats apart."""
        return [
            frame["name"]
            for frame in self.frames
            if frame["way"] == "sent" and since <= frame["at"] < until and frame["name"] not in HEARTBEAT
        ]


@dataclass(frozen=True)
class Call:
    """One measured call."""

    caller: Side
    callee: Side

    @property
    def to_ringing(self) -> float:
        """From the click on Call to the visible dialog, in ms."""
        return self.callee.marks["ringing"] - self.caller.marks["click Call"]

    @property
    def accepted(self) -> float:
        """When Accept was clicked."""
        return self.callee.marks["click Accept"]

    def to_picture(self, side: str) -> float:
        """From the click on Accept to the first remote frame that ``caller`` or ``callee`` sees, in ms."""
        at: Side = getattr(self, side)
        return at.marks["firstFrame"] - self.accepted

    def frames(self) -> dict[str, list[str]]:
        """What both sides together sent through the server, by the part of the call."""
        called, accepted = self.caller.marks["click Call"], self.accepted
        connected = max(side.marks["firstFrame"] for side in (self.caller, self.callee))
        ended = self.caller.marks["click Hang up"]
        parts = {
            "before accept": (called, accepted),
            "from accept to picture": (accepted, connected),
            "in the call": (connected, ended),
            "at the end": (ended, float("inf")),
        }
        return {name: [*self.caller.sent(*span), *self.callee.sent(*span)] for name, span in parts.items()}


def measure(contestant: Contestant, *, ring_ms: float, talk_ms: float) -> Call:
    """Makes one call.

    :param ring_ms: how long it rings at least: nobody answers at once. Where the two connect while it rings, as long as that takes.
    :param talk_ms: how long the picture stays before somebody hangs up.
    """
    pair = contestant.pair
    contestant.prepare()
    for page in (pair.caller, pair.callee):
        page.evaluate("__bench.begin()")
    contestant.call()
    pair.callee.evaluate("__bench.ringing()")
    contestant.preview()
    if contestant.connects_while_ringing:
        for page in (pair.caller, pair.callee):
            page.evaluate("__bench.connected()")
    pair.callee.wait_for_timeout(ring_ms)
    contestant.accept()
    for page in (pair.callee, pair.caller):
        page.evaluate("__bench.firstFrame()")
    pair.callee.wait_for_timeout(talk_ms)
    contestant.hang_up()
    return Call(_read(pair.caller), _read(pair.callee))


def _read(page: Page) -> Side:
    noted = page.evaluate("__bench.read()")
    return Side(noted["marks"], noted["frames"])
