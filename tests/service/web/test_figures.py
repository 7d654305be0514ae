"""Figures, lists and settings: the number on a tile is the number of rows it opens, and settings move the clocks."""

import csv
import html
import re
from collections import Counter
from urllib.parse import unquote

import pytest
from markupsafe import escape
from sqlalchemy import event

from models.terms import AccountState, Role
from service.store import accounts
from service.web import charts, words
from service.web.charts import Lines, Mark
from tests.web_data import Web, csrf


@pytest.mark.parametrize("place", ["", "&postfach=1", "&postfach=2", "&kanal=WhatsApp"])
def test_each_tile_opens_exactly_as_many_rows_as_it_counts(firm: Web, place: str) -> None:
    client = firm.client(Role.TEAM_LEAD)
    page = client.get(f"/kennzahlen?zeitraum=30{place}").text

    tiles = re.findall(r'class="cover" href="([^"]+)".*?Öffnet (\d+) Zeilen', page)

    # A small group's share is not shown, nor how many rows would make it.
    assert len(tiles) == (4 if place == "&postfach=2" else 6)
    for href, count in tiles:
        listing = client.get(unquote(href.replace("&amp;", "&"))).text
        assert f"{count} gefunden" in listing, href


def test_a_small_mailbox_shows_no_averages_but_its_open_items(firm: Web) -> None:
    page = firm.client(Role.TEAM_LEAD).get("/kennzahlen?postfach=2").text

    assert "weniger als 5 Personen" in page
    assert "Nicht gezeigt: kleine Gruppe" in page


def test_the_page_is_sent_again_only_when_something_changed(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    first = client.get("/kennzahlen/stand?zeitraum=30")

    second = client.get("/kennzahlen/stand?zeitraum=30", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, second.status_code) == (200, 304)


@pytest.mark.parametrize(
    "path", ["/kennzahlen", "/kennzahlen?zeitraum=90", "/kennzahlen?klasse=Kunde", "/kennzahlen/wand", "/api/v1/kpis"]
)
def test_a_page_of_figures_asks_nothing_twice_nor_the_same_days_for_a_longer_time(firm: Web, path: str) -> None:
    client = firm.client(Role.TEAM_LEAD)
    client.get(path)
    asked: list[tuple[str, str]] = []
    event.listen(
        firm.runtime.database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], repr(call[3])))
    )

    client.get(path)

    again = [statement for (statement, _), times in Counter(asked).items() if times > 1]
    assert [statement for statement in again if not statement.startswith("BEGIN")] == []
    assert len([statement for statement, _ in asked if "FROM firm_day" in statement]) == 1


def test_a_mailbox_that_cannot_be_read_is_named_until_it_can(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.turn() as turn:
        accounts.report(turn, 1, AccountState.GESTOERT, "PL-2001")

    lost = client.get("/kennzahlen").text
    with firm.runtime.turn() as turn:
        accounts.report(turn, 1, AccountState.BEREIT)
    found = client.get("/kennzahlen").text

    assert "PL-2001, zuletzt gelesen noch nie" in lost
    assert "Stand unvollständig seit" in lost
    assert "von allein weiter" in lost
    assert "PL-2001" not in found
    assert "Stand unvollständig" not in found


def test_what_is_narrowed_to_a_class_leads_to_rows_of_that_class(firm: Web) -> None:
    page = html.unescape(firm.client(Role.TEAM_LEAD).get("/kennzahlen?klasse=Kunde&zeitraum=7").text)

    boxes = page.split('data-part="postfaecher"')[1].split("</table>")[0]
    links = re.findall(r'href="(/k[^"]+)"', boxes) + re.findall(
        r'href="(/konversationen\?kennzahl=unhandled[^"]*)"', page
    )
    assert len(links) > 6
    assert all("klasse=Kunde" in link for link in links)
    numbers = re.findall(r'href="(/konversationen\?postfach=\d+&wartet=1[^"]+)">(\d+)<', boxes)
    client = firm.client(Role.TEAM_LEAD)
    found = {link: re.search(r"(\d+) gefunden", client.get(link).text) for link, _ in numbers}
    assert {link: int(one[1]) if one else 0 for link, one in found.items()} == {link: int(n) for link, n in numbers}
    assert len(numbers) > 1


def test_calendar_and_the_clock_on_the_wall_stand_beside_what_was_measured(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    page = client.get("/kennzahlen").text
    tile = page.split('data-part="reaction"')[1].split("<details")[0]
    days = client.get("/kennzahlen/export.csv?teil=reaktion").data.decode("utf-8-sig").splitlines()

    assert re.search(r"Werktage, 0–24 Uhr, nach der Uhr \d", tile)
    assert "Kalender: Werktage, 0–24 Uhr" in page.split('data-part="reaktion"')[1].split("</header>")[0]
    assert "Kalender: Öffnungszeiten" in page.split('data-part="whatsapp"')[1].split("</header>")[0]
    assert days[0].endswith("Mittel nach der Uhr (Minuten);Kalender")
    assert all(line.endswith(";werktage") for line in days[1:])


def test_each_mailbox_shows_its_time_in_its_calendar_and_by_the_clock_on_the_wall(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    boxes = client.get("/kennzahlen").text.split('data-part="postfaecher"')[1].split("</table>")[0]
    table = client.get("/kennzahlen/export.csv?teil=postfaecher").data.decode("utf-8-sig")
    rows = list(csv.DictReader(table.splitlines(), delimiter=";"))

    assert "E-Mail Werktage, 0–24 Uhr; WhatsApp Öffnungszeiten; darunter nach der Uhr" in boxes
    shown = [row for row in rows if row["Nach der Uhr (Minuten)"]]
    assert shown
    for row in shown:
        minutes = float(row["Nach der Uhr (Minuten)"].replace(",", "."))
        assert minutes >= float(row["Reaktionszeit (Minuten)"].replace(",", "."))
        assert f"nach der Uhr {words.span(minutes)}<" in boxes


def test_every_chart_has_a_table_twin(firm: Web) -> None:
    page = firm.client(Role.TEAM_LEAD).get("/kennzahlen").text

    assert page.count("Als Tabelle") >= 2
    assert "Median" in page


def test_a_quote_is_never_rounded_up_over_its_target(firm: Web) -> None:
    from service.domain.kpi import Unit
    from service.web import kpi_tiles

    assert kpi_tiles.split(94.99, Unit.PROZENT) == ("94,9", "%")
    assert kpi_tiles.split(95.0, Unit.PROZENT) == ("95,0", "%")


def test_charts_escape_what_they_are_given() -> None:
    mark = Mark("<x>", '"><script>', "/?a=1&b=2")

    drawn = charts.lines(Lines([mark, mark], [1.0, None], [2.0, 30.0], 24, "<Frist>", "<T>"))

    assert "<script>" not in drawn
    assert str(escape(mark.tip)) in drawn
    assert charts.spark([None, 3.0]) == ""
    assert "<x>" not in charts.stacked([mark], [[("kunde", 3)]], "<T>")


def test_conversations_close_and_open_again(firm: Web) -> None:
    client = firm.client()
    listing = client.get("/konversationen?wartet=1").text
    number = re.search(r"/konversation/(\d+)", listing)
    assert number is not None
    path = number.group(0)

    client.post(f"{path}/zustand", data={"csrf": csrf(client), "zustand": "ohne Antwort erledigt"})
    closed = client.get(path).text
    client.post(f"{path}/zustand", data={"csrf": csrf(client), "zustand": "offen"})

    assert "Hier läuft keine Frist" in closed
    assert "Streng (Uhr)" in client.get(path).text


def test_a_conversation_names_its_calendar_and_the_strict_value(firm: Web) -> None:
    client = firm.client()
    listing = client.get("/konversationen?wartet=1&kanal=E-Mail").text
    found = re.search(r"/konversation/\d+", listing)
    assert found is not None

    page = client.get(found.group(0)).text

    assert "Werktage, 0–24 Uhr" in page
    assert "Streng (Uhr)" in page
    assert "Reihenfolge der Prüfung" in page


def test_a_day_of_the_chart_opens_the_conversations_answered_on_it(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    page = client.get("/kennzahlen?zeitraum=30").text
    found = re.findall(r'href="(/konversationen\?antwort=[^"]+)" aria-label="[^:]+: (\d+) Antworten', page)

    assert len(found) == 30
    for href, answers in found:
        listing = client.get(unquote(href.replace("&amp;", "&"))).text
        assert f"{answers} gefunden" in listing, href


def test_a_column_of_the_chart_opens_the_conversations_of_its_days(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    weekly, daily = client.get("/kennzahlen?zeitraum=30").text, client.get("/kennzahlen?zeitraum=7").text

    assert weekly.count("&amp;tage=7") == 8
    assert len(re.findall(r'href="/konversationen\?tag=[0-9-]+"', daily)) == 7
    assert "0 gefunden" in client.get("/konversationen?tag=2020-01-01").text
    assert "in den 7 Tagen ab 09.11.2026" in client.get("/konversationen?tag=2026-11-09&tage=7").text


@pytest.mark.parametrize("query", ["zeitraum=30", "zeitraum=30&kanal=WhatsApp", "zeitraum=7&postfach=1"])
def test_a_cell_of_when_mail_comes_in_opens_exactly_what_it_counts(firm: Web, query: str) -> None:
    client = firm.client(Role.TEAM_LEAD)
    page = client.get(f"/kennzahlen?{query}").text
    drawn = re.findall(r'href="([^"]+)" aria-label="\w\w \d+–\d+ Uhr: (\d+)"', page)
    listed = re.findall(r'<a href="([^"]+stunde=[^"]+)">(\d+)</a>', page)

    assert drawn
    assert set(drawn) == set(listed)
    for href, count in drawn:
        listing = client.get(unquote(href.replace("&amp;", "&"))).text
        found = re.search(r"(\d+) gefunden", listing)
        # A conversation with two mails of that hour is one row; in this firm none has.
        assert found is not None
        assert found[1] == count, href


def test_the_column_of_a_week_in_which_chosen_days_end_opens_no_later_day(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    page = client.get("/kennzahlen?bis=2026-11-17&tage=30").text

    assert page.count("&amp;tage=7") == 7
    assert 'tag=2026-11-16&amp;tage=2"' in page


def test_days_to_come_are_not_said_to_be_counted(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    page = client.get("/kennzahlen?von=2026-11-16&bis=2026-12-24").text
    read = client.get("/api/v1/kpis?von=2026-11-16&bis=2026-12-24").json["kpis"]

    assert "16.11.–18.11.2026, verglichen" in page
    assert {(one["since"], one["until"]) for one in read if one["key"] == "reaction" or one["key"] == "resolved"} == {
        ("2026-11-16", "2026-11-18")
    }


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("von=2026-11-10", "10.11.–18.11.2026"),
        ("von=2026-11-12&bis=2026-11-03", "03.11.–12.11.2026"),
        ("bis=0001-01-01&tage=366", "20.10.–18.11.2026"),
        ("von=0001-01-01&bis=0001-01-02", "20.10.–18.11.2026"),
        ("bis=9999-12-31", "20.10.–18.11.2026"),
    ],
)
def test_half_a_period_a_reversed_one_and_odd_days_are_answered(firm: Web, query: str, said: str) -> None:
    client = firm.client(Role.TEAM_LEAD)

    page = client.get(f"/kennzahlen?{query}")
    listing = client.get(f"/konversationen?kennzahl=quote&{query}")
    days = client.get("/konversationen?tag=9999-12-31&tage=31&stunde=6-23&antwort=0001-01-01")

    assert f"{said}, verglichen" in page.text
    assert (listing.status_code, days.status_code) == (200, 200)


def test_a_program_is_told_that_a_period_ends_before_it_begins(firm: Web) -> None:
    answer = firm.client(Role.TEAM_LEAD).get("/api/v1/kpis?von=2026-11-12&bis=2026-11-03")

    assert answer.status_code == 422


def test_narrowing_the_rows_of_a_mark_keeps_the_mark(firm: Web) -> None:
    page = (
        firm.client(Role.TEAM_LEAD).get("/konversationen?kennzahl=chat_reaction&bis=2026-11-18&tage=9&dauer=15-60").text
    )

    assert "mehr als 15 und höchstens 60 Minuten" in page
    for kept in ('name="bis" value="2026-11-18"', 'name="tage" value="9"', 'name="dauer" value="15-60"'):
        assert kept in page


def test_page_and_interface_say_the_same_of_every_period_and_mailbox(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    for query in ("zeitraum=heute", "zeitraum=7", "zeitraum=90&postfach=1", "zeitraum=30&postfach=2"):
        read = client.get(f"/api/v1/kpis?{query}").json["kpis"]
        mean = next(one["value"] for one in read if one["key"] == "reaction")
        shown = re.findall(r'<span class="v"[^>]*>([^<]*)', client.get(f"/kennzahlen?{query}").text)[-1]

        assert shown == ("–" if mean is None else words.number(mean / 60 if mean >= 60 else mean, int(mean >= 60)))
