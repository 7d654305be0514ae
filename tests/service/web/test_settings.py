"""The page of settings: opening hours, targets and sample data are stored as typed, or refused by name."""

import pytest
from flask.testing import FlaskClient

from models.terms import CalendarKind, Channel, Role
from service.store import settings
from tests.web_data import Web, csrf


def hours_form(client: FlaskClient, **more: object) -> dict[str, object]:
    days = ("mon", "tue", "wed", "thu", "fri")
    form: dict[str, object] = {"csrf": csrf(client), "land": "BY"}
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
