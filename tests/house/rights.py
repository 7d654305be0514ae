"""docs/dev/rechte.md made from the matrix and the routes: `python -m tests.house.rights --write`."""

import sys
from pathlib import Path

from flask import Flask

from models.terms import Role
from service import app as whole
from service import guards
from service.clock import SystemClock
from service.config import Config
from service.guards import Right
from service.runtime import Runtime
from service.store import tokens
from service.store.engine import Database

FILE = Path(__file__).resolve().parents[2] / "docs" / "dev" / "rechte.md"

_HEAD = """\
# Rights

Made by `python -m tests.house.rights --write` from the matrix in `service/guards.py` and from the routes themselves;
a test compares. `tests/service/web/test_rights.py` walks every route with every role, without a session, and on own,
foreign and missing objects.

"kein": the route answers 403. "eigene": only what is within the member's reach; everything else is answered like what
does not exist, with the same 404. "alle": everything of the firm.

## How far "eigene" goes

`service/store/reach.py` works it out at every request, in one query:

- A mailbox or number that no active member looks after and that is in no team is open to everybody who works.
- Otherwise a Mitarbeiter reaches what the member looks after, what the member's teams look after, and the same of
  everybody for whom the member holds a running grant as deputy. A Team-Lead likewise; one in no team reaches all.
- A conversation given to somebody by hand, or of a party that somebody looks after, is that person's in any mailbox.
- Where the chain of deputies ends (the lead of another team), that person reaches just that, while it ends there.
- Figures of the whole firm count everything and are for everybody with the right "Kennzahlen"; the rows behind them are
  the own ones, with a sentence on how many lie elsewhere. Figures of a foreign mailbox are 404.
- What the address book learns is knowledge of the firm: confirming "für alle von muster.de" also settles mail in other
  mailboxes, which is not listed to who confirmed.

## The matrix

"""


def render() -> str:
    """Return the whole page."""
    lines = [_HEAD, "| right | what it allows | " + " | ".join(Role) + " |\n|---|---|" + "---|" * len(Role) + "\n"]
    lines += [
        f"| {right.name} | {right.what} | " + " | ".join(right.extents[role] for role in Role) + " |\n"
        for right in guards.MATRIX
    ]
    lines.append("\nThe API takes service tokens (scopes: " + ", ".join(f"`{scope}`" for scope in tokens.SCOPES))
    lines.append(
        ") and access tokens of the directory: those of a member have the\nmember's rights, those of a program the "
        "application roles, which are named like the scopes.\n"
    )
    lines.append("\n## The routes\n\n| method | address | right | scope of programs |\n|---|---|---|---|\n")
    lines += [f"| {method} | `{path}` | {who} | {scope} |\n" for path, method, who, scope in sorted(_routes(_app()))]
    return "".join(lines)


def _app() -> Flask:
    """Return the application over a database that nothing asks."""
    return whole.make_flask(Runtime(Config(secret_key="x"), SystemClock(), Database("sqlite:///")))  # type: ignore[arg-type]


def _routes(app: Flask) -> list[tuple[str, str, str, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        who = getattr(view, guards.ATTRIBUTE)
        named = who.name if isinstance(who, Right) else f"({who})"
        scope = getattr(view, guards.SCOPE, "")
        shown = f"`{scope}`" + ("" if getattr(view, guards.BY_SESSION, True) else ", no session") if scope else ""
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        found.append((rule.rule, ", ".join(sorted(methods)), named, shown))
    return found


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.write_text(render(), encoding="utf-8")
    else:
        sys.stdout.write(render())
