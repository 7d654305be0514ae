"""Absences that Outlook's automatic replies tell: they follow the replies and never push aside what people entered."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.duty import Absence
from models.terms import AbsenceKind
from service.actions import absence
from service.errors import Invalid
from service.turn import Turn
from tests.conftest import NOW
from tests.service.actions import away
from tests.service.actions.away import DAY, Team, plan


@pytest.fixture
def team(turn: Turn) -> Team:
    return away.team(turn)


ANNA = "Anna@Firma.test "


def test_automatic_replies_with_a_period_become_an_absence_that_follows_them(turn: Turn, team: Team) -> None:
    first = absence.from_outlook(turn, ANNA, NOW + DAY, NOW + 3 * DAY, enabled=True)
    moved = absence.from_outlook(turn, ANNA, NOW + 2 * DAY, NOW + 4 * DAY, enabled=True)
    again = absence.from_outlook(turn, ANNA, NOW + 2 * DAY, NOW + 4 * DAY, enabled=True)

    assert first is not None
    assert first == moved == again
    stored = away.absence(turn, first)
    assert (stored.kind, stored.from_at, stored.until_at) == (AbsenceKind.OUTLOOK, NOW + 2 * DAY, NOW + 4 * DAY)
    assert away.verbs(turn) == ["Abwesenheit aus Outlook", "Abwesenheit aus Outlook geändert"]


def test_automatic_replies_without_an_end_are_renewed_while_they_are_read_and_end_alone_when_not(
    turn: Turn, team: Team
) -> None:
    number = absence.from_outlook(turn, ANNA, None, None, enabled=True)
    soon = absence.from_outlook(away.at(turn, NOW + timedelta(hours=1)), ANNA, None, None, enabled=True)
    later = absence.from_outlook(away.at(turn, NOW + timedelta(hours=20)), ANNA, None, None, enabled=True)

    assert number is not None
    assert number == soon == later
    assert away.absence(turn, number).until_at == NOW + timedelta(hours=44)
    assert away.grants(turn) == [(team.anna, team.bert, True)]
    assert away.verbs(turn).count("Abwesenheit aus Outlook geändert") == 0


def test_automatic_replies_switched_off_end_the_absence_and_hand_back(turn: Turn, team: Team) -> None:
    absence.from_outlook(turn, ANNA, None, None, enabled=True)

    ended = absence.from_outlook(away.at(turn, NOW + DAY / 2), ANNA, None, None, enabled=False)
    nothing = absence.from_outlook(away.at(turn, NOW + DAY), ANNA, None, None, enabled=False)

    assert (ended, nothing) == (None, None)
    assert away.grants(turn) == [(team.anna, team.bert, False)]
    assert [kind for _, kind, _ in away.told(turn)] == ["RUECKGABE"]


def test_an_outlook_period_that_is_over_changes_nothing(turn: Turn, team: Team) -> None:
    assert absence.from_outlook(turn, ANNA, NOW - 3 * DAY, NOW - DAY, enabled=True) is None
    assert absence.from_outlook(turn, "fremd@firma.test", None, None, enabled=True) is None
    assert absence.from_outlook(turn, "", None, None, enabled=True) is None
    assert turn.session.scalars(select(Absence.id)).all() == []


def test_what_a_person_entered_stays_and_outlook_only_adds_what_lies_outside(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan(NOW - DAY / 2, NOW + 2 * DAY))
    absence.enter(turn, team.anna, plan(NOW + 6 * DAY, NOW + 7 * DAY))

    inside = absence.from_outlook(turn, ANNA, NOW, NOW + DAY, enabled=True)
    around = absence.from_outlook(turn, ANNA, NOW, NOW + 8 * DAY, enabled=True)

    assert inside is None
    assert around is not None
    stored = away.absence(turn, around)
    assert (stored.from_at, stored.until_at) == (NOW + 2 * DAY, NOW + 6 * DAY)


def test_an_entered_absence_may_lie_over_one_from_outlook(turn: Turn, team: Team) -> None:
    number = absence.from_outlook(turn, ANNA, None, None, enabled=True)

    entered = absence.enter(turn, team.anna, plan())

    assert number != entered.absence_id


def test_an_outlook_absence_is_changed_in_outlook_and_ended_here_stays_ended(turn: Turn, team: Team) -> None:
    number = absence.from_outlook(turn, ANNA, NOW, NOW + 3 * DAY, enabled=True)
    assert number is not None
    with pytest.raises(Invalid, match="Outlook"):
        absence.change(turn, number, plan())
    absence.end(turn, number)

    again = absence.from_outlook(turn, ANNA, NOW, NOW + 3 * DAY, enabled=True)
    other = absence.from_outlook(turn, ANNA, NOW + 5 * DAY, NOW + 6 * DAY, enabled=True)

    assert again is None
    assert other is not None
