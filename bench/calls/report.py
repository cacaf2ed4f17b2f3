"""What a run has shown, in tables."""

import statistics
from collections.abc import Iterable, Sequence

from bench.calls.measure import Call

Results = dict[tuple[str, float], list[Call]]
"""The calls by contestant and by the delay of each hop in seconds."""

STEPS = (
    ("callee", "accept said"),
    ("callee", "camera asked"),
    ("callee", "camera open"),
    ("callee", "track set"),
    ("callee", "track is set"),
    ("caller", "accept heard"),
    ("caller", "track set"),
    ("caller", "track is set"),
    ("callee", "video arrives"),
    ("callee", "frame received"),
    ("callee", "frame unseen"),
    ("callee", "firstFrame"),
    ("caller", "video arrives"),
    ("caller", "frame received"),
    ("caller", "frame unseen"),
    ("caller", "firstFrame"),
)
"""The way from the click to the picture, by side and mark (see ``probe.js``)."""


def p90(values: Sequence[float]) -> float:
    """The smallest value that nine of ten do not exceed."""
    ordered = sorted(values)
    return ordered[-(-9 * len(ordered) // 10) - 1]


def summary(values: Iterable[float]) -> str:
    """Median and 90th percentile."""
    known = list(values)
    return f"{statistics.median(known):.0f} / {p90(known):.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def times(results: Results, bar: str) -> str:
    """Times of all contestants, and the ratio of medians to the contestant called ``bar``."""
    rows = []
    for (name, delay), calls in results.items():
        reference = results[bar, delay]
        row = [name, f"{delay * 1000:.0f}"]
        for side in ("callee", "caller"):
            here = [call.to_picture(side) for call in calls]
            ratio = statistics.median(here) / statistics.median(call.to_picture(side) for call in reference)
            row += [summary(here), f"{ratio:.2f}"]
        rows.append([*row, summary(call.to_ringing for call in calls)])
    head = [
        "",
        "ms added per hop",
        "callee's screen",
        "ratio",
        "caller's screen",
        "ratio",
        "Call to ringing",
    ]
    return table(head, rows)


def frames(results: Results) -> str:
    """How many frames both clients together send through the server: the median call."""
    rows = []
    for (name, delay), calls in results.items():
        parts = [call.frames() for call in calls]
        counts = [summary(len(each[part]) for each in parts) for part in parts[0]]
        rows.append([name, f"{delay * 1000:.0f}", *counts])
    return table(["", "ms added per hop", *next(iter(results.values()))[0].frames()], rows)


def steps(results: Results) -> str:
    """Where the time goes: the median ms after the click on Accept at which each step was taken."""
    rows = []
    for side, mark in STEPS:
        row = [side, mark]
        for calls in results.values():
            known = [
                marks[mark] - call.accepted
                for call in calls
                if mark in (marks := (call.caller if side == "caller" else call.callee).marks)
            ]
            row.append(f"{statistics.median(known):.0f}" if len(known) * 2 > len(calls) else "")
        rows.append(row)
    return table(["side", "step", *(f"{name}, {delay * 1000:.0f} ms" for name, delay in results)], rows)
