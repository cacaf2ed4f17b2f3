#!/usr/bin/env bash
# For the tests on networks of their own: Debian's coturn, iptables, iproute2 and firefox-esr. Where they are not and cannot be
# installed the tests are left out, each with its reason; only a build server that is root has to have them.
set -euo pipefail

missing=()
need() { # command package
  command -v "$1" >/dev/null || PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || missing+=("$2")
}
[ -n "${FIREFOX:-}" ] || command -v firefox >/dev/null || need firefox-esr firefox-esr
# Network namespaces need root, so the rest is of no use without.
if [ "$(id -u)" = 0 ]; then
  need turnserver coturn
  need iptables iptables
  need ip iproute2
  need sysctl procps
fi
[ ${#missing[@]} -gt 0 ] || exit 0

# Debian starts coturn as soon as it is installed; the tests start their own.
unit=/etc/systemd/system/coturn.service
if [ "$(id -u)" = 0 ] && [[ " ${missing[*]} " == *" coturn "* ]] && [ -d /run/systemd/system ] && [ ! -e "$unit" ]; then
  echo "Masking coturn.service, so that installing coturn for the tests opens no port (systemctl unmask coturn undoes it)." >&2
  ln -s /dev/null "$unit"
fi
"$(dirname "$0")/apt-install.sh" "${missing[@]}" >&2 || {
  echo "Not installed: ${missing[*]}. Tests that need them will be left out." >&2
  [ "${CI:-}" != true ] || [ "$(id -u)" != 0 ]
}
