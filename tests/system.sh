#!/bin/sh
# Installs the Debian packages that the tests use. Usage: system.sh PACKAGE...
# As root it installs what is missing; otherwise it names the one command. Either way the tests go on: what is missing
# is skipped there and counted.
set -eu

say() { printf '%s\n' "$*" >&2; }

if ! command -v dpkg >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    say "Dieser Rechner hat kein apt. Tests, die eines davon brauchen, werden übersprungen: $*"
    exit 0
fi

missing=""
for package in "$@"; do
    case "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" in
        installed) ;;
        *) missing="$missing $package" ;;
    esac
done
missing=${missing# }
if [ -z "$missing" ]; then
    say "Debian-Pakete: alle da ($*)."
    exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
    say "Es fehlen Debian-Pakete; die Tests dazu werden übersprungen. Abhilfe:"
    say "    sudo apt-get install --no-install-recommends $missing"
    exit 0
fi

start=$(date +%s)
say "Installiere Debian-Pakete: $missing ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # the list is meant to be split
if apt-get update >"$log" 2>&1 && apt-get install --yes --no-install-recommends $missing >>"$log" 2>&1; then
    say "Debian-Pakete installiert nach $(( $(date +%s) - start )) s."
else
    tail -n 5 "$log" >&2
    say "Die Debian-Pakete ließen sich nicht installieren; die Tests dazu werden übersprungen: $missing"
fi
