#!/usr/bin/env bash
# Installs Debian packages, as root or through sudo; says what to do where that is not possible.
set -euo pipefail

if ! command -v apt-get >/dev/null; then
  echo "Please install by hand (there is no apt-get here): $*" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then
  as_root=()
elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
  as_root=(sudo)
else
  echo "Please install as root, then run make again: apt-get install $*" >&2
  exit 1
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
