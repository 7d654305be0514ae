#!/bin/sh
# Installs the Debian packages that the tests use. Usage: system.sh PACKAGE... ; "A|B" is B where nobody offers A.
# As root it installs what is missing; otherwise it names the one command. Either way the tests go on: what is missing
# is skipped there and counted.
set -eu

say() { printf '%s\n' "$*" >&2; }

if ! command -v dpkg >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    say "Dieser Rechner hat kein apt. Tests, die eines davon brauchen, werden übersprungen: $*"
    exit 0
fi

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }

# Who may not install is content with the second choice; who may gets the first.
missing=""
for wish in "$@"; do
    if installed "${wish%%|*}"; then continue; fi
    if [ "$(id -u)" -ne 0 ] && installed "${wish##*|}"; then continue; fi
    missing="$missing $wish"
done
missing=${missing# }
if [ -z "$missing" ]; then
    say "Debian-Pakete: alle da ($*)."
    exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
    say "Es fehlen Debian-Pakete; die Tests dazu werden übersprungen. Abhilfe:"
    # shellcheck disable=SC2086  # the list is meant to be split
    say "    sudo apt-get install --no-install-recommends$(printf ' %s' $missing | sed 's/|[^ ]*//g')"
    exit 0
fi

start=$(date +%s)
say "Installiere Debian-Pakete: $missing ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
offered() {
    for wish in $missing; do
        if apt-cache show "${wish%%|*}" >/dev/null 2>&1; then printf ' %s' "${wish%%|*}"; else printf ' %s' "${wish##*|}"; fi
    done
}
# shellcheck disable=SC2046  # the list is meant to be split
if apt-get update >"$log" 2>&1 && apt-get install --yes --no-install-recommends $(offered) >>"$log" 2>&1; then
    say "Debian-Pakete installiert nach $(( $(date +%s) - start )) s."
else
    tail -n 5 "$log" >&2
    say "Die Debian-Pakete ließen sich nicht installieren; die Tests dazu werden übersprungen: $missing"
fi
