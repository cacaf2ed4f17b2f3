#!/usr/bin/env bash
# Writes the locks requirements/*.txt: exact versions with hashes for every platform, and no address to fetch from.
# Versions that still fit stay; `scripts/lock.sh --upgrade` takes the newest.
set -euo pipefail
uv=${VENV:-.venv}/bin/uv
compile() {
  # Where packages are fetched from is written only when asked for; the header would repeat the arguments.
  "$uv" pip compile --universal --python-version 3.11 --generate-hashes --no-header -q "$@"
}
# The development lock holds everything; the others are parts of it, so that all agree.
compile "$@" pyproject.toml requirements/dev.in -o requirements/dev.txt
compile -c requirements/dev.txt pyproject.toml -o requirements/run.txt
compile -c requirements/dev.txt requirements/build.in -o requirements/build.txt
compile -c requirements/dev.txt requirements/node.in -o requirements/node.txt
compile -c requirements/dev.txt requirements/lambda.in -o requirements/lambda.txt
compile "$@" requirements/pip.in -o requirements/pip.txt
# The emulator pins its SDK: an environment of its own.
compile "$@" requirements/cloud.in -o requirements/cloud.txt
# So does the security scanner.
compile "$@" requirements/scan.in -o requirements/scan.txt
