"""Measures and prints a table; ``--json`` also writes the figures to a file."""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import servers
from bench.load import Outcome, Task, Traffic
from bench.page import Transfer, first_load
from bench.report import Report, Row, Starts, table
from bench.servers import BenchError, Running
from bench.town import open_town, settle


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="how often each pair of servers is measured; default 5"
    )
    parser.add_argument("--seconds", type=float, default=4, help="how long each traffic lasts; default 4")
    parser.add_argument("--connections", type=int, default=200, help="connections with traffic; default 200")
    parser.add_argument("--idle", type=int, default=5000, help="idle connections; default 5000")
    parser.add_argument(
        "--rate", type=int, default=2000, help="messages a second of the paced traffic; default 2000"
    )
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    try:
        report = measure(options)
    except (BenchError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    print(table(report))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")


def measure(options: argparse.Namespace) -> Report:
    """Everything, one after the other."""
    _allow_open_files(options.idle + 200)
    relay: Traffic = "relay"
    signal: Traffic = "signal"
    rows = []
    for name, traffic, rate in (
        ("relay, as fast as it goes", relay, None),
        ("signal, as fast as it goes", signal, None),
        (f"relay, {options.rate} a second", relay, options.rate),
        (f"signal, {options.rate} a second", signal, options.rate),
    ):
        rows.append(_row(name, options, traffic, rate))
    return Report(
        python=platform.python_version(),
        node=subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip(),
        processors=os.cpu_count() or 0,
        rounds=options.rounds,
        connections=options.connections,
        traffic=rows,
        idle_connections=options.idle,
        idle=_row(f"{options.idle} idle connections", options, None, None),
        starts=_starts(options.rounds),
        page=_page(),
    )


def _row(name: str, options: argparse.Namespace, traffic: Traffic | None, rate: int | None) -> Row:
    """Measures both servers, again and again in turn, so that whatever else the machine does meets both."""
    connections = options.connections if traffic else options.idle
    sides = {"videochat": list[Outcome](), "peer": list[Outcome]()}
    for number in range(options.rounds if traffic else min(options.rounds, 3)):
        for kind in sorted(sides, reverse=bool(number % 2)):
            print(f"{name}: round {number + 1}, {kind}", file=sys.stderr)
            with _video_chat(connections) if kind == "videochat" else servers.peer_server() as running:
                sides[kind].append(_load(Task(running, connections, traffic, rate, options.seconds)))
    return Row(name, sides["videochat"], sides["peer"])


@contextmanager
def _video_chat(people: int) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="videochat-bench-") as directory:
        data, port = Path(directory) / "data", servers.free_port()
        services = open_town(data, port)
        settle(services, people)
        services.close()
        with servers.video_chat(data, port) as running:
            yield running


def _load(task: Task) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(task),
        capture_output=True,
        timeout=600,
    )
    if done.returncode:
        raise BenchError(done.stderr.decode()[-3000:])
    return msgspec.json.decode(done.stdout, type=Outcome)


def _starts(rounds: int) -> Starts:
    """On an empty directory, and on the one that is there then."""
    first, later = list[float](), list[float]()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="videochat-bench-") as directory:
            for times in (first, later):
                with servers.video_chat(Path(directory) / "data", servers.free_port()) as running:
                    times.append(running.started_in)
    return Starts(first=statistics.median(first), later=statistics.median(later))


def _page() -> Transfer:
    with (
        tempfile.TemporaryDirectory(prefix="videochat-bench-") as directory,
        servers.video_chat(Path(directory) / "data", servers.free_port()) as running,
    ):
        return first_load(f"http://127.0.0.1:{running.port}")


def _allow_open_files(number: int) -> None:
    """The servers and the load generator inherit the limit.

    :raises BenchError: it cannot be raised so far.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        raise BenchError(
            f"{number} open files are needed and {hard} allowed (ulimit -Hn): choose a smaller --idle."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))


if __name__ == "__main__":
    main()
