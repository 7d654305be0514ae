"""Putting conversations before others and looking at several again later: each noted, closing takes it back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.message import Conversation
from models.terms import ConversationState
from models.trail import Trail
from service.actions import finish, intake, prioritise, snooze
from service.actions.intake import Judge
from service.errors import Invalid, NotFound
from service.store import listing
from service.store.listing import Filter
from service.turn import Turn
from tests.conftest import NOW
from tests.factories import mail

HOUR = timedelta(hours=1)


@pytest.fixture
def rows(turn: Turn, mailbox: int, judge: Judge) -> list[int]:
    """Three conversations that wait, the oldest first."""
    posted = [mail(f"a@kunde{n}.example", thread=f"t{n}", at=NOW - (3 - n) * HOUR) for n in range(3)]
    intake.take_in(turn, posted, mailbox, judge)
    return list(turn.session.scalars(select(Conversation.id).order_by(Conversation.last_at)))


def shown(turn: Turn, **wanted: object) -> list[int]:
    return [one.id for one in listing.page(turn, Filter(**wanted)).rows]  # type: ignore[arg-type]  # words of a test


def test_what_waits_comes_by_time_left_and_what_was_put_before_others_ahead_of_it(turn: Turn, rows: list[int]) -> None:
    before = shown(turn, waiting=True)
    changed = [prioritise.prioritise(turn, rows[2:], raised=True) for _ in range(2)]

    assert (before, changed) == (rows, [1, 0])
    assert shown(turn, waiting=True) == [rows[2], rows[0], rows[1]]
    assert shown(turn, raised=True) == [rows[2]]
    assert shown(turn, order=listing.BY_NEWEST, waiting=True) == rows[::-1]
    assert shown(turn) == rows[::-1]


def test_each_change_is_noted_and_taken_back_by_hand_or_by_closing(turn: Turn, rows: list[int]) -> None:
    prioritise.prioritise(turn, rows[:2], raised=True)

    prioritise.prioritise(turn, rows[:1], raised=False)
    finish.finish(turn, rows[1:2], ConversationState.ARCHIVIERT)

    assert shown(turn, raised=True) == []
    verbs = list(turn.session.scalars(select(Trail.verb).order_by(Trail.id)))
    assert (verbs.count("Vorgezogen"), verbs.count("Nicht mehr vorgezogen")) == (2, 1)
    finish.finish(turn, rows[1:2], ConversationState.OFFEN)
    assert shown(turn, raised=True) == []


def test_what_is_missing_is_refused(turn: Turn, rows: list[int]) -> None:
    with pytest.raises(NotFound):
        prioritise.prioritise(turn, [999], raised=True)


def test_several_are_looked_at_again_on_a_day(turn: Turn, rows: list[int]) -> None:
    later = replace(turn, now=NOW + HOUR)

    assert snooze.follow_up(later, [rows[0], rows[1], rows[0]], NOW + 48 * HOUR) == 2
    assert set(shown(later, snoozed=True)) == set(rows[:2])
    with pytest.raises(Invalid):
        snooze.follow_up(later, rows, NOW)


def test_chats_are_sorted_by_the_end_of_their_window_at_whatsapp(turn: Turn, rows: list[int]) -> None:
    for number, hours in zip(rows, (5, None, -2), strict=True):
        one = turn.session.get_one(Conversation, number)
        one.meta_until = None if hours is None else NOW + hours * HOUR
    turn.session.flush()

    assert shown(turn, order=listing.BY_META) == [rows[2], rows[0], rows[1]]


def test_read_and_unread_are_two_filters_and_without_either_all_are_shown(turn: Turn, rows: list[int]) -> None:
    for number, unread in zip(rows, (True, False, False), strict=True):
        turn.session.get_one(Conversation, number).unread = unread
    turn.session.flush()

    assert (shown(turn, unread=True), shown(turn, unread=False)) == (rows[:1], rows[:0:-1])
    assert len(shown(turn)) == 3
