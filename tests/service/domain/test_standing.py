"""Standing: the decisions D1-D20 on how time is counted, one by one, then as properties."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.terms import CalendarKind, Channel, Direction
from service.domain.hours import DEFAULT_HOURS, Hours
from service.domain.standing import Move, read
from service.domain.windows import DEFAULT_TARGETS, Target, window
from tests.service.domain.moves import CHAT, MAIL, answers, asks, at, closings, moves


def test_nothing_waits_where_nothing_came_in():
    standing = read([], MAIL, None)

    assert (standing.waiting_since, standing.due_at, standing.strict_due_at) == (None, None, None)
    assert standing.reactions == ()


def test_a_friday_mail_is_due_on_monday_and_the_strict_value_stands_beside_it():  # D1
    standing = read([asks("20T17:00")], MAIL, None)

    assert standing.waiting_since == at("20T17:00")
    assert standing.due_at == at("23T17:00")
    assert standing.strict_due_at == at("21T17:00")


def test_a_chat_at_night_is_due_four_opening_hours_later():  # D1
    assert read([asks("20T04:00")], CHAT, None).due_at == at("20T12:00")


def test_the_oldest_unanswered_message_keeps_the_clock():  # D2, D3
    standing = read([asks("19T09:00"), asks("19T11:00"), asks("20T08:00")], CHAT, None)

    assert standing.waiting_since == at("19T09:00")
    assert standing.due_at == at("19T13:00")


def test_the_first_answer_stops_and_later_ones_change_nothing():  # D4
    standing = read([asks("19T09:00"), answers("19T10:00"), answers("19T12:00")], CHAT, None)

    assert standing.waiting_since is None
    assert [(r.started_at, r.stopped_at, r.open) for r in standing.reactions] == [
        (at("19T09:00"), at("19T10:00"), timedelta(hours=1))
    ]


def test_what_is_no_answer_of_a_person_stops_nothing():  # D4, D5, D17
    standing = read([asks("19T09:00"), answers("19T10:00", counts=False)], CHAT, None)

    assert standing.waiting_since == at("19T09:00")
    assert standing.reactions == ()


def test_an_automatic_message_neither_starts_nor_reopens():  # D7
    alone = read([asks("19T09:00", counts=False)], MAIL, None)
    after_close = read([asks("19T09:00"), asks("19T12:00", counts=False)], MAIL, at("19T10:00"))

    assert alone.waiting_since is None
    assert after_close.waiting_since is None


def test_closing_ends_the_window_without_an_answer():  # D6
    standing = read([asks("19T09:00")], MAIL, at("19T10:00"))

    assert standing.waiting_since is None
    assert standing.reactions == ()
    assert standing.ended_since == at("19T09:00")


def test_a_message_at_the_instant_of_closing_is_closed_with_it():
    standing = read([asks("19T10:00")], MAIL, at("19T10:00"))

    assert standing.waiting_since is None


def test_a_new_message_after_closing_starts_anew():  # D8
    standing = read([asks("19T09:00"), asks("19T12:00"), asks("19T14:00")], CHAT, at("19T10:00"))

    assert standing.waiting_since == at("19T12:00")
    assert standing.due_at == at("19T16:00")
    assert standing.ended_since == at("19T09:00")


def test_closing_what_was_answered_ends_nothing():
    standing = read([asks("19T09:00"), answers("19T09:30")], CHAT, at("19T10:00"))

    assert standing.ended_since is None
    assert len(standing.reactions) == 1


def test_an_answer_after_closing_is_no_reaction():
    standing = read([asks("19T09:00"), answers("19T11:00")], CHAT, at("19T10:00"))

    assert standing.reactions == ()


@pytest.mark.parametrize(("answer", "in_goal"), [("19T13:00", True), ("19T13:01", False), ("19T12:59", True)])
def test_an_exact_hit_is_met(answer, in_goal):  # D10, D11
    assert read([asks("19T09:00"), answers(answer)], CHAT, None).reactions[0].in_goal is in_goal


def test_closed_hours_never_breach():  # D10: breached only when more than the limit has elapsed
    night = read([asks("19T13:00"), answers("19T22:00")], CHAT, None)

    assert night.reactions[0].open == timedelta(hours=4)
    assert night.reactions[0].wall == timedelta(hours=9)
    assert night.reactions[0].in_goal


def test_changed_hours_give_a_new_deadline_from_the_same_moves():  # D13
    bavaria = window(DEFAULT_TARGETS[Channel.EMAIL], Hours(DEFAULT_HOURS.week, "BY"))
    moves = [Move(datetime.fromisoformat("2026-06-03T15:00:00+02:00"), Direction.EINGANG, True, b"1")]

    assert read(moves, MAIL, None).due_at == datetime.fromisoformat("2026-06-04T15:00:00+02:00")
    assert read(moves, bavaria, None).due_at == datetime.fromisoformat("2026-06-05T15:00:00+02:00")


def test_the_change_of_clocks_neither_gives_nor_takes_time():  # D15
    moves = [Move(datetime.fromisoformat("2026-10-24T12:00:00+02:00"), Direction.EINGANG, True, b"1")]
    around = window(Target(24 * 60, CalendarKind.UHR), DEFAULT_HOURS)

    assert read(moves, around, None).due_at == datetime.fromisoformat("2026-10-25T11:00:00+01:00")


def test_an_answer_that_is_seen_before_its_question_is_never_negative():  # D19
    early_answer = read([answers("19T08:00"), asks("19T09:00")], CHAT, None)
    late_question = read([answers("19T10:00"), asks("19T09:00")], CHAT, None)

    assert early_answer.waiting_since == at("19T09:00")
    assert early_answer.reactions == ()
    assert late_question.reactions[0].wall == timedelta(hours=1)


def test_the_key_orders_what_happens_at_the_same_instant():  # D19
    asked_first = read([answers("19T09:00", key=b"2"), asks("19T09:00", key=b"1")], CHAT, None)
    answered_first = read([answers("19T09:00", key=b"1"), asks("19T09:00", key=b"2")], CHAT, None)

    assert asked_first.reactions[0].wall == timedelta(0)
    assert answered_first.waiting_since == at("19T09:00")


def test_every_turn_of_the_conversation_is_one_reaction():
    moves = [asks("19T09:00"), answers("19T10:00"), asks("19T11:00"), answers("19T13:30"), asks("19T15:00")]

    standing = read(moves, CHAT, None)

    assert [r.wall for r in standing.reactions] == [timedelta(hours=1), timedelta(hours=2, minutes=30)]
    assert standing.waiting_since == at("19T15:00")


def test_hours_without_an_open_day_are_refused_clearly():
    closed = window(DEFAULT_TARGETS[Channel.WHATSAPP], Hours({}))

    with pytest.raises(ValueError, match="Öffnungszeiten"):
        read([asks("19T09:00")], closed, None)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(moves, closings, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(some, closed_at, rng: random.Random):
    shuffled = list(some)
    rng.shuffle(shuffled)

    assert read(shuffled, CHAT, closed_at) == read(some, CHAT, closed_at)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(moves, closings)
def test_reactions_follow_each_other_and_are_never_negative(some, closed_at):
    standing = read(some, CHAT, closed_at)

    borders = [instant for r in standing.reactions for instant in (r.started_at, r.stopped_at)]
    assert borders == sorted(borders)
    assert all(timedelta(0) <= r.open <= r.wall for r in standing.reactions)
    assert all(r.in_goal == (r.open <= CHAT.limit) for r in standing.reactions)
    if standing.waiting_since is not None:
        assert closed_at is None or standing.waiting_since > closed_at
        assert standing.due_at is not None
        assert CHAT.calendar.elapsed(standing.waiting_since, standing.due_at) == CHAT.limit
        assert not any(
            move.counts and move.direction is Direction.AUSGANG and move.at > standing.waiting_since for move in some
        )


def test_two_answers_of_one_instant_are_one_reaction_and_nobody_waits() -> None:
    moves = [
        asks("19T08:00", key=b"0"),
        *(f("19T09:00", key=b) for f, b in ((answers, b"1"), (asks, b"2"), (answers, b"3"))),
    ]

    standing = read(moves, CHAT, None)

    assert [one.wall for one in standing.reactions] == [timedelta(hours=1)]
    assert standing.waiting_since is None
