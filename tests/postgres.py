"""A throw-away PostgreSQL cluster for the tests, run by an unprivileged user because initdb refuses root."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

USER = "postlotse_test"

Raw = psycopg.Connection[Any]


def binaries() -> Path | None:
    """Return the folder with initdb and pg_ctl, newest version first; None when PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _as_user(command: list[str]) -> None:
    """Run a command as an unprivileged user when we are root."""

    def demote() -> None:
        account = pwd.getpwnam("postgres") if _has("postgres") else pwd.getpwnam("nobody")
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)

    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=demote if os.geteuid() == 0 else None,
        cwd="/",
    )


def _has(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster(where: Path, *, durable: bool = False) -> Iterator[str]:
    """Start a cluster with binaries in `where`, yield the URL of its server (without a database), stop it again.

    Without `durable` it does not wait for the disk: tests are faster by that, measurements would be too good.
    """
    folder = Path(tempfile.mkdtemp(prefix="postlotse-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres" if _has("postgres") else "nobody")
    data, port = folder / "data", _free_port()
    try:
        _as_user(
            [
                str(where / "initdb"),
                "-D",
                str(data),
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        options += (
            "" if durable else " -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
        )
        _as_user([str(where / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start"])
        try:
            yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}"
        finally:
            _as_user([str(where / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# Connections to copies that a test has closed, by the name of the copy: the next test there takes them up again. A new
# one takes longer to open than most tests run, as the server starts a process for it, which learns about each table.
_IDLE: dict[str, list[Raw]] = {}


def taken_up(name: str) -> Raw | None:
    """Return a connection to a copy that waits for its next user, if any."""
    waiting = _IDLE.get(name)
    return waiting.pop() if waiting else None


def kept(raw: Raw) -> bool:
    """Keep a connection that is about to be closed, as good as new; False when it is none of ours or is broken."""
    waiting = _IDLE.get(raw.info.dbname)
    if waiting is None or raw.closed or raw.broken:
        return False
    try:
        raw.rollback()
        raw.autocommit = True
        raw.execute("RESET ALL")
        raw.autocommit = False
    except psycopg.Error:
        return False
    waiting.append(raw)
    return True


# A table beyond this many bytes is made anew instead of emptied: what is deleted leaves a gap in it.
_LARGE = 256 * 1024


class Copies:
    """Hands out copies of a migrated database: making one takes much longer than emptying one that a test has used.

    A copy whose schema a test has changed is dropped.
    """

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        self._schema = ""
        # A connection per copy stays open: a new one would have to learn about all the tables again.
        self._kept: dict[str, psycopg.Connection[tuple[str, ...]]] = {}

    def get(self) -> str:
        """Return the URL of an empty database."""
        if self._free:
            return self._free.pop()
        name = f"t_{uuid4().hex}"
        with self._open("postgres") as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self._template))
            )
        url = f"{self._server}/{name}"
        self._kept[name] = self._open(name)
        self._prepare(self._kept[name])
        _IDLE[name] = []
        if not self._schema:
            self._schema = self._columns(self._kept[name])
        return url

    def give_back(self, url: str) -> None:
        """Empty a database for the next test; whoever still holds a connection to it loses it."""
        name = url.rpartition("/")[2]
        connection = self._kept[name]
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)",
            ([raw.info.backend_pid for raw in _IDLE[name]],),
        )
        if self._columns(connection) == self._schema:
            connection.execute("SELECT pg_temp.empty()")
            self._free.append(url)
            return
        self._kept.pop(name).close()
        for raw in _IDLE.pop(name):
            raw.close()
        with self._open("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Close every connection."""
        for name, connection in self._kept.items():
            connection.close()
            for raw in _IDLE.pop(name):
                raw.close()

    @staticmethod
    def _prepare(connection: psycopg.Connection[tuple[str, ...]]) -> None:
        """Teach a connection to empty all tables in one call, whatever refers to what.

        Deleting the few rows of a test takes a twentieth of what TRUNCATE takes, which makes new files for every index.
        """
        named = "relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'"
        tables = [row[0] for row in connection.execute(f"SELECT relname FROM pg_class WHERE {named} ORDER BY 1")]
        lines = sql.SQL(" ").join(sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for name in tables)
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            sql.SQL(
                "CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ DECLARE large text; BEGIN {}"
                " SELECT string_agg(oid::regclass::text, ', ') INTO large FROM pg_class"
                " WHERE {} AND pg_relation_size(oid) > {};"
                " IF large IS NOT NULL THEN EXECUTE 'TRUNCATE ' || large || ' CASCADE'; END IF;"
                " PERFORM setval(quote_ident(sequencename)::regclass, 1, false)"
                " FROM pg_sequences WHERE last_value IS NOT NULL; END $$"
            ).format(lines, sql.SQL(named), sql.Literal(_LARGE))
        )

    def _open(self, name: str) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(f"{self._server.replace('+psycopg', '')}/{name}", autocommit=True)

    @staticmethod
    def _columns(connection: psycopg.Connection[tuple[str, ...]]) -> str:
        """Return the columns of all tables and the version of the schema, as one text."""
        found = connection.execute(
            "SELECT string_agg(relname || '.' || attname, ' ' ORDER BY relname, attnum)"
            " || (SELECT string_agg(version_num, ' ') FROM alembic_version)"
            " FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchone()
        return found[0] if found else ""
