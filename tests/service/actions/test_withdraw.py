"""What left a mailbox: a tombstone first, removed when it is certain, never deleted; what happened has happened."""

import json
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from connectors.graph import parse
from models.account import Chain
from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.record import MessageRecord
from models.tally import Tally
from models.terms import Category, Channel, ClockKind
from service.actions import confirm, intake, withdraw
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.store import accounts, sightings, tallies
from service.store.accounts import Facts
from service.store.sightings import Where
from service.turn import Turn
from tests.factories import OWN, START, answer, mail

KINDS = {"inbox": "inbox", "done": "inbox", "bin": "deleteditems", "own": ""}


def where(folder: str = "inbox", number: int = 1) -> Where:
    return Where(folder, number)


def conversation(turn: Turn) -> Conversation:
    turn.session.expire_all()
    return turn.session.execute(select(Conversation)).scalar_one()


def message(turn: Turn, record: MessageRecord) -> Message:
    turn.session.expire_all()
    return turn.session.execute(select(Message).where(Message.source_id == record.source_id)).scalar_one()


def received(turn: Turn) -> tuple[int, int]:
    found = turn.session.execute(select(func.sum(Tally.received), func.sum(Tally.copied))).one()
    return int(found[0] or 0), int(found[1] or 0)


def gone(turn: Turn, mailbox: int, record: MessageRecord) -> int:
    withdraw.missing(turn, mailbox, [record.source_id], where())
    return withdraw.settle(turn, mailbox, [record.source_id], {}, KINDS)


def test_a_message_that_left_its_folder_waits_for_two_rounds_as_if_nothing_happened(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    record = mail()
    intake.take_in(turn, [record], mailbox, judge, where())

    withdraw.missing(turn, mailbox, [record.source_id], where(number=2))

    assert conversation(turn).waiting_since == START
    assert sightings.overdue(turn, mailbox, 3, 9) == ()
    assert sightings.overdue(turn, mailbox, 4, 9) == (record.source_id,)


def test_a_moved_message_keeps_row_class_and_clock(turn: Turn, mailbox: int, judge: Judge) -> None:
    record = mail()
    intake.take_in(turn, [record], mailbox, judge, where())
    confirm.confirm(turn, Choice((conversation(turn).id,), Category.LIEFERANT, party_unknown=True))
    before = message(turn, record).id

    withdraw.missing(turn, mailbox, [record.source_id], where(number=2))
    intake.take_in(turn, [replace(record, folder="done")], mailbox, judge, where("done", 2))

    after = message(turn, record)
    assert (after.id, after.category, after.folder, after.missing_round) == (before, Category.LIEFERANT, "done", None)
    assert tallies.recount(turn) == ()


def test_a_removal_that_comes_after_the_message_was_met_elsewhere_means_nothing(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    record = mail()
    for folder in ("inbox", "done"):
        turn.session.add(Chain(account_id=mailbox, folder=folder, kind="inbox"))
    intake.take_in(turn, [record], mailbox, judge, where())

    intake.take_in(turn, [replace(record, folder="done")], mailbox, judge, where("done", 2))
    withdraw.missing(turn, mailbox, [record.source_id], where(number=2))

    assert message(turn, record).missing_round is None


def test_a_deleted_unanswered_mail_is_no_longer_waited_for_nor_asked_to_be_classified(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    record = mail()
    intake.take_in(turn, [record], mailbox, judge, where())

    removed = gone(turn, mailbox, record)

    found = conversation(turn)
    assert removed == 1
    assert message(turn, record).removed_at == turn.now
    assert (found.waiting_since, found.due_at, found.unclassified, found.unread) == (None, None, 0, False)
    assert received(turn) == (0, 0)
    assert tallies.recount(turn) == ()


def test_a_mail_whose_whole_answer_cannot_be_read_is_there_and_its_clock_runs_on(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    record = mail(is_read=True)
    intake.take_in(turn, [record], mailbox, judge, where())
    withdraw.missing(turn, mailbox, [record.source_id], where())
    odd = parse.message(json.dumps({"id": record.source_id, "isDraft": [1]}).encode(), record.account, "sentitems")
    assert odd is not None
    before = conversation(turn).due_at

    removed = withdraw.settle(turn, mailbox, [record.source_id], {record.source_id: odd}, KINDS)

    kept = message(turn, record)
    assert removed == 0
    assert (kept.missing_round, kept.removed_at, kept.folder, kept.is_read) == (None, None, "inbox", True)
    assert (kept.sender, kept.received_at) == (record.sender, START)
    assert (conversation(turn).waiting_since, conversation(turn).due_at) == (START, before)
    assert tallies.recount(turn) == ()


def test_deleting_what_was_answered_changes_no_figure(turn: Turn, mailbox: int, judge: Judge) -> None:
    record = mail(thread="a")
    intake.take_in(turn, [record, answer(thread="a")], mailbox, judge, where())
    confirm.confirm(turn, Choice((conversation(turn).id,), Category.KUNDE, party_unknown=True))
    stops = select(ClockEvent.wall_s).where(ClockEvent.kind == ClockKind.STOPP)
    before = turn.session.scalars(stops).all()

    gone(turn, mailbox, record)

    assert turn.session.scalars(stops).all() == before == [7200]
    assert received(turn) == (1, 0)
    assert tallies.recount(turn) == ()


def test_an_answer_that_somebody_deletes_stays_an_answer(turn: Turn, mailbox: int, judge: Judge) -> None:
    reply = answer(thread="a")
    intake.take_in(turn, [mail(thread="a"), reply], mailbox, judge, where())

    gone(turn, mailbox, reply)

    assert conversation(turn).waiting_since is None
    assert conversation(turn).outbound == 1
    assert tallies.recount(turn) == ()


def test_when_the_oldest_of_two_is_deleted_the_clock_is_that_of_the_other(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    first, second = mail(thread="a"), mail(thread="a", at=START + timedelta(hours=1))
    intake.take_in(turn, [first, second], mailbox, judge, where())

    gone(turn, mailbox, first)

    assert conversation(turn).waiting_since == START + timedelta(hours=1)


def test_what_comes_back_waits_again_since_it_came(turn: Turn, mailbox: int, judge: Judge) -> None:
    record = mail()
    intake.take_in(turn, [record], mailbox, judge, where())
    gone(turn, mailbox, record)

    intake.take_in(turn, [record], mailbox, judge, where())

    assert conversation(turn).waiting_since == START
    assert message(turn, record).removed_at is None
    assert received(turn) == (1, 0)
    assert tallies.recount(turn) == ()


def test_deleted_items_and_junk_count_as_gone_any_other_folder_does_not(turn: Turn, mailbox: int, judge: Judge) -> None:
    thrown, filed, moved = mail(), mail(), mail()
    asked = [thrown, filed, moved]
    intake.take_in(turn, asked, mailbox, judge, where())
    withdraw.missing(turn, mailbox, [one.source_id for one in asked], where())
    found = {
        thrown.source_id: replace(thrown, folder="bin"),
        filed.source_id: replace(filed, folder="own"),
        moved.source_id: replace(moved, folder="done"),
    }

    removed = withdraw.settle(turn, mailbox, [one.source_id for one in asked], found, KINDS)

    assert removed == 1
    assert message(turn, thrown).removed_at is not None
    assert [message(turn, one).folder for one in (filed, moved)] == ["own", "done"]


def test_a_copy_in_another_mailbox_takes_over_when_its_mail_goes_and_steps_back_when_it_returns(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    other = accounts.ensure(turn, Channel.EMAIL, f"vertrieb@{OWN}", Facts("vertrieb@")).id
    first = mail(thread="a")
    copy = replace(first, account=f"vertrieb@{OWN}", source_id="anders")
    intake.take_in(turn, [first], mailbox, judge, where())
    intake.take_in(turn, [copy], other, judge, where())
    counts = [received(turn)]

    gone(turn, mailbox, first)
    waits = conversation(turn).waiting_since
    counts.append(received(turn))
    intake.take_in(turn, [first], mailbox, judge, where())
    counts.append(received(turn))
    gone(turn, mailbox, first)
    withdraw.settle(turn, other, [copy.source_id], {}, KINDS)

    assert waits == START
    assert counts == [(2, 1), (1, 0), (2, 1)]
    assert conversation(turn).waiting_since is None
    assert received(turn) == (0, 0)
    assert tallies.recount(turn) == ()


def test_nothing_missing_and_nothing_changed_costs_nothing(turn: Turn, mailbox: int) -> None:
    withdraw.missing(turn, mailbox, [], where())

    assert intake.change(turn, mailbox, []) == 0
    assert withdraw.settle(turn, mailbox, [], {}, KINDS) == 0
