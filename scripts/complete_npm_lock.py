"""Completes ``package-lock.json`` files: entries for optional packages that npm left out.

Tools with a compiled part list one optional package per platform. npm leaves those out of the lock that it could not look up while
it made the lock (https://github.com/npm/cli/issues/4828), and then ``npm ci`` refuses the lock as incomplete, on every platform.
This adds them, pinned to the version that is asked for, with the platform that their names tell. ``--check`` only says what is missing.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

EXACT_VERSION = re.compile(r"\d+\.\d+\.\d+(?:-[\w.]+)?\Z")
SYSTEMS = {
    "android",
    "darwin",
    "freebsd",
    "linux",
    "netbsd",
    "openbsd",
    "openharmony",
    "sunos",
    "win32",
    "aix",
}
PROCESSORS = {"arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"}
C_LIBRARIES = {"gnu": "glibc", "musl": "musl"}


def missing_entries(lock: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the ``packages`` object of a lock (version 3) lacks, by path."""
    packages: dict[str, dict[str, Any]] = lock["packages"]
    missing: dict[str, dict[str, Any]] = {}
    for parent in packages.values():
        for name, version in parent.get("optionalDependencies", {}).items():
            path = f"node_modules/{name}"
            if path not in packages and EXACT_VERSION.match(version):
                entry = {"version": version, **platform_of(name), "optional": True}
                missing[path] = {**entry, "dev": True} if parent.get("dev") else entry
    return missing


def platform_of(name: str) -> dict[str, list[str]]:
    """The ``os``, ``cpu`` and ``libc`` fields that a package name such as ``@tool/cli-linux-x64-musl`` stands for."""
    words = re.split(r"[-/]", name)
    found = {
        "os": [word for word in words if word in SYSTEMS],
        "cpu": [word for word in words if word in PROCESSORS],
        "libc": [C_LIBRARIES[word] for word in words if word in C_LIBRARIES],
    }
    return {field: values for field, values in found.items() if values}


def main(arguments: list[str]) -> int:
    """Completes the files named, or checks them; returns the exit status."""
    check = "--check" in arguments
    incomplete = False
    for path in (Path(argument) for argument in arguments if argument != "--check"):
        lock = json.loads(path.read_text("utf-8"))
        missing = missing_entries(lock)
        if not missing:
            continue
        incomplete = True
        for entry in missing:
            print(f"{path}: {entry} {'is missing' if check else 'added'}", file=sys.stderr)
        if not check:
            lock["packages"] = dict(sorted({**lock["packages"], **missing}.items()))
            path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 1 if check and incomplete else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
