"""Finishing: no answer needed, archived, opened again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.tally import Closure, Tally, WorkTally
from models.terms import Category, ClockKind, ConversationState
from models.trail import Trail
from service.actions import finish, intake, recompute, snooze
from service.actions.intake import Judge
from service.errors import Conflict, NotFound
from service.store import clocks, tallies
from service.turn import Turn
from tests.conftest import NOW
from tests.factories import answer, mail

_APART = select(func.sum(WorkTally.unanswered), func.sum(WorkTally.closed))


def opened(turn: Turn, mailbox: int, judge: Judge) -> Conversation:
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)
    return turn.session.execute(select(Conversation)).scalar_one()


def test_no_answer_needed_stops_the_clock_and_is_counted_apart(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)

    changed = finish.finish(turn, [conversation.id], ConversationState.ERLEDIGT)

    kinds = set(turn.session.scalars(select(ClockEvent.kind)).all())
    assert changed == 1
    assert conversation.waiting_since is None
    assert kinds == {ClockKind.START, ClockKind.FRISTBRUCH, ClockKind.ENDE_OHNE_ANTWORT, ClockKind.ERLEDIGT}
    assert turn.session.execute(_APART).one() == (1, 1)
    assert turn.session.scalars(select(Tally.stops).where(Tally.stops != 0)).all() == []
    assert tallies.recount(turn) == ()


def test_opening_again_by_hand_takes_the_end_without_an_answer_back_and_its_count(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ERLEDIGT)

    finish.finish(turn, [conversation.id], ConversationState.OFFEN)

    assert turn.session.execute(_APART).one() == (0, 1)
    assert tallies.recount(turn) == ()


def test_what_a_colleague_changed_meanwhile_is_not_finished(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)

    with pytest.raises(Conflict):
        finish.finish(turn, [conversation.id], ConversationState.ERLEDIGT, {conversation.id: conversation.version - 1})

    assert conversation.state is ConversationState.OFFEN


def test_who_archives_what_was_done_without_an_answer_closes_it_once(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ERLEDIGT)

    changed = finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)

    assert (changed, conversation.state) == (1, ConversationState.ARCHIVIERT)
    assert turn.session.execute(_APART).one() == (1, 1)
    assert tallies.recount(turn) == ()


def test_doing_it_twice_changes_nothing(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)

    assert finish.finish(turn, [conversation.id, conversation.id], ConversationState.ARCHIVIERT) == 0


def test_archiving_an_answered_one_adds_no_event(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    intake.take_in(turn, [answer(thread="a")], mailbox, judge)

    finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)

    kinds = turn.session.scalars(select(ClockEvent.kind)).all()
    assert set(kinds) == {ClockKind.START, ClockKind.STOPP, ClockKind.ERLEDIGT}


def test_opening_again_starts_the_clock_where_it_was(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)

    finish.finish(turn, [conversation.id], ConversationState.OFFEN)

    assert conversation.waiting_since is not None
    assert conversation.closed_at is None


def test_new_mail_opens_a_closed_conversation(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)
    later = NOW + timedelta(hours=1)

    intake.take_in(turn, [mail(thread="a", at=later)], mailbox, judge)

    assert conversation.state is ConversationState.OFFEN
    assert conversation.waiting_since == later


def test_it_stands_in_the_trail_without_an_address(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)

    finish.finish(turn, [conversation.id], ConversationState.ERLEDIGT)

    line = turn.session.scalars(select(Trail).order_by(Trail.id.desc())).first()
    assert line is not None
    assert (line.about, line.before, line.after) == (
        f"conversation:{conversation.id}",
        "offen",
        "ohne Antwort erledigt",
    )


def test_an_unknown_conversation_is_not_found(turn: Turn) -> None:
    with pytest.raises(NotFound):
        finish.finish(turn, [99], ConversationState.OFFEN)


def test_what_was_closed_never_holds_the_clock_again(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ERLEDIGT)
    new = NOW + timedelta(hours=4)

    for at in (new, new + timedelta(hours=1)):
        intake.take_in(turn, [mail(thread="a", at=at)], mailbox, judge)

    assert conversation.waiting_since == new


def test_an_end_that_was_taken_back_is_not_counted(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ERLEDIGT)

    finish.finish(turn, [conversation.id], ConversationState.OFFEN)

    kinds = set(turn.session.scalars(select(ClockEvent.kind)).all())
    assert kinds == {ClockKind.START, ClockKind.FRISTBRUCH, ClockKind.WIEDEROEFFNUNG}


def test_another_name_for_what_is_done_closes_nothing_that_came_meanwhile(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)
    later = Turn(turn.session, NOW + timedelta(hours=2), turn.actor)

    finish.finish(later, [conversation.id], ConversationState.ERLEDIGT)
    intake.take_in(later, [mail(thread="a", at=NOW + timedelta(hours=1))], mailbox, judge)

    assert (conversation.state, conversation.waiting_since) == (ConversationState.OFFEN, NOW + timedelta(hours=1))


def test_what_came_back_came_back_with_the_first_message_though_that_is_read_last(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)
    third, ninth = NOW + timedelta(days=3), NOW + timedelta(days=9)
    later = Turn(turn.session, ninth, turn.actor)
    intake.take_in(later, [mail(thread="a", at=ninth)], mailbox, judge)
    again = Turn(turn.session, NOW + timedelta(days=10), turn.actor)
    finish.finish(again, [conversation.id], ConversationState.ARCHIVIERT)

    intake.take_in(again, [mail(thread="a", at=third)], mailbox, judge)

    closings = turn.session.execute(select(Closure.opened_at, Closure.reopened_at).order_by(Closure.id)).all()
    assert [tuple(one) for one in closings] == [(conversation.opened_at, third), (third, None)]
    assert turn.session.scalar(select(func.sum(WorkTally.reopened))) == 1
    assert tallies.recount(turn) == ()


def test_a_closing_counts_under_the_class_that_its_messages_got_later(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    finish.finish(turn, [conversation.id], ConversationState.ARCHIVIERT)
    intake.take_in(turn, [mail(thread="a", at=NOW + timedelta(hours=1))], mailbox, judge)
    first = turn.session.scalars(select(Message).order_by(Message.received_at)).first()
    assert first is not None
    first.category = Category.KUNDE

    clocks.refresh(turn, [conversation.id])
    tallies.recount(turn)

    assert turn.session.scalars(select(Closure.category)).all() == [Category.KUNDE]
    assert turn.session.execute(select(WorkTally.category).where(WorkTally.closed != 0)).all() == [("Kunde",)]


def test_what_is_done_is_put_aside_no_longer(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    snooze.snooze(turn, conversation.id, NOW + timedelta(days=3))

    finish.finish(
        Turn(turn.session, NOW + timedelta(hours=1), turn.actor), [conversation.id], ConversationState.ERLEDIGT
    )

    clocks.refresh(Turn(turn.session, NOW + timedelta(hours=2), turn.actor), [conversation.id])
    assert conversation.snoozed_until is None


def test_the_end_of_a_pause_is_noted_when_it_has_come(turn: Turn, mailbox: int, judge: Judge) -> None:
    conversation = opened(turn, mailbox, judge)
    until = NOW + timedelta(minutes=5)
    snooze.snooze(turn, conversation.id, until)

    recompute.missed(Turn(turn.session, until, turn.actor))

    ends = select(ClockEvent.at).where(ClockEvent.kind == ClockKind.WEITER)
    assert turn.session.scalars(ends).all() == [until]
    assert conversation.snoozed_until is None
