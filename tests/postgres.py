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
def cluster(where: Path) -> Iterator[str]:
    """Start a cluster with binaries in `where`, yield the URL of its server (without a database), stop it again."""
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
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
        _as_user([str(where / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start"])
        try:
            yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}"
        finally:
            _as_user([str(where / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
