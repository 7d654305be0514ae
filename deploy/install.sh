#!/bin/sh
# Makes the virtual environment from a hash-pinned lock file. Usage: install.sh PYTHON VENV LOCK
# uv does the work (seconds instead of minutes); where it cannot run, pip takes over with the same hashes.
set -eu
python=$1 venv=$2 lock=$3

say() { printf '%s\n' "$*" >&2; }

if ! command -v "$python" >/dev/null 2>&1; then
    say "Python fehlt. Postlotse braucht Python 3.11 oder neuer (Debian/Ubuntu: apt install python3 python3-venv)."
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "$("$python" --version) ist zu alt. Postlotse braucht Python 3.11 oder neuer."
    say "Anderes Python nehmen: make PYTHON=python3.12 demo"
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    say "Dem Python fehlt das Modul venv. Abhilfe: apt install python3-venv"
    exit 1
fi

start=$(date +%s)
if [ ! -x "$venv/bin/python" ]; then
    say "Lege die Umgebung $venv an ..."
    "$python" -m venv "$venv"
fi
if [ ! -x "$venv/bin/uv" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
        --require-hashes -r "$(dirname "$lock")/installer.lock" >/dev/null 2>&1 \
        || say "Hinweis: uv ist nicht zu haben, pip übernimmt (dauert länger)."
fi
say "Installiere die Bibliotheken aus $lock (geprüft gegen ihre Prüfsummen) ..."
# An environment may be shared by both locks: installing never removes what the other one brought.
with_uv() {
    [ -x "$venv/bin/uv" ] && VIRTUAL_ENV="$venv" "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" \
        --require-hashes --no-deps "$@" -r "$lock" 2>/dev/null
}
# Where a firm's proxy shows a certificate of its own, only the certificates of the system know it. uv stays silent
# about what the next in line can still do; pip, the last one, says what is wrong.
if ! with_uv && ! with_uv --system-certs; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
        --require-hashes -r "$lock" || {
        say "Die Bibliotheken ließen sich nicht laden; was fehlt, steht darüber. Ist ein Paketverzeichnis (PyPI) zu"
        say "erreichen, stimmen Netz und Proxy (https_proxy), sind rund 1 GB auf der Platte frei? Dann noch einmal."
        exit 1
    }
fi
# The house itself: a link to this folder, so that the command and the code are always the same.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/postlotse.pth"
cat > "$venv/bin/postlotse" <<SCRIPT
#!$(pwd)/$venv/bin/python
import sys
from service.cli import main
sys.exit(main())
SCRIPT
chmod 755 "$venv/bin/postlotse"
say "Umgebung fertig nach $(( $(date +%s) - start )) s: $venv/bin/postlotse"
