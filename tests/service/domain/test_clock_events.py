"""What a response window goes through, event by event, and which of several windows is the tightest."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.terms import CalendarKind, ClockKind, Direction, WindowKind
from service.domain.hours import DEFAULT_HOURS
from service.domain.standing import Acts, Happened, Move, Running, history, running
from service.domain.windows import Target, window
from tests.service.domain.moves import CHAT, answers, asks, at, moves


def told(standing) -> list[tuple[ClockKind, datetime, WindowKind | None]]:
    return sorted(((one.kind, one.at, one.clock) for one in standing.events), key=lambda one: (one[1], one[0]))


def holds(text: str) -> Move:
    return Move(at(text), Direction.AUSGANG, False, b"2", None, True)


@pytest.mark.parametrize(("answer", "is_missed"), [("19T13:00", False), ("19T13:01", True)])
def test_exactly_the_limit_is_no_missed_window_for_what_was_answered_nor_for_what_runs(answer, is_missed):  # D10
    answered = history([asks("19T09:00"), answers(answer)], CHAT, at("20T09:00"))
    waiting = history([asks("19T09:00")], CHAT, at(answer))

    assert [(ClockKind.FRISTBRUCH in [one.kind for one in s.events]) for s in (answered, waiting)] == [is_missed] * 2
    assert waiting.breaks_at == (None if is_missed else at("19T13:00") + timedelta(microseconds=1))


def test_in_closed_hours_behind_its_end_a_window_is_not_yet_missed():  # D10
    standing = history([asks("19T13:00")], CHAT, at("19T23:00"))

    assert standing.due_at == at("19T17:00")
    assert ClockKind.FRISTBRUCH not in [one.kind for one in standing.events]
    assert standing.breaks_at == at("20T08:00") + timedelta(microseconds=1)


def test_a_course_is_told_event_by_event():
    moves = [asks("19T09:00"), holds("19T10:00"), answers("19T14:00"), asks("19T15:00"), asks("20T09:00")]
    acts = Acts(closed=[at("19T16:00")], opened=[at("19T17:00")], pauses=[(at("20T10:00"), at("20T12:00"))])

    standing = history(moves, CHAT, at("20T12:30"), acts)

    first, later = WindowKind.ERSTE_ANTWORT, WindowKind.NAECHSTE_ANTWORT
    assert told(standing) == [
        (ClockKind.START, at("19T09:00"), first),
        (ClockKind.ZWISCHENBESCHEID, at("19T10:00"), first),
        (ClockKind.FRISTBRUCH, at("19T13:00"), first),
        (ClockKind.STOPP, at("19T14:00"), first),
        (ClockKind.START, at("19T15:00"), later),
        (ClockKind.ENDE_OHNE_ANTWORT, at("19T16:00"), later),
        (ClockKind.ERLEDIGT, at("19T16:00"), WindowKind.ERLEDIGUNG),
        (ClockKind.WIEDEROEFFNUNG, at("19T17:00"), None),
        (ClockKind.START, at("20T09:00"), later),
        (ClockKind.WIEDEROEFFNUNG, at("20T09:00"), None),
        (ClockKind.WEITER, at("20T12:00"), None),
    ]


def test_we_will_get_back_to_you_stops_nothing_and_is_forgotten_with_the_real_answer():  # X6
    nobody_waits = history([holds("19T09:00")], CHAT, at("19T12:00"))
    still = history([asks("19T09:00"), holds("19T10:00")], CHAT, at("19T12:00"))
    done = history([asks("19T09:00"), holds("19T10:00"), answers("19T11:00")], CHAT, at("19T12:00"))

    assert nobody_waits.events == ()
    assert (still.waiting_since, still.due_at, still.holding_at) == (at("19T09:00"), at("19T13:00"), at("19T10:00"))
    assert (done.waiting_since, done.holding_at, done.reactions[0].wall) == (None, None, timedelta(hours=2))


SETTLING = window(Target(4 * 60, CalendarKind.UHR, None, 6 * 60), DEFAULT_HOURS)


@pytest.mark.parametrize(("closing", "in_goal"), [("19T15:00", True), ("19T15:01", False), ("19T17:00", False)])
def test_settling_is_measured_from_the_first_question_and_exactly_its_limit_is_met(closing, in_goal):
    moves = [asks("19T09:00"), answers("19T10:00")]

    open_still = history(moves, SETTLING, at("19T15:00"))
    late = history(moves, SETTLING, at("19T15:01"))
    standing = history(moves, SETTLING, at("19T18:00"), Acts(closed=[at(closing)]))

    missed = Happened(ClockKind.FRISTBRUCH, at("19T15:00"), WindowKind.ERLEDIGUNG, at("19T09:00"))
    (settled,) = [one for one in standing.events if one.kind is ClockKind.ERLEDIGT]
    assert settled.measured is not None
    assert settled.measured.in_goal is in_goal
    assert (missed in standing.events) is not in_goal
    assert (missed in open_still.events, missed in late.events) == (False, True)
    assert (open_still.resolve_due_at, standing.resolve_due_at) == (at("19T15:00"), None)


def test_putting_aside_moves_settling_alone_and_ends_when_the_other_side_writes():  # D9
    moves = [asks("19T09:00"), asks("19T11:00")]

    standing = history(moves, SETTLING, at("19T12:00"), Acts(pauses=[(at("19T10:00"), at("19T14:00"))]))
    aside = history(moves[:1], SETTLING, at("19T12:00"), Acts(pauses=[(at("19T10:00"), at("19T14:00"))]))

    assert (standing.due_at, standing.resolve_due_at, standing.snoozed_until) == (at("19T13:00"), at("19T16:00"), None)
    assert (aside.due_at, aside.resolve_due_at, aside.snoozed_until) == (at("19T13:00"), at("19T19:00"), at("19T14:00"))


def test_what_left_our_mailboxes_is_waited_for_no_longer_but_was_answered_before():
    asked = asks("19T09:00")._replace(gone_at=at("19T12:00"))

    assert history([asked], CHAT, at("19T13:00")).waiting_since is None
    assert len(history([asked, answers("19T11:00")], CHAT, at("19T13:00")).reactions) == 1
    assert history([asked, answers("19T12:30")], CHAT, at("19T13:00")).reactions == ()


@settings(derandomize=True, max_examples=150, deadline=None)
@given(moves, st.lists(st.integers(0, 20_000), max_size=3, unique=True), st.integers(20_000, 30_000))
def test_no_counted_question_is_ever_without_clock_state(some, closings, minute):
    now = at("02T00:00") + timedelta(minutes=minute)
    closed = sorted(at("02T00:00") + timedelta(minutes=one) for one in closings)

    standing = history(some, CHAT, now, Acts(closed=closed))

    ends = [one for one in standing.events if one.kind in (ClockKind.STOPP, ClockKind.ENDE_OHNE_ANTWORT)]
    answered = {move.at for move in some if move.counts and move.direction is Direction.AUSGANG}
    for move in some:
        if move.counts and move.direction is Direction.EINGANG:
            waits = standing.waiting_since is not None and standing.waiting_since <= move.at
            held = any(one.started_at is not None and one.started_at <= move.at <= one.at for one in ends)
            # What came at the instant of an answer, before it by its key, was answered with it.
            assert waits or held or move.at in answered
    starts = [one.at for one in standing.events if one.kind is ClockKind.START]
    waiting = [] if standing.waiting_since is None else [standing.waiting_since]
    assert sorted(starts) == sorted([one.started_at for one in ends] + waiting)
    for one in standing.events:
        if one.kind is ClockKind.FRISTBRUCH and one.clock is not WindowKind.ERLEDIGUNG:
            ended = min((e.at for e in ends if e.started_at == one.started_at), default=now)
            assert one.started_at is not None
            assert CHAT.calendar.elapsed(one.started_at, ended) > CHAT.limit


instants = st.none() | st.integers(-5, 5).map(lambda hours: at("19T12:00") + timedelta(hours=hours))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    st.none() | st.sampled_from([WindowKind.ERSTE_ANTWORT, WindowKind.NAECHSTE_ANTWORT]), instants, instants, instants
)
def test_of_all_windows_the_tightest_comes_first_and_each_has_its_name(clock, due_at, resolve, meta):
    now = at("19T12:00")

    found = running((clock, due_at), resolve, meta, now)

    expected = {}
    if due_at is not None:
        expected[clock or WindowKind.NAECHSTE_ANTWORT] = due_at
        if meta is not None and meta > now:
            expected[WindowKind.META] = meta
    if resolve is not None:
        expected[WindowKind.ERLEDIGUNG] = resolve
    assert {one.clock: one.due_at for one in found} == expected
    assert len(found) == len(expected)
    assert [one.due_at for one in found] == sorted(expected.values())


def test_metas_window_is_over_at_its_last_instant_and_of_two_equal_ones_the_answer_stands_first():  # D16
    noon = at("19T12:00")
    answer = (WindowKind.ERSTE_ANTWORT, noon)

    over = running(answer, None, noon, noon)
    equal = running(answer, noon, noon, noon - timedelta(microseconds=1))

    assert over == (Running(WindowKind.ERSTE_ANTWORT, noon),)
    assert [one.clock for one in equal] == [WindowKind.ERSTE_ANTWORT, WindowKind.META, WindowKind.ERLEDIGUNG]
