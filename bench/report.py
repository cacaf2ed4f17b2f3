"""The figures, and the table people read."""

import statistics
from collections.abc import Callable

from msgspec import Struct

from bench.load import Outcome
from bench.page import Transfer


class Row(Struct, frozen=True):
    """One kind of load on both servers; the outcomes of one round stand at the same index."""

    name: str
    video_chat: list[Outcome]
    peer_server: list[Outcome]

    def median(self, figure: Callable[[Outcome], float]) -> tuple[float, float, float]:
        """Video Chat's median, PeerServer's, and the median of the rounds' ratios."""
        ours, theirs = [list(map(figure, side)) for side in (self.video_chat, self.peer_server)]
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        return statistics.median(ours), statistics.median(theirs), statistics.median(ratios)


class Starts(Struct, frozen=True):
    """Seconds from the start of ``videochat serve`` to the first answer of ``/healthz``."""

    first: float
    """With an empty data directory: the database and the keys are made."""
    later: float


class Report(Struct, frozen=True):
    """All figures of one run."""

    python: str
    node: str
    processors: int
    rounds: int
    connections: int
    traffic: list[Row]
    idle_connections: int
    idle: Row
    starts: Starts
    page: Transfer


def table(report: Report) -> str:
    """For people. A ratio is the median over the rounds of Video Chat's figure by PeerServer's in the same round."""
    lines = [
        f"Python {report.python}, Node.js {report.node}, {report.processors} processors, {report.rounds} rounds, "
        f"{report.connections} connections, frames of 1 KiB",
        "",
        f"{'':38}{'Video Chat':>12}{'PeerServer':>12}{'ratio':>8}",
    ]
    for row in report.traffic:
        lines += [
            _line(row.name + ": messages/s", row.median(lambda o: o.per_second), ",.0f"),
            _line("  server CPU, µs per message", row.median(lambda o: o.cpu_us), ".1f"),
            _line("  load generator, processors", row.median(lambda o: o.client_load), ".2f"),
        ]
    reached = [outcome.reached for outcome in report.idle.video_chat]
    lines += [
        _line(f"{report.idle.name}: KiB each", report.idle.median(lambda o: o.idle_kb), ".1f"),
        f"  told of a contact's coming and going, and answering after it: {min(reached)} of {report.idle_connections}",
        "",
        f"Start until the first answer: {report.starts.first:.2f} s with an empty data directory, then {report.starts.later:.2f} s",
        f"First page: {report.page.javascript / 1000:.1f} kB of JavaScript, {report.page.total / 1000:.1f} kB in all "
        f"({report.page.files} files, compressed); after signing in {report.page.later_javascript / 1000:.1f} kB of JavaScript more",
    ]
    return "\n".join(lines)


def _line(name: str, figures: tuple[float, float, float], form: str) -> str:
    ours, theirs, ratio = figures
    return f"{name:38}{ours:>12{form}}{theirs:>12{form}}{ratio:>8.2f}"
