"""Figures, lists and settings: the number on a tile is the number of rows it opens, and settings move the clocks."""

import csv
import html
import re
from urllib.parse import unquote

import pytest
from markupsafe import escape

from models.terms import AccountState, CalendarKind, Channel, Role
from service.store import accounts, settings
from service.web import charts, words
from service.web.charts import Lines, Mark
from tests.conftest import NOW
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


def hours_form(client: object, **more: object) -> dict[str, object]:
    days = ("mon", "tue", "wed", "thu", "fri")
    form: dict[str, object] = {"csrf": csrf(client), "land": "BY"}  # type: ignore[arg-type]
    for day in days:
        form |= {f"von-{day}": ["08:00", "13:00"], f"bis-{day}": ["12:00", "18:00"]}
    return form | more


def test_opening_hours_with_several_spans_and_single_days_are_stored(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    form = hours_form(client, tag=["2026-12-24", "2026-12-31"], **{"tag-von": ["", "08:00"], "tag-bis": ["", "12:00"]})

    answer = client.post("/einstellungen/zeiten", data=form)

    assert answer.status_code == 303, answer.text
    with firm.runtime.look() as turn:
        stored = settings.hours(turn)
    assert stored.week["mon"] == [["08:00", "12:00"], ["13:00", "18:00"]]
    assert stored.land == "BY"
    assert stored.overrides == {"2026-12-24": [], "2026-12-31": [["08:00", "12:00"]]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"von-mon": "25:00", "bis-mon": "26:00"},
        {"land": "XX"},
        {"von-mon": "acht", "bis-mon": "12:00"},
        {"von-mon": "17:00", "bis-mon": "08:00"},
        {"von-mon": ["08:00", "11:00"], "bis-mon": ["12:00", "14:00"]},
        {"tag": "2026-13-40", "tag-von": "08:00", "tag-bis": "12:00"},
    ],
)
def test_impossible_hours_are_refused_in_german_and_change_nothing(firm: Web, wrong: dict[str, object]) -> None:
    client = firm.client(Role.ADMIN)
    with firm.runtime.look() as turn:
        before = settings.hours(turn)

    answer = client.post("/einstellungen/zeiten", data=hours_form(client) | wrong)

    assert answer.status_code == 422
    assert "PL-1022" in answer.text
    assert 'name="von-tue" value="13:00"' in answer.text
    with firm.runtime.look() as turn:
        assert settings.hours(turn) == before


def test_targets_are_stored_with_their_calendar(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    form = {
        "csrf": csrf(client),
        "frist-EMAIL": "480",
        "ideal-EMAIL": "",
        "kalender-EMAIL": "oeffnung",
        "frist-WHATSAPP": "120",
        "ideal-WHATSAPP": "10",
        "kalender-WHATSAPP": "uhr",
    }

    client.post("/einstellungen/ziele", data=form)

    with firm.runtime.look() as turn:
        found = settings.targets(turn)
    assert (found[Channel.EMAIL].limit_minutes, found[Channel.EMAIL].kind) == (480, CalendarKind.OEFFNUNG)
    assert found[Channel.WHATSAPP].ideal_minutes == 10
    assert client.post("/einstellungen/ziele", data=form | {"frist-EMAIL": "0"}).status_code == 422
    assert client.post("/einstellungen/ziele", data=form | {"kalender-EMAIL": "mond"}).status_code == 422


def test_sample_data_go_away_when_the_box_is_ticked(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    refused = client.post("/einstellungen/beispieldaten", data={"csrf": csrf(client)})

    client.post("/einstellungen/beispieldaten", data={"csrf": csrf(client), "sicher": "1"})

    assert refused.status_code == 422
    assert "0 gefunden" in client.get("/konversationen").text
    assert "Beispieldaten entfernen" not in client.get("/einstellungen").text


def test_english_is_for_those_who_chose_it(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    client.post("/profil", data={"csrf": csrf(client), "language": "en", "theme": "dark", "shortcuts": "1"})

    page = client.get("/").text
    assert '<html lang="en" data-theme="dark">' in page
    assert "Classify" in page
    assert "Customer" in page


def test_the_past_is_written_as_people_say_it() -> None:
    from datetime import timedelta

    assert words.when(NOW, NOW) == "10:00"
    assert words.when(NOW - timedelta(days=1), NOW) == "gestern"
    assert words.when(NOW - timedelta(days=2), NOW) == "Mo 16.11."
    assert words.left(NOW + timedelta(minutes=19), NOW) == ("noch 19 Min", "bad")
    assert words.left(NOW - timedelta(minutes=130), NOW) == ("2 Std 10 überfällig", "bad")
    assert words.percent(0.999) == "99"
    assert words.visible("\u202eexe\x00") == "exe"
    assert words.visible(" Jörg\u00adÖtztürk\ufeff ") == "JörgÖtztürk"
    assert words.visible(" Jörg Ötztürk \U0001f600 ") == "Jörg Ötztürk \U0001f600"


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


GOALS = {
    "ziel-whatsapp_unanswered": "0",
    "ziel-quote": "97,5",
    "ziel-unclassified": "1",
    "ziel-old_open": "30",
    "ziel-unhandled": "12",
}


def test_targets_of_the_figures_hold_on_page_and_settings(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    answer = client.post("/einstellungen/kennzahlen", data={"csrf": csrf(client)} | GOALS, follow_redirects=True)

    assert "Ziele der Kennzahlen gespeichert" in answer.text
    assert 'name="ziel-quote" value="97,5"' in answer.text
    page = client.get("/kennzahlen").text
    assert "über 97,5 %" in page
    assert "unter 12" in page
    with firm.runtime.look() as turn:
        assert settings.kpi_targets(turn)["unclassified"] == 1
        assert settings.kpi_targets(turn)["reaction"] == 24 * 60


@pytest.mark.parametrize(
    "wrong",
    [{"ziel-quote": "100"}, {"ziel-quote": "viel"}, {"ziel-unclassified": "0"}, {"ziel-old_open": "2,5"}],
    ids=["never met", "no number", "nothing is under zero", "half a conversation"],
)
def test_a_target_that_cannot_hold_is_refused_by_name(firm: Web, wrong: dict[str, str]) -> None:
    client = firm.client(Role.ADMIN)

    answer = client.post("/einstellungen/kennzahlen", data={"csrf": csrf(client)} | GOALS | wrong)

    assert answer.status_code == 422
    with firm.runtime.look() as turn:
        assert settings.kpi_targets(turn)["quote"] == 95


def test_only_the_administration_moves_targets(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    assert client.post("/einstellungen/kennzahlen", data={"csrf": csrf(client)} | GOALS).status_code == 403


def test_page_and_interface_say_the_same_of_every_period_and_mailbox(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    for query in ("zeitraum=heute", "zeitraum=7", "zeitraum=90&postfach=1", "zeitraum=30&postfach=2"):
        read = client.get(f"/api/v1/kpis?{query}").json["kpis"]
        mean = next(one["value"] for one in read if one["key"] == "reaction")
        shown = re.findall(r'<span class="v"[^>]*>([^<]*)', client.get(f"/kennzahlen?{query}").text)[-1]

        assert shown == ("–" if mean is None else words.number(mean / 60 if mean >= 60 else mean, int(mean >= 60)))
