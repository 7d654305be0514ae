"""Clocks: what a page stores at once equals what is read back; breaches, pauses, holding replies and closed months."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import delete, select

from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.review import MonthClose
from models.terms import TRAITS, CalendarKind, Channel, ClockKind, ConversationState, Direction, WindowKind
from service.actions import absence, configure, finish, hold, intake, recompute, snooze
from service.actions.intake import Judge
from service.domain.windows import DEFAULT_TARGETS, Target
from service.errors import Invalid, NotFound
from service.store import clocks, duty, past, tallies
from service.turn import Turn
from tests.conftest import NOW
from tests.factories import OWN, START, answer, mail
from tests.service.actions import away

_EVENT = tuple(getattr(ClockEvent, name) for name in ("conversation_id", "kind", "at", "started_at", "open_s", "clock"))
_HIDDEN = {"id", "version"}


def _events(turn: Turn) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in turn.session.execute(select(*_EVENT))), key=repr)


def _rows(turn: Turn) -> list[dict[str, object]]:
    turn.session.expire_all()
    names = [column.name for column in Conversation.__table__.columns if column.name not in _HIDDEN]
    return [{n: getattr(c, n) for n in names} for c in turn.session.scalars(select(Conversation).order_by("id"))]


def _kinds(turn: Turn) -> set[ClockKind]:
    return set(turn.session.scalars(select(ClockEvent.kind)))


def _only(turn: Turn) -> Conversation:
    return turn.session.scalars(select(Conversation)).one()


_LETTER = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 400),
    st.sampled_from(["kommt", "geht", "von selbst", "blatt", "kopie"]),
    st.booleans(),
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@examples(derandomize=True, max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(letters=st.lists(_LETTER, min_size=1, max_size=9))
def test_what_a_page_stores_at_once_is_what_its_messages_say(
    turn: Turn, mailbox: int, judge: Judge, letters: list[tuple[str, int, str, bool]]
) -> None:
    turn.session.execute(delete(Conversation))
    tallies.recount(turn)
    records = []
    for thread, hours, kind, read in letters:
        at = START - timedelta(hours=hours)
        make = answer if kind == "geht" else mail
        who = "news@blatt.example" if kind == "blatt" else "erika@kunde.example"
        same = {"internet_message_id": f"<{thread}-{kind}@x>"} if kind == "kopie" else {}
        records.append(make(who, at=at, thread=thread, is_read=read, automated=kind == "von selbst", **same))
    intake.take_in(turn, records, mailbox, judge)
    stored, events = _rows(turn), _events(turn)

    clocks.refresh(
        turn, [row["conversation_id"] for row in turn.session.execute(select(Message.conversation_id)).mappings()]
    )

    assert _rows(turn) == stored
    assert _events(turn) == events
    assert tallies.recount(turn) == ()
    _every_message_has_clock_state(turn)


def _every_message_has_clock_state(turn: Turn) -> None:
    """No inbound message of a counted class is ever without clock state: waited for, answered or ended."""
    for message in turn.session.scalars(select(Message).where(Message.direction == Direction.EINGANG)):
        counts = message.opens_clock and (message.category is None or TRAITS[message.category].awaits_reply)
        conversation = turn.session.get_one(Conversation, message.conversation_id)
        ends = turn.session.scalars(
            select(ClockEvent.at).where(
                ClockEvent.conversation_id == conversation.id,
                ClockEvent.kind.in_((ClockKind.STOPP, ClockKind.ENDE_OHNE_ANTWORT)),
            )
        ).all()
        since = conversation.waiting_since
        received_at = _first_receipt(turn, message)
        held = (since is not None and since <= received_at) or any(at >= received_at for at in ends)
        assert held or not counts or _answered_at_once(turn, message)


def _first_receipt(turn: Turn, message: Message) -> datetime:
    """Return when this mail came first: its copies are one mail (D12)."""
    same = select(Message.received_at).where(Message.internet_message_id == message.internet_message_id)
    return min(turn.session.scalars(same), default=message.received_at)


def _answered_at_once(turn: Turn, message: Message) -> bool:
    return any(
        other.direction is Direction.AUSGANG and other.received_at == message.received_at
        for other in turn.session.scalars(select(Message).where(Message.conversation_id == message.conversation_id))
    )


def test_a_window_is_missed_a_moment_after_it_was_due_and_noted_once(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(at=NOW)], mailbox, judge)
    due_at = _only(turn).due_at
    assert due_at is not None
    at_due = Turn(turn.session, due_at, turn.actor)
    later = Turn(turn.session, due_at + timedelta(seconds=1), turn.actor)

    assert recompute.missed(at_due) == 0
    assert recompute.missed(later) == 1

    breach = turn.session.scalars(select(ClockEvent).where(ClockEvent.kind == ClockKind.FRISTBRUCH)).one()
    assert (breach.at, breach.clock, _only(turn).breaks_at) == (due_at, WindowKind.ERSTE_ANTWORT, None)
    assert recompute.missed(later) == 0


def test_put_aside_keeps_the_deadline_in_sight_until_somebody_or_the_other_side_comes_back(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    intake.take_in(turn, [mail(at=NOW - timedelta(hours=1), thread="a")], mailbox, judge)
    number, due_at = _only(turn).id, _only(turn).due_at
    until = NOW + timedelta(days=3)

    snooze.snooze(turn, number, until)
    aside = (_only(turn).snoozed_until, _only(turn).due_at)
    snooze.wake(turn, number)
    back = _only(turn).snoozed_until
    later = Turn(turn.session, NOW + timedelta(minutes=5), turn.actor)
    snooze.snooze(later, number, until)
    intake.take_in(later, [mail(at=NOW + timedelta(minutes=6), thread="a")], mailbox, judge)

    assert aside == (until, due_at)
    assert back is None
    assert _only(turn).snoozed_until == NOW + timedelta(minutes=6)
    clocks.refresh(Turn(turn.session, NOW + timedelta(hours=1), turn.actor), [number])
    assert _only(turn).snoozed_until is None
    assert {ClockKind.PAUSE, ClockKind.WEITER} <= _kinds(turn)
    snooze.wake(turn, number)
    with pytest.raises(Invalid):
        snooze.snooze(turn, number, NOW)


def test_a_holding_reply_stops_nothing_and_is_told(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(thread="a"), answer(thread="a")], mailbox, judge)
    came, went = turn.session.scalars(select(Message).order_by(Message.received_at)).all()

    hold.hold(turn, went.id, holding=True)

    assert (_only(turn).waiting_since, _only(turn).holding_at) == (START, START + timedelta(hours=2))
    assert ClockKind.ZWISCHENBESCHEID in _kinds(turn)
    assert ClockKind.STOPP not in _kinds(turn)
    assert tallies.recount(turn) == ()
    hold.hold(turn, went.id, holding=False)
    hold.hold(turn, went.id, holding=False)
    assert ClockKind.STOPP in _kinds(turn)
    with pytest.raises(Invalid):
        hold.hold(turn, came.id, holding=True)
    with pytest.raises(NotFound):
        hold.hold(turn, b"\0" * 16, holding=True)


def test_responsibility_moves_to_a_deputy_and_back_while_one_clock_goes_on_until_a_real_answer(
    turn: Turn, judge: Judge
) -> None:
    team = away.team(turn)
    configure.own_domains(turn, (OWN,))
    intake.take_in(turn, [mail(thread="a", at=NOW - timedelta(hours=2))], team.info, judge)
    seen = [_clock_and_who(turn)]

    entered = absence.enter(turn, team.anna, away.plan())
    seen.append(_clock_and_who(turn))
    # "Wir melden uns" of the deputy is no answer.
    intake.take_in(turn, [answer(thread="a", at=NOW - timedelta(minutes=30))], team.info, judge)
    first = turn.session.scalars(select(Message).where(Message.direction == Direction.AUSGANG)).one()
    hold.hold(away.by(turn, team.bert), first.id, holding=True)
    seen.append(_clock_and_who(turn))
    absence.end(turn, entered.absence_id)
    seen.append(_clock_and_who(turn))
    assert _only(turn).holding_at == NOW - timedelta(minutes=30)
    absence.enter(turn, team.anna, away.plan())
    intake.take_in(turn, [answer(thread="a", at=NOW)], team.info, judge)

    clock = seen[0][:2]
    assert seen == [(*clock, team.anna), (*clock, team.bert), (*clock, team.bert), (*clock, team.anna)]
    stop = turn.session.scalars(select(ClockEvent).where(ClockEvent.kind == ClockKind.STOPP)).one()
    assert (stop.started_at, stop.at, stop.wall_s) == (clock[0], NOW, 7200)
    assert turn.session.scalars(select(ClockEvent.at).where(ClockEvent.kind == ClockKind.START)).all() == [clock[0]]
    assert (_only(turn).waiting_since, _only(turn).holding_at) == (None, None)
    assert tallies.recount(turn) == ()


def _clock_and_who(turn: Turn) -> tuple[datetime | None, datetime | None, int | None]:
    turn.session.expire_all()
    one = _only(turn)
    return one.waiting_since, one.due_at, duty.responsible(turn, [one])[one.id].member_id


def test_an_earlier_end_outlives_the_next_one(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)
    first = _only(turn).id
    finish.finish(turn, [first], ConversationState.ERLEDIGT)
    again = NOW + timedelta(hours=1)
    intake.take_in(turn, [mail(thread="a", at=again)], mailbox, judge)
    later = Turn(turn.session, NOW + timedelta(hours=3), turn.actor)
    intake.take_in(later, [answer(thread="a", at=NOW + timedelta(hours=2))], mailbox, judge)

    finish.finish(later, [first], ConversationState.ARCHIVIERT)

    stop = turn.session.scalars(select(ClockEvent).where(ClockEvent.kind == ClockKind.STOPP)).one()
    assert (stop.started_at, stop.clock) == (again, WindowKind.NAECHSTE_ANTWORT)
    assert ClockKind.WIEDEROEFFNUNG in _kinds(turn)


def test_what_a_machine_sends_opens_nothing_again(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)
    finish.finish(turn, [_only(turn).id], ConversationState.ARCHIVIERT)

    intake.take_in(turn, [mail(thread="a", at=NOW + timedelta(hours=1), automated=True)], mailbox, judge)

    assert _only(turn).state is ConversationState.ARCHIVIERT
    assert _only(turn).waiting_since is None


def _stops(turn: Turn) -> dict[datetime, tuple[int | None, bool | None]]:
    found = turn.session.execute(select(ClockEvent).where(ClockEvent.kind == ClockKind.STOPP)).scalars()
    return {event.at: (event.open_s, event.in_goal) for event in found}


def test_the_past_is_measured_anew_on_request_but_for_closed_months(turn: Turn, mailbox: int, judge: Judge) -> None:
    for month in (10, 11):
        at = datetime(2026, month, 6 if month == 10 else 3, 9, tzinfo=UTC)
        letters = [mail(thread=f"{month}", at=at), answer(thread=f"{month}", at=at + timedelta(hours=30))]
        intake.take_in(turn, letters, mailbox, judge)
    old, new = sorted(_stops(turn))
    before = _stops(turn)
    turn.session.add(MonthClose(month="2026-10", closed_at=NOW, figures=1, sample=False, calendar_version=1))
    target = Target(48 * 60, CalendarKind.OEFFNUNG)
    configure.targets(turn, DEFAULT_TARGETS | {Channel.EMAIL: target})
    assert (_stops(turn), past.outdated(turn)) == (before, 2)

    recompute.ask(turn)
    last: int | None = 0
    while last is not None:
        last = recompute.some(turn, last)

    assert _stops(turn)[old] == before[old] == (30 * 3600, False)
    assert _stops(turn)[new] != before[new]
    assert past.outdated(turn) == 0
    assert tallies.recount(turn) == ()


def test_settling_has_its_own_window_where_the_firm_promises_one(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(thread="a", at=NOW), answer(thread="a", at=NOW + timedelta(hours=1))], mailbox, judge)

    configure.targets(turn, DEFAULT_TARGETS | {Channel.EMAIL: Target(60, CalendarKind.UHR, None, 120)})

    assert _only(turn).resolve_due_at == NOW + timedelta(hours=2)
    finish.finish(
        Turn(turn.session, NOW + timedelta(hours=5), turn.actor), [_only(turn).id], ConversationState.ARCHIVIERT
    )
    done = turn.session.scalars(select(ClockEvent).where(ClockEvent.kind == ClockKind.ERLEDIGT)).one()
    assert (done.open_s, done.in_goal, done.clock) == (5 * 3600, False, WindowKind.ERLEDIGUNG)
