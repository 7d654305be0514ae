"""What a benchmark starts ends with it, also when it is killed and nothing of it can clean up."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HOLDS = """
import socket, sys
from tests.bench.filters import daemon
door = socket.socket()
door.bind(("127.0.0.1", 0))
door.listen()
with daemon(["sh", "-c", "exec 3>%s; sleep 600 & sleep 600"], door.getsockname()[1]):
    print("there", flush=True)
    sys.stdin.read()
"""


def test_a_filter_that_a_killed_benchmark_started_ends_with_all_its_workers(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ways: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    bench = subprocess.Popen([sys.executable, "-c", HOLDS % pipe], cwd=Path(__file__).parents[2], **ways)
    with pipe.open("rb") as workers:
        there = bench.stdout.readline() if bench.stdout else ""
        bench.kill()
        bench.communicate()

        left = workers.read()

    assert (there, left) == ("there\n", b"")
