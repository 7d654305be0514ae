"""The laws of the house that no linter knows."""

import ast
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

import models
from connectors.graph import fields as graph_fields
from models.record import HeaderFlags, MessageRecord
from models.tables import tables
from models.terms import TRAITS, Category

# Reading sources and starting Python to see what it loads runs nothing that is worth counting.
pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("models", "classifier", "connectors", "service")
LONGEST_FILE = 320

# The complete list of what leaves a mailbox. Whoever adds a field changes this list, docs/dev/record.md, and says why.
RECORD = {
    "channel",
    "account",
    "source_id",
    "direction",
    "received_at",
    "sent_at",
    "thread",
    "internet_message_id",
    "sender",
    "sender_name",
    "submitter",
    "user_id",
    "to",
    "cc",
    "recipients_total",
    "folder",
    "kind",
    "context_id",
    "is_read",
    "is_draft",
    "has_attachments",
    "important",
    "automated",
    "opens_clock",
    "time_is_guessed",
    "flags",
}
CONTENT = {
    "subject",
    "body",
    "bodypreview",
    "uniquebody",
    "preview",
    "text",
    "caption",
    "weblink",
    "attachments",
    "snippet",
}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "versions" not in path.parts:
                yield path


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_record_has_exactly_these_fields() -> None:
    assert {f.name for f in fields(MessageRecord)} == RECORD


def test_nothing_in_the_record_or_the_tables_can_hold_content() -> None:
    names = {f.name for f in fields(MessageRecord)} | {f.name for f in fields(HeaderFlags)}
    names |= {column.name for table in tables() for column in table.columns}

    assert not {name.replace("_", "").lower() for name in names} & CONTENT


def test_graph_is_never_asked_for_content() -> None:
    asked = {name.lower() for name in (*graph_fields.SELECT, *graph_fields.SELECT_WITH_HEADERS)}

    assert not asked & CONTENT


def test_only_the_engine_commits() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit" and path.name != "engine.py"
    ]

    assert calls == []


def test_every_table_says_whom_it_is_about() -> None:
    missing = [table.name for table in tables() if not table.info.get("about")]

    assert missing == []


def test_every_category_has_traits_and_its_key_in_order() -> None:
    assert [TRAITS[category].key for category in Category] == [1, 2, 3, 4, 5]


def test_every_module_says_in_one_sentence_what_it_answers_for() -> None:
    silent = []
    for path in sources():
        first = (ast.get_docstring(parsed(path)) or "").split("\n\n")[0]
        if not first.rstrip().endswith((".", ":", "?")):
            silent.append(str(path.relative_to(ROOT)))

    assert silent == []


def test_package_files_hold_a_docstring_only() -> None:
    full = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.name == "__init__.py" and path.parent.name != "migrations" and len(parsed(path).body) > 1
    ]

    assert full == []


def test_files_can_be_read_in_one_go() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for path in sources()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]

    assert long == []


def test_nothing_that_a_blind_except_could_hide() -> None:
    blind = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]

    assert {place.split(":")[0] for place in blind} <= {"service/problems.py", "service/jobs/worker.py"}


def test_there_are_no_drawers_for_odds_and_ends() -> None:
    names = {path.stem for path in sources()} | {part for path in sources() for part in path.parent.parts}

    assert not names & {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def loaded(module: str) -> set[str]:
    code = f"import {module}, sys; print(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("models.terms", {"sqlalchemy", "flask", "numpy"}),
        ("models.record", {"sqlalchemy", "flask", "numpy"}),
        ("classifier.classify", {"sqlalchemy", "flask", "sklearn", "scipy"}),
        ("connectors.graph.parse", {"sqlalchemy", "flask", "msgraph", "msal"}),
        ("connectors.whatsapp.webhook", {"sqlalchemy", "flask", "requests"}),
        ("service.domain.business_time", {"sqlalchemy", "flask", "numpy"}),
        ("service.domain.kpi", {"sqlalchemy", "flask", "numpy"}),
        ("service.cli", {"sqlalchemy", "flask", "numpy", "msgraph"}),
        ("service.app", {"sklearn", "scipy", "msgraph", "msal", "authlib", "alembic", "connectors.emulator"}),
    ],
)
def test_a_module_loads_only_what_its_floor_may(module: str, never: set[str]) -> None:
    assert not loaded(module) & never


def test_the_packages_are_ours() -> None:
    distributions = importlib.metadata.packages_distributions()

    assert Path(models.__file__ or "").resolve().parents[1] == ROOT
    assert all(set(distributions.get(name, ["postlotse"])) == {"postlotse"} for name in PACKAGES)


def test_the_top_level_is_the_customers() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    top = {line.partition("/")[0] for line in tracked if line}

    assert top <= {
        *PACKAGES,
        "deploy",
        "docs",
        "tests",
        "pyproject.toml",
        "README.md",
        "Makefile",
        ".gitignore",
        ".ci",
    }
