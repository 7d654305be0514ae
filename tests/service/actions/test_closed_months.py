"""Closed months at their events: whatever is computed, merged, parted or corrected later, they stay as reported."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.chat import ChatTwin
from models.clock_event import ClockEvent
from models.message import Conversation
from models.review import MonthClose
from models.terms import CalendarKind, Category, Channel, ClockKind, ConversationState
from service.actions import configure, confirm, finish, intake, merge, recompute
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.config import Config
from service.domain.windows import DEFAULT_TARGETS, Target
from service.runtime import Runtime
from service.store import accounts, figures, tallies
from service.store.accounts import Facts
from service.store.engine import Database
from service.store.scope import Scope
from service.turn import Turn
from tests.conftest import NOW
from tests.factories import answer, mail
from tests.fakes import FakeClock
from tests.service.jobs.chatting import USER, echo, inbound, tell

HOUR = timedelta(hours=1)
ASKED = datetime(2026, 10, 6, 7, tzinfo=UTC)
OCTOBER = Scope.between(date(2026, 10, 1), date(2026, 10, 31))
NAMES = ("kind", "at", "started_at", "open_s", "in_goal", "category", "clock")


def close(turn: Turn, month: str = "2026-10") -> None:
    turn.session.add(MonthClose(month=month, closed_at=NOW, figures=1, sample=False, calendar_version=1))
    turn.session.flush()


def reported(turn: Turn, month: int = 10) -> list[tuple[Any, ...]]:
    """Return the events of a month, of whatever conversation."""
    turn.session.flush()
    rows = turn.session.execute(select(*(getattr(ClockEvent, name) for name in NAMES))).all()
    return sorted((tuple(row) for row in rows if row.at.month == month), key=repr)


def answers(turn: Turn) -> float | None:
    return figures.one(turn, "mail_reaction", OCTOBER).facts["answers"]


def everything_anew(turn: Turn) -> None:
    last: int | None = 0
    while last is not None:
        last = recompute.some(turn, last)


@pytest.mark.parametrize("minutes", [60, 20 * 60, 72 * 60])
def test_other_targets_add_no_second_end_of_a_window_to_a_closed_month(
    turn: Turn, mailbox: int, judge: Judge, minutes: int
) -> None:
    some = [("quick", 2), ("slow", 30)]
    letters = [one(thread=t, at=ASKED + HOUR * n * ends) for t, n in some for one, ends in ((mail, 0), (answer, 1))]
    intake.take_in(turn, [*letters, mail(thread="waits", at=ASKED)], mailbox, judge)
    everything_anew(turn)
    before = reported(turn)
    close(turn)

    configure.targets(turn, DEFAULT_TARGETS | {Channel.EMAIL: Target(minutes, CalendarKind.UHR)})
    everything_anew(turn)

    assert sum(kind is ClockKind.FRISTBRUCH for kind, *_ in before) == 2
    assert reported(turn) == before
    assert tallies.recount(turn) == ()


def test_a_corrected_class_and_a_late_closing_change_nothing_of_a_closed_month(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    intake.take_in(turn, [mail(thread="a", at=ASKED), answer(thread="a", at=ASKED + 30 * HOUR)], mailbox, judge)
    before, counted = reported(turn), answers(turn)
    close(turn)
    number = turn.session.scalars(select(Conversation.id)).one()

    confirm.confirm(turn, Choice((number,), Category.NEWSLETTER))
    finish.finish(turn, [number], ConversationState.ARCHIVIERT)

    assert (reported(turn), answers(turn)) == (before, counted)
    assert tallies.recount(turn) == ()


def test_two_windows_that_end_at_one_instant_are_both_missed(turn: Turn, mailbox: int, judge: Judge) -> None:
    configure.targets(turn, DEFAULT_TARGETS | {Channel.EMAIL: Target(60, CalendarKind.UHR, None, 60)})

    intake.take_in(turn, [mail(thread="a", at=ASKED)], mailbox, judge)

    missed = turn.session.scalars(select(ClockEvent).where(ClockEvent.kind == ClockKind.FRISTBRUCH)).all()
    assert {one.clock.value for one in missed if one.clock} == {"Erste Antwort", "Erledigung"}
    everything_anew(turn)
    assert len(turn.session.scalars(select(ClockEvent).where(ClockEvent.kind == ClockKind.FRISTBRUCH)).all()) == 2


@pytest.fixture
def chats(database: Database) -> Runtime:
    runtime = Runtime(Config(), FakeClock(), database)
    bare = {"from": None, "from_user_id": USER}
    with runtime.turn() as turn:
        accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("WhatsApp"))
    tell(runtime, inbound("n1", ASKED), inbound("u1", ASKED + HOUR, **bare))
    tell(runtime, echo("a1", ASKED + 2 * HOUR), field="smb_message_echoes")
    tell(runtime, echo("a2", ASKED + 9 * HOUR, to=None, to_user_id=USER), field="smb_message_echoes")
    tell(runtime, inbound("both", ASKED + 10 * HOUR, from_user_id=USER))
    return runtime


def of_conversations(turn: Turn) -> Sequence[tuple[int, int]]:
    events = select(ClockEvent.conversation_id, ClockEvent.id).order_by(ClockEvent.id)
    return [(one, number) for one, number in turn.session.execute(events)]


def test_merging_and_parting_two_people_counts_no_answer_of_a_closed_month_twice(chats: Runtime) -> None:
    with chats.turn() as turn:
        close(turn)
        before, counted = reported(turn), chat_answers(turn)
        twin_id = turn.session.scalars(select(ChatTwin.id)).one()

    with chats.turn() as turn:
        merge.merge(turn, twin_id)
        merged, together = reported(turn), chat_answers(turn)
        (_kept,) = {number for number, _ in of_conversations(turn)}
        again = tallies.recount(turn)
    with chats.turn() as turn:
        merge.undo(turn, twin_id)
        parted, apart = reported(turn), chat_answers(turn)

        assert len({number for number, _ in of_conversations(turn)}) == 2
        assert (counted, together, apart) == (2, 2, 2)
        assert merged == before == parted
        assert (again, tallies.recount(turn)) == ((), ())


def chat_answers(turn: Turn) -> float | None:
    return figures.one(turn, "chat_reaction", OCTOBER).facts["answers"]
