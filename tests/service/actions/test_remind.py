"""Reminders: each once, to whom it concerns; reviews on their day, missed figures once a week, late chats at once."""

from datetime import UTC, datetime, timedelta

import pytest

from models.message import Conversation
from models.staff import Member
from models.terms import CalendarKind, Channel, ConversationState, ReviewKind
from service.actions import configure, remind, review
from service.domain import routine
from service.domain.windows import DEFAULT_TARGETS, Target
from service.turn import Turn
from tests.conftest import NOW
from tests.service.actions import away
from tests.service.actions.away import DAY, Team

FRIDAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def team(turn: Turn) -> Team:
    return away.team(turn)


def said(turn: Turn) -> list[tuple[int, str, int]]:
    return sorted(away.told(turn))


def test_the_friday_review_is_due_on_its_day_and_told_once_to_who_leads(turn: Turn, team: Team) -> None:
    counts = [remind.daily(away.at(turn, FRIDAY + n * HOUR)) for n in (-24, 0, 2)]

    assert counts == [0, 1, 0]
    assert said(turn) == [(team.lead, "REVIEW", 0)]


def test_a_review_is_due_on_the_last_working_day_whatever_calendar_the_targets_count_in(turn: Turn, team: Team) -> None:
    configure.targets(turn, DEFAULT_TARGETS | {Channel.EMAIL: Target(24 * 60, CalendarKind.UHR)})
    good_friday = datetime(2027, 3, 26, 8, tzinfo=UTC)

    counts = [remind.daily(away.at(turn, good_friday + n * DAY)) for n in (-1, 0)]

    assert counts == [1, 0]


def test_a_review_that_is_done_reminds_of_nothing(turn: Turn, team: Team) -> None:
    friday = away.by(away.at(turn, FRIDAY), team.lead)
    number = review.begin(friday, ReviewKind.FREITAG).id
    for step in routine.keys(ReviewKind.FREITAG):
        review.tick(friday, number, step, done=True)

    told = [remind.daily(away.at(turn, at)) for at in (FRIDAY, FRIDAY + 3 * DAY)]
    review.close(friday, number)

    assert (told, remind.daily(friday)) == ([0, 0], 0)


def test_a_week_that_was_left_is_told_once_in_the_week_after(turn: Turn, team: Team) -> None:
    review.begin(away.at(turn, FRIDAY), ReviewKind.FREITAG)

    told = [remind.daily(away.at(turn, FRIDAY + n * DAY)) for n in (3, 4)]

    assert told == [1, 0]
    assert said(turn) == [(team.lead, "REVIEW", 1)]


def test_figures_that_missed_are_one_line_a_week_and_go_to_the_admins_where_nobody_leads(
    turn: Turn, team: Team
) -> None:
    turn.session.get_one(Member, team.lead).active = False
    for number in range(12):
        away.waiting(turn, team.info, f"t{number}", since=NOW - 9 * DAY)

    told = [remind.daily(away.at(turn, at)) for at in (NOW, NOW + DAY, NOW + 7 * DAY)]

    assert [count for _, kind, count in said(turn) if kind == "KENNZAHL"] == [1, 1]
    assert {who for who, kind, _ in said(turn)} == {team.boss}
    assert told[1] == 0


def chat(turn: Turn, team: Team, thread: str, due_at: datetime, **more: object) -> Conversation:
    one = away.waiting(turn, team.phone, thread, **more)
    one.due_at = due_at
    turn.session.flush()
    return one


def test_a_chat_past_its_window_is_told_once_to_the_responsible_person(turn: Turn, team: Team) -> None:
    chat(turn, team, "late", NOW - HOUR)
    chat(turn, team, "in time", NOW + HOUR)
    chat(turn, team, "long ago", NOW - 3 * DAY)
    chat(turn, team, "done", NOW - HOUR, state=ConversationState.ARCHIVIERT)

    counts = [remind.late_chats(turn), remind.late_chats(away.at(turn, NOW + timedelta(minutes=1)))]

    assert counts == [1, 0]
    assert said(turn) == [(team.anna, "WHATSAPP_UEBERFAELLIG", 0)]


def test_a_chat_that_was_due_at_closing_on_friday_is_told_on_monday_morning(turn: Turn, team: Team) -> None:
    closing, monday = FRIDAY + 8 * HOUR, FRIDAY + 3 * DAY
    chat(turn, team, "over the weekend", closing)
    instants = (closing + HOUR, monday - 2 * HOUR, monday, monday + HOUR)

    counts = [remind.late_chats(away.at(turn, at)) for at in instants]

    assert counts == [0, 0, 1, 0]


def test_a_chat_that_nobody_is_responsible_for_is_told_to_who_leads(turn: Turn, team: Team) -> None:
    bare = away.account(turn, "3003", Channel.WHATSAPP)
    one = away.waiting(turn, bare, "bare")
    one.due_at = NOW - HOUR
    turn.session.flush()

    remind.late_chats(turn)

    assert said(turn) == [(team.lead, "WHATSAPP_UEBERFAELLIG", 0)]


def test_nothing_late_tells_nothing(turn: Turn, team: Team) -> None:
    assert remind.late_chats(turn) == 0
