"""`postlotse absence` does what the pages do and says what it did in German."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from models.duty import Deputy
from models.terms import Role
from models.trail import Trail
from service import cli
from service import config as configuration
from service import runtime as running
from service.clock import SystemClock
from service.errors import Conflict, Invalid
from service.runtime import Runtime
from service.store import staff


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Path) -> None:
    (tmp_path / "postlotse.db").write_bytes(migrated.read_bytes())
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))


@pytest.fixture
def firm(folder: None) -> Runtime:
    runtime = running.start(configuration.load())
    with runtime.turn() as turn:
        for role, name in ((Role.ADMIN, "Ute Admin"), (Role.MITARBEITER, "Lea Voss"), (Role.MITARBEITER, "Pia Krüger")):
            staff.add(turn, name, role)
    return runtime


def call(*words: str) -> Result:
    return CliRunner().invoke(cli.group, ["absence", *words], catch_exceptions=False)


def day(ahead: int) -> str:
    return (SystemClock().now() + timedelta(days=ahead)).date().isoformat()


def german(ahead: int) -> str:
    return f"{date.fromisoformat(day(ahead)):%d.%m.%Y}"


def test_an_absence_is_entered_shown_and_ended(firm: Runtime) -> None:
    call("deputies", "Lea Voss", "Pia Krüger")
    added = call("add", "Lea Voss", "--grund", "Krank", "--von", day(-1), "--bis", day(2))
    shown, ended = call("list").output, call("end", "1").output

    assert added.output == "Lea Voss ist eingetragen, Nummer 1.\n"
    assert f"Lea Voss  Krank  {german(-1)} bis {german(2)}  Vertretung: Pia Krüger" in shown
    assert "zurückgegeben" in ended
    assert call("list").output == ""
    # Ended in the middle of a day: then the time is said.
    assert " 00:00 bis " in call("list", "--vorbei").output
    with firm.look() as turn:
        assert "Vertretungsrecht begonnen" in turn.session.scalars(select(Trail.verb)).all()


def test_a_planned_absence_is_withdrawn_and_what_is_over_cannot_be_ended_again(firm: Runtime) -> None:
    added = call("add", "Lea Voss", "--von", day(3), "--bis", day(4)).output

    assert "hat keine Vertretung" in added
    assert call("end", "1").output == "Zurückgezogen.\n"
    found = CliRunner().invoke(cli.group, ["absence", "end", "1"]).exception
    assert isinstance(found, Conflict)


def test_deputies_are_set_and_taken_away_and_a_loop_is_refused(firm: Runtime) -> None:
    first = call("deputies", "Lea Voss", "Pia Krüger").output
    refused = CliRunner().invoke(cli.group, ["absence", "deputies", "Pia Krüger", "Lea Voss"]).exception
    last = call("deputies", "Lea Voss").output

    assert first == "Lea Voss wird vertreten von: Pia Krüger\n"
    assert isinstance(refused, Invalid)
    assert "Pia Krüger → Lea Voss → Pia Krüger" in str(refused)
    assert last == "Lea Voss wird vertreten von: niemand\n"
    with firm.look() as turn:
        assert turn.session.scalars(select(Deputy.member_id)).all() == []
