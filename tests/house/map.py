"""docs/dev/map.md made from the first sentence of every module: `python -m tests.house.map --write`."""

import ast
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
FILE = REPO / "docs" / "dev" / "map.md"
PACKAGES = ("models", "classifier", "connectors", "service")

_HEAD = """\
# Map

One line per module, taken from its first sentence; `python -m tests.house.map --write` makes this file.
What must not import what stands in `pyproject.toml` (import contracts) and in [0001](../decisions/0001-the-house.md).

## The straight line

```
Graph page        connectors/graph ────┐
files             connectors/archive ──┤
                                       ├─> MessageRecord ─> actions/intake ─> conversation, message
WhatsApp webhook  hooks, inbox ────────┘        │   one transaction, also moves the cursor
                                                ├─> classifier/classify ─> suggestion on the row
                                                ├─> domain/standing ─> waiting since, due at
                                                └─> store/tallies ─> counts per day
                                                          │
      key K, 1-5, Enter      web ─> actions/confirm ─> decision ─> sender keys learn ─> standing and tallies again
                                                          │
                             store/figures ─> domain/kpi.read ─> Reading ─┬─> web: Kennzahlen
                                                                          └─> GET /api/v1/kpis
```

Data enters left and leaves right; nothing asks back. Taking in the same page twice changes nothing.
"""


def modules() -> tuple[Path, ...]:
    """Return every module of the four packages, folders in order, without Alembic's versions."""
    found = [path for package in PACKAGES for path in sorted((REPO / package).rglob("*.py"))]
    return tuple(path for path in found if "versions" not in path.parts and "__pycache__" not in path.parts)


def sentence(path: Path) -> str:
    """Return the first paragraph of a module's docstring as one line; "" when there is none."""
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(told.split("\n\n")[0].split())


def render() -> str:
    """Return the whole map."""
    parts = [_HEAD]
    folder = None
    for path in modules():
        if path.parent != folder:
            folder = path.parent
            init = folder / "__init__.py"
            about = f"\n{sentence(init)}\n" if init.exists() else ""
            parts.append(f"\n## {folder.relative_to(REPO)}\n{about}\n")
        if path.name != "__init__.py":
            parts.append(f"- `{path.name}` {sentence(path)}\n")
    return "".join(parts)


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(render(), encoding="utf-8")
    else:
        sys.stdout.write(render())
