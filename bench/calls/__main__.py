"""Measures and prints the tables; ``--json`` also writes every mark of every call to a file."""

import argparse
import sys
from pathlib import Path

from bench.calls.run import Options, run
from bench.servers import BenchError


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.calls", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="calls per contestant and delay; default 20")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="TEXT",
        help="contestants whose name holds this, beside the bar; may be given several times",
    )
    parser.add_argument("--web-dir", type=Path, help="a build of the web app instead of the installed one")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    options = Options(rounds=given.rounds, only=tuple(given.only), web_dir=given.web_dir, save=given.json)
    try:
        print(run(options))
    except BenchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
