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
from uuid import uuid4

import psycopg
from psycopg import sql

USER = "postlotse_test"


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
        options += "" if durable else " -c fsync=off -c full_page_writes=off"
        _as_user([str(where / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start"])
        try:
            yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}"
        finally:
            _as_user([str(where / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Copies:
    """Hands out copies of a migrated database: making one takes much longer than emptying one that a test has used.

    A copy whose schema a test has changed is dropped.
    """

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        self._schema: list[tuple[str, ...]] = []
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
        if not self._schema:
            self._schema = self._columns(self._kept[name])
        return url

    def give_back(self, url: str) -> None:
        """Empty a database for the next test; whoever still holds a connection to it loses it."""
        name = url.rpartition("/")[2]
        connection = self._kept[name]
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if self._columns(connection) == self._schema:
            self._empty(connection)
            self._free.append(url)
            return
        self._kept.pop(name).close()
        with self._open("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Close every connection."""
        for connection in self._kept.values():
            connection.close()

    def _empty(self, connection: psycopg.Connection[tuple[str, ...]]) -> None:
        tables = sorted({row[0] for row in self._schema if row[0] != "alembic_version"})
        some = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(name), sql.Identifier(name))
            for name in tables
        )
        used = [row[0] for row in connection.execute(some)]
        if used:
            connection.execute(
                sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(sql.Identifier(name) for name in used))
            )
        connection.execute(
            "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"
        )

    def _open(self, name: str) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(f"{self._server.replace('+psycopg', '')}/{name}", autocommit=True)

    @staticmethod
    def _columns(connection: psycopg.Connection[tuple[str, ...]]) -> list[tuple[str, ...]]:
        found = connection.execute(
            "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT 'alembic_version', version_num FROM alembic_version ORDER BY 1, 2"
        )
        return [tuple(row) for row in found]
