"""The list of Python libraries in docs/lizenzen.md, made from the lock file: `python -m tests.house.licences --write`."""

import re
import sys
from importlib import metadata
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
FILE = REPO / "docs" / "lizenzen.md"
BEGIN, END = "<!-- bibliotheken -->\n", "<!-- /bibliotheken -->\n"


def locked() -> tuple[str, ...]:
    """Return the names of all libraries that an installation brings."""
    text = (REPO / "deploy" / "requirements.lock").read_text(encoding="utf-8")
    return tuple(sorted(set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, flags=re.MULTILINE))))


def render() -> str:
    """Return the table; only libraries for this platform can be looked up, the others keep the name alone."""
    rows = [f"| {name} | {_licence(name)} |\n" for name in locked()]
    return "| Bibliothek | Lizenz |\n|---|---|\n" + "".join(rows)


def _licence(name: str) -> str:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "nur auf anderen Plattformen"
    if expression := told.get("License-Expression"):
        return str(expression)
    classes = [c.rsplit("::", 1)[-1].strip() for c in told.get_all("Classifier") or [] if c.startswith("License")]
    found = ", ".join(c for c in classes if c != "OSI Approved") or str(told.get("License") or "siehe Paket")
    return found.strip().splitlines()[0][:60]


if __name__ == "__main__":
    before, _, rest = FILE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = before + BEGIN + render() + END + after
    if "--write" in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
