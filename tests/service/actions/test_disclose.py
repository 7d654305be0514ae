"""The answer under Art. 15 GDPR is complete for one person and silent about everybody else."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from models.account import Account
from models.address import same_identifier
from models.message import Message
from models.terms import Category
from models.trail import Trail
from service.actions import disclose, register
from service.actions.disclose import Receiver, Told
from service.commands import auskunft
from service.commands.auskunft_page import page
from service.errors import ConfigInvalid, Invalid
from service.store import schema, subject
from service.store.engine import Database
from service.turn import Actor, Turn
from tests.conftest import NOW
from tests.factories import OWN
from tests.service import people
from tests.service.people import ERIKA, NUMBER, OTTO, world

TOLD = Told("0.1.0", (Receiver("Microsoft Ireland Operations Limited, Dublin", "Postfächer"),))


@pytest.fixture
def turn(migrated: Path, tmp_path: Path) -> Iterator[Turn]:
    """One database kind is enough here: what is found is tested on both in tests/service/store/test_subject.py."""
    with people.opened(migrated, tmp_path) as made:
        yield made


def rows(package: dict[str, Any], table: str) -> list[dict[str, Any]]:
    return [row for each in package["daten"] if each["tabelle"] == table for row in each["zeilen"]]


def value(row: dict[str, Any], name: str) -> Any:
    return next((field["wert"] for field in row["felder"] if field["name"] == name), None)


def test_the_package_holds_exactly_the_rows_that_were_found(turn: Turn) -> None:
    found = subject.collect(turn, ERIKA)

    package = disclose.disclose(turn, ERIKA, TOLD)

    assert package["bestaetigung"]["gespeichert"] is True
    assert package["bestaetigung"]["zeilen"] == len(found.rows)
    assert {each["tabelle"]: len(each["zeilen"]) for each in package["daten"]} == {
        row.table: len(found.of(row.table)) for row in found.rows
    }


@pytest.mark.parametrize(
    ("who", "others"), [(ERIKA, ("otto@", "firma1", NUMBER)), (NUMBER, ("otto@", "erika@", "firma1"))]
)
def test_nobody_else_is_named_in_any_form_of_the_package(turn: Turn, who: str, others: tuple[str, ...]) -> None:
    package = disclose.disclose(turn, who, TOLD)

    text = json.dumps(package, ensure_ascii=False) + page(package)

    assert [other for other in others if other in text.lower()] == []
    assert {found for found in re.findall(r"[\w.]+@[\w.]+", text.lower()) if not found[0].isdigit()} <= {ERIKA}


def test_the_mailbox_of_the_firm_is_named_only_where_it_is_shared(turn: Turn) -> None:
    turn.session.execute(select(Account)).scalars().first().shared = False  # type: ignore[union-attr]
    turn.session.flush()

    package = disclose.disclose(turn, ERIKA, TOLD)

    assert f"info@{OWN}" not in json.dumps(package)
    assert "Postfach eines Mitglieds" in rows(package, "message")[0]["herkunft"]


def test_what_is_said_about_another_sender_stays_hidden(turn: Turn) -> None:
    package = disclose.disclose(turn, ERIKA, TOLD)

    foreign = [row for row in rows(package, "message") if value(row, "sender") == disclose.OTHER]
    ours = [row for row in rows(package, "message") if value(row, "sender") == disclose.FIRM]
    assert foreign
    assert ours
    for row in foreign:
        assert {"category", "reason", "sender_name", "flags"} & {field["name"] for field in row["felder"]} == set()
        assert "logik" not in row
        assert row["aufbewahrung"] == "je nach Klasse der Nachricht"


def test_every_own_message_carries_origin_period_and_logic(turn: Turn) -> None:
    package = disclose.disclose(turn, ERIKA, TOLD)

    own = [row for row in rows(package, "message") if value(row, "sender") == ERIKA]
    assert own
    for row in own:
        assert row["herkunft"] == "aus dem gelesenen Postfach oder der WhatsApp-Nummer: Info"
        assert row["logik"]["stufe"]
        assert row["logik"]["begruendung"]
        assert row["aufbewahrung"] in {"24 Monate nach der Nachricht", "90 Tage nach der Nachricht"}
        assert row["weitere_empfaenger"] == value(row, "recipients_total")


def test_the_own_address_counts_as_one_of_the_recipients(turn: Turn) -> None:
    package = disclose.disclose(turn, ERIKA, TOLD)

    copied = [row for row in rows(package, "message") if value(row, "sender") != ERIKA]
    assert copied
    assert all(row["weitere_empfaenger"] == value(row, "recipients_total") - 1 for row in copied)


def test_acts_on_many_senders_show_only_the_own_part(turn: Turn) -> None:
    package = disclose.disclose(turn, ERIKA, TOLD)

    parts = [part for row in rows(package, "confirmation") for part in value(row, "conversations_before")]
    assert parts
    assert {part["peer"] for part in parts} == {ERIKA}
    waiting = rows(package, "inbox")
    assert [value(row, "payload") for row in waiting] == [{"from": ERIKA}]


def test_the_name_of_another_person_in_a_reason_is_hidden(turn: Turn) -> None:
    register.person(turn, "Zacharias", "Fremd", Category.KUNDE)
    turn.session.execute(
        update(Message).values(reason="Domain kunde.example 3x als Kunde bestätigt (Zacharias Fremd, Erika Muster)")
    )

    package = disclose.disclose(turn, ERIKA, TOLD)

    assert "Zacharias" not in json.dumps(package)
    own = [row for row in rows(package, "message") if value(row, "sender") == ERIKA]
    assert {row["logik"]["begruendung"] for row in own} == {
        "Domain kunde.example 3x als Kunde bestätigt (andere Person, Erika Muster)"
    }


def test_an_update_in_which_somebody_else_speaks_shows_only_the_own_address(turn: Turn) -> None:
    package = disclose.disclose(turn, OTTO, TOLD)

    assert [value(row, "payload") for row in rows(package, "inbox")] == [{"to": [OTTO]}]


def test_purposes_receivers_rights_and_what_was_searched_are_told(turn: Turn) -> None:
    package = disclose.disclose(turn, ERIKA, TOLD)

    assert len(package["zwecke"]) >= 3
    assert package["empfaenger"][0]["name"].startswith("Microsoft Ireland")
    assert len(package["rechte"]) == 6
    searched = {each["was"]: each["gefunden"] for each in package["durchsucht"]}
    assert searched["Nachrichten"] == len(rows(package, "message"))
    assert searched["Anmeldelinks"] == 0
    assert {each["was"] for each in package["zurueckgehalten"]} >= {"Adressen und Nummern anderer Personen"}


def test_a_stranger_gets_a_negative_statement(turn: Turn) -> None:
    package = disclose.disclose(turn, "niemand@nirgends.example", TOLD)

    assert package["bestaetigung"]["gespeichert"] is False
    assert "Negativauskunft" in package["bestaetigung"]["satz"]
    assert package["daten"] == package["empfaenger"] == package["zurueckgehalten"] == []
    assert all(each["gefunden"] == 0 for each in package["durchsucht"])


@pytest.mark.parametrize("text", ["", "  ", "%", "Otto Muster <otto@kunde.example>", "a@"])
def test_what_cannot_be_searched_for_gets_no_negative_statement(turn: Turn, text: str) -> None:
    with pytest.raises(Invalid, match="nichts gesucht"):
        disclose.disclose(turn, text, Told("0.1.0"))


def test_a_user_id_is_found_however_its_country_is_written() -> None:
    assert "DE.7000003145" in same_identifier(" de.7000003145 ")


def test_the_trail_says_that_but_not_for_whom(turn: Turn) -> None:
    disclose.note(turn, disclose.disclose(turn, ERIKA, TOLD))

    line = turn.session.scalars(select(Trail).order_by(Trail.id.desc())).first()
    assert line is not None
    assert (line.verb, line.about) == ("Auskunft erstellt", "auskunft")
    assert "erika" not in repr(line.after)


def test_the_page_is_made_of_the_plain_data_alone_and_has_every_row(turn: Turn) -> None:
    package = disclose.disclose(turn, ERIKA, TOLD)

    made = page(json.loads(json.dumps(package)))

    assert made == page(package)
    assert made.count('<article class="entry">') == package["bestaetigung"]["zeilen"]
    assert "<script" not in made
    assert "http" not in made.replace("http-equiv", "")
    assert re.search(r"\d\d\.\d\d\.2026, \d\d:\d\d Uhr", made)


def test_packed_values_are_readable_on_the_page(turn: Turn) -> None:
    package = disclose.disclose(turn, ERIKA, TOLD)

    made = page(package)

    assert "None" not in made
    assert "gilt für: Adresse" in made
    assert not re.search(r"\d{4}-\d\d-\d\dT", made)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "&lt;"])
def test_a_hostile_name_stays_text_on_the_page(turn: Turn, text: str) -> None:
    package = disclose.disclose(turn, text, replace(TOLD, program=text, receivers=(Receiver(text, text),)))
    package["daten"] = [{"titel": text, "herkunft": text, "aufbewahrung": text, "tabelle": "x", "zeilen": [
        {"felder": [{"name": "n", "bezeichnung": text, "wert": {text: [text]}, "art": "text"}],
         "herkunft": text, "aufbewahrung": text, "logik": {"begruendung": text, "stufe": text, "sicherheit": 0.5}},
    ]}]  # fmt: skip
    package["empfaenger"] = [{"name": text, "wozu": text}]

    made = page(package)

    assert "<script>" not in made
    assert "<img" not in made
    assert escape(text) in made


def test_the_command_writes_two_files_for_the_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path / "var"))
    database = Database(f"sqlite:///{tmp_path}/var/postlotse.db")
    schema.upgrade(database)
    with database.write() as session:
        world(Turn(session, NOW, Actor()))
    database.dispose()

    done = CliRunner().invoke(auskunft.command, [ERIKA, "--out", str(tmp_path / "aus")])

    assert done.exit_code == 0, done.output
    assert "sind Daten gespeichert" in done.output
    written = sorted((tmp_path / "aus").iterdir())
    assert [path.name for path in written] == ["auskunft.html", "auskunft.json"]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    package = json.loads(written[1].read_text(encoding="utf-8"))
    assert written[0].read_text(encoding="utf-8") == page(package)
    assert [each["name"] for each in package["empfaenger"]][1:] == ["WhatsApp Ireland Limited, Dublin (Meta)"]


def test_without_a_database_there_is_no_negative_statement(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path / "leer"))

    done = CliRunner().invoke(auskunft.command, [ERIKA, "--out", str(tmp_path / "aus")])

    assert isinstance(done.exception, ConfigInvalid)
    assert not (tmp_path / "aus").exists()
