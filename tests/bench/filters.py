"""How the judgement compares in speed with spam filters: header bytes to class, same blocks, same run, one process each.

Everybody gets the same bytes, and of everybody CPU time counts, all processes and threads of a filter, user and system.
SpamAssassin (spamd) and rspamd are kept warm as daemons on the loopback address, with one worker, their network tests,
databases of senders and learning switched off; they get each block over their own protocol, and what the asking costs
is not counted. bogofilter classifies all blocks in one process, after it learned from half of them; its start counts, a
few milliseconds. Ours runs in a process of its own, warmed as the daemons are: by the same first blocks, after which
whatever it remembers of senders is thrown away with the model. Packages that are missing are installed from
Debian when that is possible; otherwise the figure is left out with a word why.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any

from classifier import artifact
from classifier.book import EMPTY
from classifier.classify import judge_all
from connectors.archive.headers import Own, Place, parse
from connectors.errors import Malformed
from tests.bench.figures import Figure

_BLOCKS = Path(__file__).parents[3] / "shared" / "data" / "hostile" / "mail_headers.jsonl"
_PROGRAMS = {"spamd": "spamd", "rspamd": "rspamd", "bogofilter": "bogofilter"}
_WARM = 20
_TIMES = 3
_PATIENCE = 60.0
_QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def blocks() -> list[bytes]:
    """Return the collected header blocks, each closed by the blank line that ends a header; [] where they are missing."""
    if not _BLOCKS.exists():
        return []
    rows = map(json.loads, _BLOCKS.read_text(encoding="utf-8").splitlines())
    return [base64.b64decode(row["raw_b64"]).rstrip(b"\r\n") + b"\r\n\r\n" for row in rows]


def measure(only: str = "") -> Iterator[Figure]:
    """Yield CPU milliseconds per block of each filter, and how many times more than ours that is.

    CPU time of all processes of a filter, not wall time: others may be at work on the same machine.
    """
    found = blocks()
    if not found:
        yield Figure("filters: the collected header blocks are missing", 0, "")
        return
    for name, run, floor in (("spamd", _spamd, 10.0), ("rspamd", _rspamd, 10.0), ("bogofilter", _bogofilter, 3.0)):
        if only not in ("", name):
            continue
        missing = _missing(_PROGRAMS[name])
        if missing:
            yield Figure(f"{name}: left out, {missing}", 0, "")
            continue
        # Ours before and behind, more than once, so that what else the machine does falls on both.
        before = [_spent_by_us() for _ in range(_TIMES)]
        theirs = run(found) / len(found)
        ours = median(before + [_spent_by_us() for _ in range(_TIMES)])
        yield Figure(
            f"{name} against ours, times", theirs / ours, "x", floor, f"{theirs * 1e3:.3g} ms to {ours * 1e3:.3g}"
        )


def _spent_by_us() -> float:
    """Return the CPU seconds per block of a fresh process, which remembers nothing of an earlier run."""
    command = [sys.executable, "-m", "tests.bench.filters", "ours"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(told)


def _spent_here(found: Sequence[bytes]) -> float:
    _ours(found[:_WARM])
    start = time.process_time()
    _ours(found)
    return (time.process_time() - start) / len(found)


def _ours(found: Sequence[bytes]) -> None:
    records, place, own = [], Place("bench", ""), Own()
    for block in found:
        try:
            records.append(parse(block, place, own))
        except Malformed:
            continue
    # A fresh model each time: what it remembers of senders must not count.
    judge_all(records, EMPTY, artifact.shipped())


def _missing(package: str) -> str:
    """Install a Debian package where that is allowed; return why it is not there, "" when it is."""
    if _found(package):
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "not installed, and no right to install it"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        subprocess.run(["apt-get", *command], env=environment, check=False, **_QUIET)
    return "" if _found(package) else "the package cannot be installed"


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


def _spent(session: int) -> float:
    """Return the CPU seconds that the processes of a session have used, those that ended in it included."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(rest[3]) == session:
            ticks += sum(map(int, rest[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def daemon(command: Sequence[str], port: int) -> Iterator[int]:
    """Yield the session of a daemon that listens on a port; it ends with the block, and with us when we are killed."""
    process = subprocess.Popen(command, start_new_session=True, **_QUIET)
    # Reads from us until we are no more, then ends what is left; a signal to the child on our death would not do: both
    # daemons change their user, and the kernel then forgets it.
    watch = ["sh", "-c", f"read -r _; kill -TERM -{process.pid}"]
    guard = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True, **_QUIET)
    try:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield process.pid
    finally:
        guard.communicate()
        process.wait(20)


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _spamd(found: Sequence[bytes]) -> float:
    port = _port()
    options = ["--local", "--nouser-config", "--max-children=1", "--min-children=1", "--max-conn-per-child=100000"]
    command = [str(_found("spamd")), *options, f"--listen=127.0.0.1:{port}", "--username=nobody", "--syslog=null"]
    with daemon(command, port) as session:
        for block in found[:_WARM]:
            _asked_spamd(port, block)
        before = _spent(session)
        for block in found:
            _asked_spamd(port, block)
        return _spent(session) - before


def _asked_spamd(port: int, block: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as way:
        way.sendall(b"CHECK SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(block) + block)
        way.shutdown(socket.SHUT_WR)
        answer = b""
        while part := way.recv(65536):
            answer += part
    if b"Spam:" not in answer:
        raise RuntimeError(f"spamd did not answer: {answer[:80]!r}")


# The package's own configuration; what asks a network or a database is off.
_RSPAMD = """
.include "$CONFDIR/common.conf"
options {{ pidfile = "{folder}/pid"; .include "$CONFDIR/options.inc"
  dns {{ nameserver = ["127.0.0.1:1"]; timeout = 0.001s; retransmits = 0; }} }}
logging {{ type = "file"; filename = "{folder}/log"; level = "error"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
{switched_off}
"""
_ASKING = (
    *("rbl", "surbl", "spf", "dkim", "dmarc", "arc", "fuzzy_check", "asn", "mx_check", "phishing", "greylist"),
    *("ratelimit", "replies", "history_redis", "bayes"),
)


def _rspamd(found: Sequence[bytes]) -> float:
    port = _port()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        config = Path(folder) / "rspamd.conf"
        switched_off = " ".join(f"{name} {{ enabled = false; }}" for name in _ASKING)
        config.write_text(_RSPAMD.format(folder=folder, port=port, switched_off=switched_off), encoding="utf-8")
        with daemon([str(_found("rspamd")), "-f", "-i", "-c", str(config)], port) as session:
            _asked_rspamd(port, found[:_WARM])
            before = _spent(session)
            _asked_rspamd(port, found)
            return _spent(session) - before


def _asked_rspamd(port: int, found: Sequence[bytes]) -> None:
    way = HTTPConnection("127.0.0.1", port, timeout=60)
    for block in found:
        way.request("POST", "/checkv2", body=block)
        answer = way.getresponse()
        told = answer.read()
        if answer.status != 200 or b'"score"' not in told:
            raise RuntimeError(f"rspamd did not answer: {told[:80]!r}")
    way.close()


def _bogofilter(found: Sequence[bytes]) -> float:
    program = str(_found("bogofilter"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mails").mkdir()
        for at, block in enumerate(found):
            (folder / "mails" / f"{at:04}").write_bytes(block)
        every = sorted(str(path) for path in (folder / "mails").iterdir())
        for option, part in (("-s", every[::4]), ("-n", every[1::4])):
            subprocess.run([program, "-d", name, option, "-B", *part], check=True, **_QUIET)
        command = [program, "-d", name, "-T", "-B", *every]
        before = os.times()
        told = subprocess.run(command, check=False, capture_output=True, text=True).stdout.splitlines()
        after = os.times()
        if len(told) != len(every):
            raise RuntimeError(f"bogofilter judged {len(told)} of {len(every)} blocks")
        return (after.children_user - before.children_user) + (after.children_system - before.children_system)


if __name__ == "__main__":
    if sys.argv[1:] == ["ours"]:
        print(_spent_here(blocks()))
    else:
        for figure in measure(*sys.argv[1:2]):
            print(figure.line(), flush=True)
