"""Reading in master data on its page: a preview first, the lines sealed in the browser, nothing kept on the server."""

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from models.party import Company
from models.terms import Role
from tests.web_data import Web, csrf

HOME = "/stammdaten/import"
LIST = "Kundennummer;Firma;E-Mail\n77;=HYPERLINK GmbH;info@neu-dabei.example\n78;Kaputt AG;kaputt@\n79;;\n"


def preview(admin: FlaskClient, text: str | bytes = LIST) -> tuple[str, str]:
    """Return the page of the preview and what it gave the browser to hold."""
    data = text if isinstance(text, bytes) else text.encode()
    page = admin.post(HOME, data={"csrf": csrf(admin), "datei": (io.BytesIO(data), "liste.csv")}).text
    found = re.search(r'name="zeilen" value="([^"]+)"', page)
    return page, found[1] if found else ""


def companies(firm: Web) -> int:
    with firm.runtime.look() as turn:
        return turn.session.execute(select(func.count()).select_from(Company)).scalar_one()


def test_a_preview_shows_what_would_happen_and_changes_nothing(firm: Web) -> None:
    before = companies(firm)

    page, _ = preview(firm.client(Role.ADMIN))

    assert "Was geschehen würde" in page
    assert "Adresse ungültig (1)" in page
    assert "Name fehlt (1), nicht übernommen" in page
    assert companies(firm) == before


def test_what_was_shown_is_taken_over_and_a_second_click_changes_nothing(firm: Web) -> None:
    before = companies(firm)
    admin = firm.client(Role.ADMIN)
    _, held = preview(admin)
    data = {"csrf": csrf(admin), "zeilen": held}

    first = admin.post(f"{HOME}/uebernehmen", data=data)
    second = admin.post(f"{HOME}/uebernehmen", data=data)

    assert (first.status_code, second.status_code) == (200, 200)
    assert "Übernommen." in first.text
    assert companies(firm) == before + 2


def test_no_other_session_can_confirm_what_one_was_shown(firm: Web) -> None:
    _, held = preview(firm.client(Role.ADMIN))
    other = firm.client(Role.ADMIN)

    answer = other.post(f"{HOME}/uebernehmen", data={"csrf": csrf(other), "zeilen": held})

    assert answer.status_code == 422


def test_the_report_is_a_file_that_no_spreadsheet_runs(firm: Web) -> None:
    admin = firm.client(Role.ADMIN)
    _, held = preview(admin, "Kundennummer;Firma;E-Mail\n77;A;@x\n")

    answer = admin.post(f"{HOME}/bericht", data={"csrf": csrf(admin), "zeilen": held})

    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"(^|;)[=+@-]", answer.text, flags=re.MULTILINE)
    assert "Adresse ungültig" in answer.text


@pytest.mark.parametrize("page", ["uebernehmen", "bericht", "antworten"])
@pytest.mark.parametrize("held", ["", "x", "AAAA" * 40, "ü"])
def test_lines_that_no_preview_gave_out_are_refused(firm: Web, page: str, held: str) -> None:
    before = companies(firm)
    admin = firm.client(Role.ADMIN)

    answer = admin.post(f"{HOME}/{page}", data={"csrf": csrf(admin), "zeilen": held})

    assert answer.status_code == 422
    assert companies(firm) == before


def test_the_page_asks_for_a_list(firm: Web) -> None:
    page = firm.client(Role.ADMIN).get(HOME)

    assert page.status_code == 200
    assert 'name="datei"' in page.text


def test_a_form_without_a_file_says_what_to_do(firm: Web) -> None:
    page, held = preview(firm.client(Role.ADMIN), b"")

    assert "Die Datei ist leer." in page
    assert held == ""


@pytest.mark.unmeasured
def test_a_list_larger_than_other_forms_may_be_comes_in_without_touching_the_disk(
    firm: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile", None)
    filler = "".join(f"{number};Firma {number};;{'x' * 400}\n" for number in range(3000))

    page, _ = preview(firm.client(Role.ADMIN), "Kundennummer;Firma;E-Mail;Text\n" + filler)

    assert "3.000" in page


def test_unknown_words_are_asked_about_and_the_answers_show_in_the_next_preview(firm: Web) -> None:
    before = companies(firm)
    admin = firm.client(Role.ADMIN)
    page, held = preview(admin, "Firma;Art\nA Neu GmbH;Interessent\nB Neu AG;Presse\n")

    second = admin.post(f"{HOME}/antworten", data={"csrf": csrf(admin), "zeilen": held, "wort0": "kunde"}).text
    found = re.search(r'name="zeilen" value="([^"]+)"', second)
    done = admin.post(f"{HOME}/uebernehmen", data={"csrf": csrf(admin), "zeilen": found[1] if found else ""}).text

    assert "Art unbekannt (2), nicht übernommen" in page
    assert "„Interessent“ in 1 Zeile" in page
    assert "Art unbekannt (1), nicht übernommen" in second
    assert "„Presse“ in 1 Zeile" in second
    assert "Übernommen." in done
    assert companies(firm) == before + 1


def test_many_rare_words_get_one_answer_together(firm: Web) -> None:
    admin = firm.client(Role.ADMIN)
    lines = "".join(f"Firma {at};Wort {at}\n" for at in range(30))
    page, held = preview(admin, f"Firma;Art\n{lines}")

    second = admin.post(f"{HOME}/antworten", data={"csrf": csrf(admin), "zeilen": held, "uebrige": "lieferant"}).text

    assert "18 seltenere Wörter" in page
    assert "Art unbekannt (12), nicht übernommen" in second
