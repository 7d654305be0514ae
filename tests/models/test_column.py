"""The column registry says of every real column what it is, and of no other."""

import subprocess
import sys

import pytest

from models.column import BY_CATEGORY, Column, Entry, Whose
from models.registry import REGISTRY
from models.tables import METADATA, tables
from models.terms import Category
from tests.models import privacy_page

COLUMNS = [(entry, column) for entry in REGISTRY.values() for column in entry.columns.values()]


def test_the_registry_names_exactly_the_real_columns() -> None:
    real = {f"{table.name}.{column.name}" for table in tables() for column in table.columns}
    declared = {f"{entry.table}.{column.name}" for entry, column in COLUMNS}

    assert sorted(real - declared) == [], "undeclared: say in models/registry.py what it is"
    assert sorted(declared - real) == [], "stale: take it out of models/registry.py"


def test_an_undeclared_column_is_noticed() -> None:
    declared = {f"{entry.table}.{column.name}" for entry, column in COLUMNS}

    assert "message.subject" not in declared
    assert "message.sender" in declared


@pytest.mark.parametrize("entry", REGISTRY.values(), ids=lambda entry: entry.table)
def test_ties_name_real_foreign_keys_and_marks_real_columns(entry: Entry) -> None:
    table = METADATA.tables[entry.table]

    for name in (*entry.belongs_to, *entry.brings):
        assert table.c[name].foreign_keys, name
    assert not entry.refers or entry.refers in entry.columns
    for column in entry.columns.values():
        assert not column.speaks_of or entry.columns[column.speaks_of].identifier


@pytest.mark.parametrize(("entry", "column"), COLUMNS, ids=[f"{e.table}.{c.name}" for e, c in COLUMNS])
def test_what_is_personal_has_a_label_and_somebody_whose_it_is(entry: Entry, column: Column) -> None:
    assert column.personal == bool(column.label)
    assert column.personal == (column.whose is not Whose.NIEMAND)
    assert not column.identifier or column.personal
    assert set(column.identifier.split("/")) <= {"", "adresse", "nummer", "kennung"}


def test_every_class_has_its_retention() -> None:
    assert set(BY_CATEGORY) == {category.value for category in Category} | {""}


def test_a_table_about_nobody_has_no_identifier_of_outside_people() -> None:
    about_nobody = [table.name for table in tables() if table.info["about"] == "niemand"]

    assert [name for name in about_nobody if any(c.identifier for c in REGISTRY[name].columns.values())] == ["job"]


def test_the_registry_is_pure_data() -> None:
    code = "import sys, models.registry; sys.exit('sqlalchemy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_for_data_protection_says_what_the_registry_says() -> None:
    assert privacy_page.FILE.read_text(encoding="utf-8") == privacy_page.render(), (
        "python -m tests.models.privacy_page --write"
    )
