"""The document that says where each field of a record comes from names them all."""

from dataclasses import fields
from pathlib import Path

import pytest

from connectors.graph.fields import SELECT_WITH_HEADERS
from models.record import HeaderFlags, MessageRecord

TEXT = (Path(__file__).parents[2] / "docs" / "dev" / "record.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [field.name for shape in (MessageRecord, HeaderFlags) for field in fields(shape)])
def test_every_field_has_its_source(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", [name for name in SELECT_WITH_HEADERS if name != "createdDateTime"])
def test_every_selected_property_is_used_by_a_field(name: str) -> None:
    assert name in TEXT
