"""Entering, changing and ending absences: who may, what is refused, who holds the rights, what comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.duty import Absence, DeputyGrant, Notice
from models.terms import AbsenceKind, Role
from models.trail import Trail
from service.actions import absence, configure, intake
from service.actions.intake import Judge
from service.errors import Conflict, Invalid, NotAllowed, NotFound
from service.store import handback, keys, reach
from service.turn import Turn
from tests.conftest import NOW
from tests.factories import mail
from tests.service.actions import away
from tests.service.actions.away import DAY, WEEK, Team, plan


@pytest.fixture
def team(turn: Turn) -> Team:
    return away.team(turn)


@pytest.mark.unmeasured
def test_an_absence_that_runs_gives_the_first_deputy_the_rights_at_once(turn: Turn, team: Team) -> None:
    before = reach.of(turn, team.bert, Role.MITARBEITER).accounts

    absence.enter(turn, team.anna, plan())

    assert away.grants(turn) == [(team.anna, team.bert, True)]
    assert reach.of(turn, team.bert, Role.MITARBEITER).accounts != before
    assert reach.of(away.at(turn, WEEK[1]), team.bert, Role.MITARBEITER).accounts == before
    assert away.verbs(turn) == ["Abwesenheit eingetragen", "Vertretungsrecht begonnen"]


def test_a_planned_absence_gives_no_rights_yet(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan(NOW + DAY, NOW + 3 * DAY))

    assert away.grants(turn) == []
    assert entered.warnings == ()


def test_a_member_enters_his_own_and_leads_and_admins_those_of_others(turn: Turn, team: Team) -> None:
    absence.enter(away.by(turn, team.anna), team.anna, plan())
    absence.enter(away.by(turn, team.lead, Role.TEAM_LEAD), team.bert, plan(kind=AbsenceKind.KRANK))
    absence.enter(away.by(turn, team.boss, Role.ADMIN), team.cara, plan())

    with pytest.raises(NotAllowed):
        absence.enter(away.by(turn, team.bert), team.lead, plan())
    entered = turn.session.scalars(select(Absence.entered_by_id).order_by(Absence.id)).all()
    assert entered == [team.anna, team.lead, team.boss]


def test_why_somebody_is_away_never_reaches_the_trail(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan(kind=AbsenceKind.KRANK))
    absence.change(turn, entered.absence_id, plan(kind=AbsenceKind.SONSTIGES))

    lines = turn.session.execute(select(Trail.before, Trail.after)).all()
    assert "Krank" not in repr(lines)
    assert "Sonstiges" not in repr(lines)
    assert "geändert" in repr(lines)


@pytest.mark.parametrize(
    ("start", "end", "kind", "field"),
    [
        (NOW + DAY, NOW + DAY, AbsenceKind.URLAUB, "until"),
        (NOW - 2 * DAY, NOW, AbsenceKind.URLAUB, "until"),
        (NOW - 40 * DAY, NOW + DAY, AbsenceKind.URLAUB, "from"),
        (NOW, NOW + 1200 * DAY, AbsenceKind.URLAUB, "until"),
        (NOW, NOW + DAY, AbsenceKind.OUTLOOK, "kind"),
    ],
)
def test_periods_that_cannot_be_are_refused(
    turn: Turn, team: Team, start: object, end: object, kind: AbsenceKind, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        absence.enter(turn, team.anna, absence.Plan(kind, start, end))  # type: ignore[arg-type]

    assert set(refused.value.fields) == {field}
    assert away.verbs(turn) == []


def test_a_period_that_overlaps_another_of_the_member_is_refused_with_its_days(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan(NOW, NOW + 5 * DAY))

    with pytest.raises(Invalid, match=r"Anna ist vom 18\.11\.2026 bis 23\.11\.2026 schon"):
        absence.enter(turn, team.anna, plan(NOW + 4 * DAY, NOW + 6 * DAY))
    absence.enter(turn, team.anna, plan(NOW + 5 * DAY, NOW + 6 * DAY))
    absence.enter(turn, team.bert, plan(NOW + 4 * DAY, NOW + 6 * DAY))

    assert len(turn.session.scalars(select(Absence.id)).all()) == 3


def test_an_unknown_or_inactive_member_cannot_be_away(turn: Turn, team: Team) -> None:
    gone = away.member(turn, "Fort", active=False)

    for number in (gone, 999):
        with pytest.raises(NotFound):
            absence.enter(turn, number, plan())


def test_a_deputy_who_is_away_in_the_period_is_named_with_who_is_there(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.bert, plan(NOW + DAY, NOW + 2 * DAY))

    entered = absence.enter(turn, team.anna, plan(NOW, NOW + 5 * DAY))

    assert entered.warnings == (
        "Bert ist vom 19.11.2026 bis 20.11.2026 selbst abwesend.",
        "Durchgehend da ist: Cara.",
    )


def test_when_no_deputy_is_there_all_the_time_that_is_said(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.bert, plan(NOW + DAY, NOW + DAY + timedelta(hours=3)))
    absence.enter(turn, team.cara, plan(NOW + 2 * DAY, NOW + 3 * DAY))

    entered = absence.enter(turn, team.anna, plan(NOW, NOW + 5 * DAY))

    assert entered.warnings[0] == "Bert ist am 19.11.2026 selbst abwesend."
    assert entered.warnings[-1] == "In der Lücke geht es an die nächste Stufe."


def test_who_has_no_deputy_hears_that_the_lead_takes_over(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.cara, plan())

    assert entered.warnings == ("Cara hat keine Vertretung. Bis jemand eingetragen ist, übernimmt die Leitung.",)
    assert away.grants(turn) == [(team.cara, team.lead, True)]


def test_a_changed_end_moves_the_rights_with_it(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan())

    absence.change(turn, entered.absence_id, plan(NOW - 3 * DAY, NOW + 9 * DAY))

    stored = away.absence(turn, entered.absence_id)
    assert (stored.from_at, stored.until_at) == (WEEK[0], NOW + 9 * DAY)
    assert turn.session.scalars(select(DeputyGrant.until_at)).all() == [NOW + 9 * DAY]
    assert away.verbs(turn)[-2:] == ["Abwesenheit geändert", "Vertretungsrecht geändert"]


def test_the_same_again_changes_nothing(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan())
    before = away.verbs(turn)

    absence.change(turn, entered.absence_id, plan())

    assert away.verbs(turn) == before


def test_a_planned_absence_moves_as_a_whole(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan(NOW + DAY, NOW + 3 * DAY))

    absence.change(turn, entered.absence_id, plan(NOW + 2 * DAY, NOW + 4 * DAY))

    assert away.absence(turn, entered.absence_id).from_at == NOW + 2 * DAY


def test_ending_takes_the_rights_back_and_hands_over_what_is_open_in_one_notice(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan())
    away.waiting(turn, team.info, "a")
    away.waiting(turn, team.phone, "b")

    ran = absence.end(turn, entered.absence_id)

    stored = away.absence(turn, entered.absence_id)
    assert ran
    assert stored.ended_at == stored.handed_back_at == NOW
    assert away.grants(turn) == [(team.anna, team.bert, False)]
    assert away.told(turn) == [(team.anna, "RUECKGABE", 2)]
    assert away.verbs(turn)[-3:] == [
        "Abwesenheit beendet",
        "Vertretungsrecht beendet",
        "Nach Vertretung zurückgegeben",
    ]


def test_a_planned_absence_is_withdrawn_without_a_hand_back(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan(NOW + DAY, NOW + 2 * DAY))

    assert not absence.end(turn, entered.absence_id)
    assert away.told(turn) == []
    assert away.verbs(turn)[-1] == "Abwesenheit zurückgezogen"


def test_what_is_over_can_neither_be_changed_nor_ended_again(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan())
    absence.end(turn, entered.absence_id)

    with pytest.raises(Conflict):
        absence.end(turn, entered.absence_id)
    with pytest.raises(Conflict):
        absence.change(away.at(turn, NOW + DAY), entered.absence_id, plan())
    with pytest.raises(NotFound):
        absence.end(turn, 999)


def test_only_own_absences_are_ended_and_changed_by_a_member(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan())
    as_bert = away.by(turn, team.bert)

    with pytest.raises(NotAllowed):
        absence.end(as_bert, entered.absence_id)
    with pytest.raises(NotAllowed):
        absence.change(as_bert, entered.absence_id, plan())


def test_what_ends_by_itself_is_handed_back_once_however_often_it_is_asked_for(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    later = away.at(turn, WEEK[1])

    counts = [absence.hand_back(turn), absence.hand_back(later), absence.hand_back(later)]

    assert counts == [0, 1, 0]
    assert len(away.told(turn)) == 1


def test_holidays_that_turn_into_sickness_are_handed_back_together_at_the_end(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())
    absence.enter(turn, team.anna, plan(WEEK[1], WEEK[1] + DAY, AbsenceKind.KRANK))

    between = absence.hand_back(away.at(turn, WEEK[1]))
    after = absence.hand_back(away.at(turn, WEEK[1] + DAY))

    assert (between, after) == (0, 1)
    assert len(away.told(turn)) == 1


def test_a_notice_of_return_leads_to_the_absence_it_is_about(turn: Turn, team: Team) -> None:
    entered = absence.enter(turn, team.anna, plan())
    absence.end(turn, entered.absence_id)

    assert turn.session.scalars(select(Notice.absence_id)).all() == [entered.absence_id]


def test_what_a_deputy_answers_from_a_mailbox_of_his_own_is_told_on_return(turn: Turn, team: Team) -> None:
    configure.own_domains(turn, ("firma.test",))
    absence.enter(turn, team.anna, away.plan())
    later = replace(turn, now=NOW + timedelta(hours=3))
    own = {"to": ("erika@kunde.example",), "cc": ("info@firma.test",)}
    records = [
        mail(at=NOW + timedelta(hours=1), thread="a"),
        mail("bert@firma.test", at=NOW + timedelta(hours=2), thread="a", **own),
    ]

    intake.take_in(later, records, team.info, Judge(keys.book(turn)))

    told = handback.summary(later, turn.session.scalars(select(Absence)).one())
    assert (told.answered.deputy, told.answered.total, told.messages) == (1, 1, 1)
