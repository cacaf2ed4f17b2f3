"""Checks that the locks in ``requirements/`` are up to date with what is declared, without a network.

Every declared requirement must be pinned at a version that fits it, and the locks of what is installed together must hold the same pins as the
development lock. ``make lock`` mends what this finds.
"""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# They have virtual environments of their own.
APART = ("cloud", "scan")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """The pinned version of each package of a lock, by canonical name."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return {str(canonicalize_name(package)): version for package, version in PIN.findall(text)}


def declared(name: str) -> list[Requirement]:
    """The requirements of ``requirements/<name>.in``, included files too."""
    found: list[Requirement] = []
    for line in (ROOT / "requirements" / f"{name}.in").read_text("utf-8").splitlines():
        entry = line.partition("#")[0].strip()
        if entry.startswith("-r "):
            found += declared(Path(entry[3:].strip()).stem)
        elif entry:
            found.append(Requirement(entry))
    return found


def main() -> int:
    """Prints each disagreement; returns their number, capped at 1."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    runtime = [Requirement(text) for text in project["dependencies"]]
    everything = pins("dev")
    problems: list[str] = []
    wanted_by_lock = {
        "run": runtime,
        "build": declared("build"),
        "node": declared("node"),
        "lambda": declared("lambda"),
        "dev": runtime + declared("dev"),
        **{name: declared(name) for name in APART},
    }
    for lock, wanted in wanted_by_lock.items():
        locked = pins(lock)
        for requirement in wanted:
            version = locked.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                problems.append(
                    f"requirements/{lock}.txt: {requirement} is declared, {version or 'nothing'} is locked"
                )
        problems += [
            f"requirements/{lock}.txt: {package} {version}, but {everything.get(package)} in dev.txt"
            for package, version in locked.items()
            if lock not in APART and everything.get(package) != version
        ]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("Run `make lock`.", file=sys.stderr)
    return min(len(problems), 1)


if __name__ == "__main__":
    sys.exit(main())
