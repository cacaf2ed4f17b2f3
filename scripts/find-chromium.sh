#!/usr/bin/env bash
# Prints the path of a Chromium for the end-to-end tests: $CHROMIUM, one of the machine's, or Debian's package.
set -euo pipefail

find_one() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}

if find_one; then exit 0; fi
"$(dirname "$0")/apt-install.sh" chromium >&2
find_one
