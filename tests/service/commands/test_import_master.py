"""`postlotse import master` tries a list out, takes it over when asked to, and says what people should look at."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.commands import import_
from service.errors import Invalid

LIST = "Kundennummer;Firma;E-Mail\n77;Muster Bau GmbH;info@muster-bau.example\n78;;\n"


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path / "var"))


def invoke(tmp_path: Path, text: str, *words: str) -> Result:
    path = tmp_path / "liste.csv"
    path.write_text(text, encoding="utf-8")
    return CliRunner().invoke(import_.command, ["master", str(path), *words])


def companies(tmp_path: Path) -> list[tuple[str]]:
    with sqlite3.connect(tmp_path / "var/postlotse.db") as connection:
        return connection.execute("select name from company").fetchall()


@pytest.mark.unmeasured
def test_without_apply_it_is_a_trial_that_stores_nothing(tmp_path: Path) -> None:
    done = invoke(tmp_path, LIST)

    assert done.exit_code == 0
    assert "Erkannt: Liste. Spalten: Kundennummer, Firma, E-Mail" in done.output
    assert "neu: 1   geändert: 0   unverändert: 0   nicht übernommen: 1" in done.output
    assert "Name fehlt (1)\n  Zeile 3: " in done.output
    assert "Nur eine Probe" in done.output
    assert companies(tmp_path) == []


def test_with_apply_the_list_is_taken_over_once(tmp_path: Path) -> None:
    first = invoke(tmp_path, LIST, "--apply")
    second = invoke(tmp_path, LIST, "--apply")

    assert "Übernommen. Sofort eingeordnete Nachrichten: 0" in first.output
    assert "neu: 0   geändert: 0   unverändert: 1" in second.output
    assert companies(tmp_path) == [("Muster Bau GmbH",)]


@pytest.mark.unmeasured
@pytest.mark.parametrize("words", [("--as", "lieferant"), ("--kind", "kreditoren")])
def test_lines_that_say_no_role_take_the_one_that_a_person_says(tmp_path: Path, words: tuple[str, ...]) -> None:
    text = "Firma;Ort\nMuster AG;Kiel\n"

    unsaid = invoke(tmp_path, text)
    said = invoke(tmp_path, text, *words)

    assert unsaid.exit_code == 1
    assert "Rolle fehlt (1)" in unsaid.output
    assert (said.exit_code, "neu: 1 " in said.output) == (0, True)


def test_many_remarks_of_a_kind_are_counted_and_the_first_ten_shown(tmp_path: Path) -> None:
    done = invoke(tmp_path, "Kundennummer;Firma\n" + "5;\n" * 12)

    assert "Name fehlt (12)" in done.output
    assert done.output.count("  Zeile ") == 10
    assert "… und 2 weitere" in done.output


def test_what_cannot_be_read_or_is_no_list_of_contacts_ends_in_a_sentence(tmp_path: Path) -> None:
    datev = "EXTF;700;16;Debitoren/Kreditoren\nKonto;Ort\n10001;Kiel\n"

    gone = CliRunner().invoke(import_.command, ["master", str(tmp_path / "fehlt.csv")])
    wrong = invoke(tmp_path, datev, "--kind", "kontakte")

    assert isinstance(gone.exception, Invalid)
    assert isinstance(wrong.exception, Invalid)
    assert not (tmp_path / "var").exists()


def test_a_word_that_names_no_role_stays_out_until_somebody_says_what_it_means(tmp_path: Path) -> None:
    text = "Firma;Art\nMuster AG;Interessent\n"

    unsaid = invoke(tmp_path, text, "--as", "kunde")
    said = invoke(tmp_path, text, "--word", "interessent=Kunde")
    wrong = invoke(tmp_path, text, "--word", "interessent=Freund")

    assert unsaid.exit_code == 1
    assert "Art unbekannt (1)\n  Zeile 2: „Interessent“ nennt weder Kunde noch Lieferant" in unsaid.output
    assert (said.exit_code, "neu: 1 " in said.output) == (0, True)
    assert isinstance(wrong.exception, Invalid)
