#!/usr/bin/env bash
# Makes the virtual environment named by $1 with the Python named by $2, unless it is there already, and puts the locked pip into it.
set -euo pipefail
venv=$1
python=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Video Chat needs Python 3.11 or newer, and '$python' is not. Name one: make PYTHON=python3.12 …" >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  # Debian and Ubuntu keep the venv module in a package of its own.
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  "$(dirname "$0")/apt-install.sh" "python$version-venv"
fi
if ! "$venv/bin/python" -c '' 2>/dev/null; then
  "$python" -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
  -r "$(dirname "$0")/../requirements/pip.txt"
