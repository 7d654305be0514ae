"""What pages say of past figures after other hours or targets: that they lag behind, that they are mended, that it is done."""

from datetime import timedelta

from sqlalchemy import update

from models.job import Job
from models.terms import Channel, Role
from service.actions import configure
from service.domain.windows import DEFAULT_TARGETS, Target
from service.jobs.worker import Worker
from service.store import jobs, past
from tests.web_data import Web, csrf

ON_REQUEST = "Vergangene Zahlen neu berechnen"


def _change(firm: Web, minutes: int = 600) -> None:
    old = DEFAULT_TARGETS[Channel.EMAIL]
    with firm.runtime.turn() as turn:
        configure.targets(turn, DEFAULT_TARGETS | {Channel.EMAIL: Target(minutes, old.kind)})


def _ask(firm: Web) -> str:
    client = firm.client(Role.ADMIN)
    return client.post("/einstellungen/nachrechnen", data={"csrf": csrf(client)}, follow_redirects=True).text


def test_after_a_change_the_pages_say_since_when_past_figures_lag_behind(firm: Web) -> None:
    before = firm.client(Role.ADMIN).get("/einstellungen").text

    _change(firm)

    settings, figures = (firm.client(Role.ADMIN).get(path).text for path in ("/einstellungen", "/kennzahlen"))
    assert "Alle Konversationen sind nach den heutigen Zeiten" in before
    assert ON_REQUEST not in before
    assert "noch nach den früheren gemessen" in settings
    assert ON_REQUEST in settings
    assert "Was vorher gemessen wurde, zählt hier noch nach den früheren" in figures


def test_programs_and_files_say_it_at_the_figures_that_are_about_the_time_before(firm: Web) -> None:
    _change(firm)
    firm.clock.at += timedelta(days=2)
    client = firm.client(Role.TEAM_LEAD)

    of_month, of_today = (
        {one["key"]: one["incomplete"] for one in client.get(f"/api/v1/kpis?zeitraum={period}").json["kpis"]}
        for period in ("30", "heute")
    )
    file = client.get("/kennzahlen/export.csv?zeitraum=30").get_data(as_text=True)

    assert "Was vor dem 18.11.2026 10:00 gemessen wurde" in of_month["mail_reaction"]
    assert of_month["quote"] == of_today["mail_reaction"] == ""
    assert "zählt noch nach früheren Zeiten oder Zielen" in file


def test_who_may_not_change_settings_is_told_but_offered_no_button(firm: Web) -> None:
    _change(firm)

    page = firm.client(Role.TEAM_LEAD).get("/einstellungen").text

    assert "Neu berechnen lassen darf die Verwaltung" in page
    assert ON_REQUEST not in page


def test_the_page_shows_progress_while_the_worker_is_at_it_and_the_end_of_it(firm: Web) -> None:
    _change(firm)

    waiting = _ask(firm)
    part = firm.client(Role.ADMIN).get("/einstellungen/nachrechnen/stand").text
    Worker(firm.runtime).tick()
    done = firm.client(Role.ADMIN).get("/einstellungen/nachrechnen/stand").text

    assert 'data-poll="/einstellungen/nachrechnen/stand"' in waiting
    assert "<progress" in part
    assert "Alle Konversationen sind nach den heutigen Zeiten" in done
    assert "zählt hier noch nach den früheren" not in firm.client(Role.ADMIN).get("/kennzahlen").text


def test_a_change_in_the_middle_of_it_leaves_the_past_behind_until_somebody_asks_again(firm: Web) -> None:
    _change(firm)
    with firm.runtime.look() as turn:
        first = past.since(turn)

    _change(firm, minutes=700)

    with firm.runtime.look() as turn:
        assert past.since(turn) == first is not None
        assert past.state(turn).done < past.state(turn).total


def test_what_failed_is_said_and_what_was_given_up_can_be_asked_for_again(firm: Web) -> None:
    _change(firm)
    _ask(firm)
    with firm.runtime.turn() as turn:
        (lease,) = (one for one in jobs.claim(turn, "test", timedelta(minutes=1), 50) if one.kind == jobs.RECOMPUTE)
        jobs.failed(turn, lease, "unreachable")

    again = firm.client(Role.ADMIN).get("/einstellungen").text
    with firm.runtime.turn() as turn:
        turn.session.execute(update(Job).where(Job.kind == jobs.RECOMPUTE).values(attempt=jobs.MOST_ATTEMPTS))
    given_up = firm.client(Role.ADMIN).get("/einstellungen").text

    assert "es geht von selbst weiter" in again
    assert "Der letzte Versuch ist nicht gelungen." in given_up
    assert ON_REQUEST in given_up
