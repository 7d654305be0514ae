#!/bin/sh
# Makes one checked copy of the database and throws away those older than KEEP_DAYS. The timer calls it every night.
# Reads POSTLOTSE_DATABASE_URL and POSTLOTSE_DATA_DIR like the service does; copies go to BACKUP_DIR.
set -eu
umask 077
home=$(cd "$(dirname "$0")/.." && pwd)
target=${BACKUP_DIR:-/var/backups/postlotse}
keep=${KEEP_DAYS:-35}
data=${POSTLOTSE_DATA_DIR:-$home/var}
stamp=$(date -u +%Y%m%dT%H%M%SZ)

mkdir -p "$target"
case "${POSTLOTSE_DATABASE_URL:-}" in
    postgresql*)
        # libpq reads the parts from PG* variables, so that the password stands in no process list.
        eval "$("$home/.venv/bin/python" -c '
import os, shlex
from urllib.parse import unquote, urlsplit
url = urlsplit(os.environ["POSTLOTSE_DATABASE_URL"])
parts = {"PGHOST": url.hostname, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
parts["PGDATABASE"] = url.path.lstrip("/")
for name, value in parts.items():
    if value:
        print(f"export {name}={shlex.quote(unquote(str(value)))}")
')"
        file="$target/postlotse-$stamp.dump"
        pg_dump --format=custom --file="$file.part"
        pg_restore --list "$file.part" >/dev/null
        mv "$file.part" "$file"
        date -u +%Y-%m-%dT%H:%M:%S+00:00 > "$data/letzte-sicherung"
        ;;
    *)
        file="$target/postlotse-$stamp.db"
        "$home/.venv/bin/postlotse" backup "$file"
        ;;
esac
# Only files that this script made, and only once a newer one lies beside them.
find "$target" -maxdepth 1 -type f \( -name 'postlotse-*.db' -o -name 'postlotse-*.dump' \) \
    -mtime "+$keep" -delete
echo "Sicherung: $file"
