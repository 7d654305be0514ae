"""One number everywhere: page, list, CSV, XLSX, API, report and badge agree for every figure, on random data.

The report is that of a month, as page, PDF and workbook; its figures are also those of the same days elsewhere.
"""

import csv
import html
import io
import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from openpyxl import load_workbook

from models.terms import Channel, Role
from service.domain import kpi
from service.domain.reading import Span
from service.store import asked, figures, triage
from service.store.month_report import Figure
from service.web import kpi_tiles, report
from tests import web_data
from tests.service.store.firm import NOW, Firm, some_traffic
from tests.service.web import papers
from tests.web_data import Web, csrf

SCOPES = ("", "kanal=WhatsApp", "klasse=Kunde&zeitraum=7", "postfach=3", "bis=2026-11-17&tage=10")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Web]:
    made = web_data.web(tmp_path_factory.mktemp("gleich"), migrated, ())
    random_rows = Firm(made.runtime.database)
    with made.runtime.turn() as turn:
        boxes = [random_rows.account(turn), random_rows.account(turn), random_rows.account(turn, Channel.WHATSAPP)]
        some_traffic(random_rows, turn, random.Random(4135), boxes, 120)
    made.clock.at = NOW
    yield made
    made.runtime.database.dispose()


def table(data: bytes) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")
    return {row["Schlüssel"]: row for row in rows}


def sheet(data: bytes) -> dict[str, dict[str, object]]:
    head, *rows = load_workbook(io.BytesIO(data))["Kennzahlen"].iter_rows(values_only=True)
    return {str(row[0]): dict(zip(map(str, head), row, strict=True)) for row in rows}


@pytest.mark.parametrize("query", SCOPES)
def test_every_figure_is_the_same_number_wherever_it_stands(firm: Web, query: str) -> None:
    client = firm.client(Role.TEAM_LEAD)
    scope = asked.scope(dict(parse_qsl(query)))
    with firm.runtime.look() as turn:
        expected = {one.key: one for one in figures.catalogue(turn, scope)}

    page = html.unescape(client.get(f"/kennzahlen?{query}").text)
    fresh = html.unescape(client.get(f"/kennzahlen/stand?{query}").text)
    api = {one["key"]: one for one in client.get(f"/api/v1/kpis?{query}").json["kpis"]}
    as_csv = table(client.get(f"/kennzahlen/export.csv?{query}").data)
    as_xlsx = sheet(client.get(f"/api/v1/exports/kpis.xlsx?{query}").data)

    assert {figure.key for figure in kpi.CATALOGUE} == expected.keys() == as_csv.keys() == as_xlsx.keys()
    for key, one in expected.items():
        value, unit = kpi_tiles.split(one.value, one.unit)
        where = f'data-kpi="{key}"' if f'data-kpi="{key}"' in page else f'data-part="{key}"'
        for text in (page, fresh):
            part = text[text.index(where) :].split("data-part=" if where.startswith("data-part") else "data-kpi=", 2)[1]
            assert (
                f"{value}{' ' + unit if unit else ''}" in re.sub(r"<[^>]+>", " ", part).replace("  ", " ")
                or value in part
            ), key
        assert api[key]["value"] == one.value, key
        assert as_xlsx[key]["Wert"] == pytest.approx(one.value), key
        shown = as_csv[key]["Wert"].replace(",", ".")
        assert (float(shown) if shown else None) == pytest.approx(one.value, abs=1e-6), key
        rows = (api[key]["rows"] or {"count": 0})["count"]
        assert rows == int(as_csv[key]["Zeilen"]) == as_xlsx[key]["Zeilen"] == one.rows_count, key


@pytest.mark.parametrize("query", SCOPES[:4])
def test_every_open_figure_opens_as_many_rows_in_list_csv_and_xlsx(firm: Web, query: str) -> None:
    client = firm.client(Role.TEAM_LEAD)
    page = html.unescape(client.get(f"/kennzahlen?{query}").text)

    for figure in kpi.CATALOGUE:
        if figure.span is not Span.JETZT:
            continue
        tile = page[page.index(f'data-part="{figure.key}"') :]
        found = re.search(r'href="(/konversationen\?[^"]+)".*?Öffnet (\d+) Zeilen', tile, re.DOTALL)
        assert found is not None
        address, count = found[1], int(found[2])
        inside = urlsplit(address).query
        listed = client.get(address).text
        in_csv = client.get(f"/konversationen/export.csv?{inside}").data.decode("utf-8-sig").splitlines()[1:]
        in_xlsx = load_workbook(io.BytesIO(client.get(f"/api/v1/exports/conversations.xlsx?{inside}").data)).active
        assert in_xlsx is not None
        assert f"{count} gefunden" in listed, figure.key
        assert (len(in_csv), in_xlsx.max_row - 1) == (count, count), figure.key


@pytest.mark.parametrize("query", ["klasse=Kunde&zeitraum=7", "postfach=3", "bis=2026-11-17&tage=10"])
def test_every_figure_of_the_interface_lists_the_rows_of_page_and_file(firm: Web, query: str) -> None:
    client = firm.client(Role.TEAM_LEAD)

    for one in client.get(f"/api/v1/kpis?{query}").json["kpis"]:
        if one["rows"] is None:
            continue
        inside = urlencode(one["rows"]["query"])
        in_api = [row["id"] for row in client.get(f"/api/v1/conversations?anzahl=200&{inside}").json["conversations"]]
        in_csv = client.get(f"/konversationen/export.csv?{inside}").data.decode("utf-8-sig").splitlines()[1:]
        page = client.get(f"/konversationen?{inside}").text
        found = re.search(r"(\d+) gefunden", page)

        assert sorted(in_api) == sorted(int(line.split(";")[0]) for line in in_csv), one["key"]
        assert len(in_api) == (int(found[1]) if found else 0), one["key"]
        if kpi.find(one["key"]).span is Span.JETZT:
            assert len(in_api) == one["rows"]["count"], one["key"]
        elif one["key"] in {"mail_reaction", "chat_reaction"}:
            assert bool(in_api) == bool(one["rows"]["count"]), one["key"]


def test_a_figure_that_nobody_knows_has_no_rows_in_the_interface(firm: Web) -> None:
    answer = firm.client(Role.TEAM_LEAD).get("/api/v1/conversations?kennzahl=gibtsnicht")

    assert (answer.status_code, list(answer.json["fields"])) == (422, ["kennzahl"])


def test_the_badges_of_the_navigation_are_the_figures(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        expected = {one.key: one for one in figures.catalogue(turn)}
        waiting = triage.waiting(turn)

    page = client.get("/kennzahlen").text

    late = expected["whatsapp_unanswered"].value or 0
    late += expected["unhandled"].facts["breached"] or 0
    assert waiting.overdue == late
    assert f'>{waiting.overdue}<span class="vh"> überfällig' in page
    assert waiting.unclassified == expected["unclassified"].value


def test_the_report_of_a_month_has_the_numbers_of_its_days_on_page_paper_and_sheet(firm: Web) -> None:
    client, query = firm.client(Role.TEAM_LEAD), "von=2026-10-01&bis=2026-10-31"
    begun = client.post("/reviews", data={"csrf": csrf(client), "art": "monat", "zeitraum": "2026-10"})
    address = begun.headers["Location"]

    api = {one["key"]: one for one in client.get(f"/api/v1/kpis?{query}").json["kpis"]}
    as_csv = table(client.get(f"/kennzahlen/export.csv?{query}").data)
    page = html.unescape(client.get(address).text)
    paper = papers.texts(client.get(f"{address}/bericht.pdf").data)
    book = load_workbook(io.BytesIO(client.get(f"{address}/bericht.xlsx").data))["2026-10"]

    lines = {str(row[1]): row for row in book.iter_rows(min_row=5, values_only=True) if row[0] == "Kennzahlen"}
    assert sum(one["value"] is not None for one in api.values()) > 7
    for figure in kpi.CATALOGUE:
        value = api[figure.key]["value"]
        written = report.value(Figure("", figure.key, figure.title, value, figure.unit.value), value)
        assert (as_csv[figure.key]["Wert"] == "") == (value is None), figure.key
        if value is not None:
            assert float(as_csv[figure.key]["Wert"].replace(",", ".")) == pytest.approx(value, abs=1e-6), figure.key
        assert (lines[figure.title][2], lines[figure.title][3]) == (written, pytest.approx(value)), figure.key
        assert paper[paper.index(figure.title) + 1] == written, figure.key
        row = page[page.index(f">{figure.title}<") :]
        assert f'<td class="n">{written}</td>' in row[: row.index("</tr>")], figure.key
