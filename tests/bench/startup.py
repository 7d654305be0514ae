"""Measures import and first answer of the web process beside a bare Flask hello: CPU seconds, memory, modules."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from tests.bench.figures import Figure

# What a process that only answers pages must never load: learning, Graph, and tools of other commands.
FORBIDDEN = ("sklearn", "scipy", "msgraph", "kiota_abstractions", "azure", "msal", "alembic")

_TELL = """
import json, resource, sys
used = resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss would be inherited from the parent; the high-water mark of the new program is not.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "rss": int(peak.split()[1]) / 1024, "status": status,
                  "loaded": [name for name in FORBIDDEN if name in sys.modules]}))
"""
_ASK = """
status = []
environ = {}
from wsgiref.util import setup_testing_defaults
setup_testing_defaults(environ)
environ.update(PATH_INFO=PATH, HTTP_HOST="localhost", SERVER_NAME="localhost")
list(app(environ, lambda code, headers, info=None: status.append(code)))
"""
_OURS = "from service.app import create\napp = create()\nPATH = '/healthz'\n"
_FLOOR = """
import flask, sqlalchemy.orm
app = flask.Flask("floor")
app.add_url_rule("/", view_func=lambda: "hello")
PATH = "/"
"""


def process(program: str, data_dir: str, path: str | None = None) -> dict:
    """Run `program` (it leaves `app` and `PATH`) and one request in a fresh process; return what it used."""
    asked = f"PATH = {path!r}\n" if path else ""
    code = f"FORBIDDEN = {FORBIDDEN!r}\n{program}{asked}{_ASK}{_TELL}"
    environment = {"PATH": "/usr/bin:/bin", "POSTLOTSE_DATA_DIR": data_dir, "POSTLOTSE_WORKER": "false"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def measure(runs: int = 3) -> Iterator[Figure]:
    """Yield CPU seconds and memory of a start on an existing database, best of `runs`."""
    with tempfile.TemporaryDirectory() as folder:
        process(_OURS, folder)  # the first start makes the database and compiles what it imports
        ours = [process(_OURS, folder) for _ in range(runs)]
        floor = [process(_FLOOR, folder) for _ in range(runs)]
    loaded = sorted({name for run in ours for name in run["loaded"]})
    yield Figure(
        f"start and first answer ({ours[0]['status'][0]}), CPU", *_best(ours, "cpu", "s"), _best(floor, "cpu", "s")[0]
    )
    yield Figure("  memory of that process (RSS)", *_best(ours, "rss", "MB"), _best(floor, "rss", "MB")[0])
    yield Figure("  forbidden modules loaded", len(loaded), "", remark=", ".join(loaded) or ", ".join(FORBIDDEN))


def _best(runs: list[dict], key: str, unit: str) -> tuple[float, str]:
    return min(run[key] for run in runs), unit
