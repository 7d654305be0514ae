"""The pages of reviews, without script: begin, tick, judge, close, and the report as PDF and workbook."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from models.account import Account
from models.message import Message
from models.review import Review
from models.terms import Category, Channel, Direction, Origin, Role
from service.store.ids import message_id
from service.store.month_report import Figure
from service.web import report, report_pdf
from service.web.report import Report
from tests.service.store.firm import Firm
from tests.service.web import papers
from tests.web_data import Web, csrf

OCTOBER = datetime(2026, 10, 12, 9, tzinfo=UTC)


def _october(firm: Web, count: int) -> None:
    with firm.runtime.turn() as turn:
        account = turn.session.scalars(select(Account).where(Account.channel == Channel.EMAIL)).one()
        made = Firm(firm.runtime.database)
        made.serial = 50_000
        for number in range(count):
            one = made.conversation(turn, account.id, peer_name="=HYPERLINK(1)", category=Category.KUNDE)
            turn.session.add(
                Message(
                    id=message_id(OCTOBER, account.id, f"o{number}"),
                    account_id=account.id,
                    channel=Channel.EMAIL,
                    direction=Direction.EINGANG,
                    source_id=f"o{number}",
                    conversation_id=one.id,
                    received_at=OCTOBER,
                    category=Category.KUNDE,
                    origin=Origin.PERSON,
                )
            )


def _begun(client: FlaskClient, kind: str, period: str = "") -> str:
    answer = client.post("/reviews", data={"csrf": csrf(client), "art": kind, "zeitraum": period})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def _tick(client: FlaskClient, page: str, step: str, done: str = "1") -> int:
    data = {"csrf": csrf(client), "schritt": step, "erledigt": done}
    return client.post(f"{page}/schritt", data=data).status_code


def test_a_month_goes_from_its_sample_to_a_report_that_stays(firm: Web) -> None:
    _october(firm, 12)
    lead = firm.client(Role.TEAM_LEAD)
    page = _begun(lead, "monat")
    for position in range(1, 11):
        data = {"csrf": csrf(lead), "klasse": "ja", "zuordnung": "entfällt"}
        assert lead.post(f"{page}/stichprobe/{position}", data=data).status_code == 303
    for step in ("zahlen", "fehler", "richtlinie", "team"):
        assert _tick(lead, page, step) == 303

    assert lead.post(f"{page}/abschliessen", data={"csrf": csrf(lead)}).status_code == 422
    assert lead.post(f"{page}/abschliessen", data={"csrf": csrf(lead), "sicher": "1"}).status_code == 303

    text = lead.get(page).text
    assert "Jens Thode" in text
    assert "bleiben, wie sie berichtet wurden" in text
    assert "wahre Quote zwischen 72 und 100 %" in text
    assert _tick(lead, page, "zahlen", "0") == 409
    pdf = lead.get(f"{page}/bericht.pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    assert pdf.data == lead.get(f"{page}/bericht.pdf").data
    paper = papers.texts(pdf.data)
    quote = paper.index("Klassifizierungsquote")
    # Which days a figure is about where not the whole month, how it is counted, and how many pages there are.
    assert paper[quote + 4].startswith("25.10. bis 31.10."), paper[quote : quote + 6]
    assert "So ist gerechnet" in paper
    assert any(line.startswith("Seite 1 von") for line in paper)
    assert "25.10. bis 31.10." in text
    book = lead.get(f"{page}/bericht.xlsx")
    assert book.data == lead.get(f"{page}/bericht.xlsx").data
    sheet = load_workbook(BytesIO(book.data))["2026-10"]
    rows = {row[1]: row[3] for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert rows["Klasse richtig"] == 100
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_the_page_and_both_files_of_a_month_show_the_same_numbers(firm: Web) -> None:
    _october(firm, 12)
    lead = firm.client(Role.TEAM_LEAD)
    page = _begun(lead, "monat")

    text = re.sub(r"<[^>]+>", " ", lead.get(page).text)
    sheet = load_workbook(BytesIO(lead.get(f"{page}/bericht.xlsx").data))["2026-10"]

    for row in sheet.iter_rows(min_row=5, values_only=True):
        assert re.search(re.escape(str(row[1])) + r"\s.*?" + re.escape(str(row[2])), text, re.DOTALL), row


@pytest.mark.parametrize(("counts", "said"), [((0, 0), True), ((0, 1), False), ((), False)])
def test_a_month_in_which_nothing_came_or_went_says_so(counts: tuple[int, ...], said: bool) -> None:
    lines = [Figure("menge", str(count), "E-Mail eingegangen", count) for count in counts]
    shown = Report("Oktober 2026", "2026-10", [("Menge", lines)], (), None, "", 0, "", OCTOBER)

    paper = "".join(papers.texts(report_pdf.pdf(shown, report.value)))

    assert ("kam nichts an und ging nichts hinaus" in " ".join(paper.split())) is said
    assert bool(shown.silent) is said


def test_mornings_and_fridays_are_ticked_and_taken_back(firm: Web) -> None:
    clerk, lead = firm.client(), firm.client(Role.TEAM_LEAD)
    mine, week = _begun(clerk, "morgen"), _begun(lead, "freitag")

    assert _tick(clerk, mine, "ungelesen") == 303
    assert 'aria-pressed="true"' in clerk.get(mine).text
    assert _tick(clerk, mine, "ungelesen", "0") == 303
    assert 'aria-pressed="true"' not in clerk.get(mine).text
    assert _tick(lead, week, "stichprobe") == 422
    assert "KW 47" in clerk.get("/reviews").text
    assert lead.get(mine).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(Role.MITARBEITER, 403), (Role.MANAGEMENT, 403), (Role.ADMIN, 303)])
def test_only_who_leads_goes_through_months(firm: Web, role: Role, status: int) -> None:
    client = firm.client(role)

    assert client.post("/reviews", data={"csrf": csrf(client), "art": "monat"}).status_code == status
    with firm.runtime.look() as turn:
        assert len(turn.session.scalars(select(Review)).all()) == (status == 303)


def test_a_clerk_sees_the_figures_of_a_month_but_nobody_of_its_sample(firm: Web) -> None:
    _october(firm, 3)
    page = _begun(firm.client(Role.TEAM_LEAD), "monat")

    text = firm.client().get(page).text

    assert "E-Mail eingegangen" in text
    assert "HYPERLINK" not in text
    assert "Merken" not in text


def test_what_makes_no_sense_is_refused_in_words(firm: Web) -> None:
    lead = firm.client(Role.TEAM_LEAD)
    page = _begun(lead, "monat", "2026-08")

    assert "nichts zu losen" in lead.get(page).text
    assert lead.post("/reviews", data={"csrf": csrf(lead), "art": "jahr"}).status_code == 422
    assert lead.post(f"{page}/stichprobe/1", data={"csrf": csrf(lead), "klasse": "ja"}).status_code == 422
    assert lead.post(f"{page}/abschliessen", data={"csrf": csrf(lead), "sicher": "1"}).status_code == 422
    assert lead.get(f"{page}/bericht.doc").status_code == 404
    week = _begun(lead, "freitag")
    assert lead.get(f"{week}/bericht.pdf").status_code == 404
    _tick(lead, week, "alte")
    assert "von 3" in lead.get("/reviews").text


def test_a_conversation_that_waits_says_when_an_answer_is_likely(firm: Web) -> None:
    text = firm.client(Role.TEAM_LEAD).get("/konversationen?wartet=1").text

    assert "zu wenig Antworten" in text


def test_the_forecast_of_the_api_is_that_of_the_list_and_knows_its_channels(firm: Web) -> None:
    lead = firm.client(Role.TEAM_LEAD)

    answer = lead.get("/api/v1/forecast?kanal=WhatsApp").get_json()

    assert answer["basis"] == "Ziel"
    assert answer["latest_at"] > answer["as_of"]
    assert lead.get("/api/v1/forecast?kanal=Fax").status_code == 422
