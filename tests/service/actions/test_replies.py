"""Who stops a clock: people, wherever they answered from; never machines, forwards inside the firm, or copies."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.message import Conversation, Message
from models.record import HeaderFlags, MessageRecord
from models.tally import Tally
from models.terms import Channel, Direction
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, sums, tallies
from service.store.accounts import Facts
from service.store.scope import Scope, frame
from service.store.sightings import Where
from service.turn import Turn
from tests.factories import GENUINE, OWN, START, answer, mail

ANNA = f"anna@{OWN}"
INFO = f"info@{OWN}"
LATER = START + timedelta(hours=2)


def waiting(turn: Turn) -> object:
    turn.session.expire_all()
    return turn.session.execute(select(Conversation.waiting_since)).scalar_one()


def own_mailbox(turn: Turn, address: str = ANNA) -> int:
    return accounts.ensure(turn, Channel.EMAIL, address, Facts(address)).id


STOPS = {
    "from the shared mailbox": answer(thread="a"),
    "from the own mailbox": replace(answer(thread="a"), account=ANNA, sender=ANNA),
    "sent as the shared mailbox, kept in the own one": replace(answer(thread="a"), account=ANNA, sender=INFO),
    "on behalf of the shared mailbox": replace(answer(thread="a"), account=ANNA, sender=INFO, submitter=ANNA),
    "from a phone, which writes no header of its own": replace(
        answer(thread="a"), account=ANNA, sender=ANNA, kind="message"
    ),
    "to several, a colleague among them": replace(answer(thread="a"), to=("erika@kunde.example", f"ben@{OWN}")),
    "to the customer as a copy": replace(answer(thread="a"), to=(f"ben@{OWN}",), cc=("erika@kunde.example",)),
}
LEAVES = {
    "a forward inside the firm": replace(answer(thread="a"), to=(f"ben@{OWN}",)),
    "an absence note": answer(thread="a", flags=HeaderFlags(auto_submitted="auto-replied")),
    "what asks for no automatic answers": answer(thread="a", flags=HeaderFlags(auto_response_suppress="All")),
    "what a program sent": answer(thread="a", automated=True),
    "a meeting that was accepted": answer(thread="a", kind="eventMessageResponse"),
    "a notice of ours to a colleague": replace(
        answer(thread="a"), to=(f"ben@{OWN}",), flags=HeaderFlags(auto_submitted="auto-generated")
    ),
}


@pytest.mark.parametrize("how", STOPS)
def test_a_persons_answer_stops_the_clock(turn: Turn, mailbox: int, judge: Judge, how: str) -> None:
    record = STOPS[how]
    account = mailbox if record.account == INFO else own_mailbox(turn)
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)

    intake.take_in(turn, [record], account, judge)

    assert waiting(turn) is None


@pytest.mark.parametrize("what", LEAVES)
def test_what_is_no_answer_leaves_the_clock_running(turn: Turn, mailbox: int, judge: Judge, what: str) -> None:
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)

    intake.take_in(turn, [LEAVES[what]], mailbox, judge)

    assert waiting(turn) == START


def test_an_answer_is_found_in_whatever_order_the_folders_are_read(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [answer(thread="a")], mailbox, judge)

    intake.take_in(turn, [mail(thread="a")], mailbox, judge)

    assert waiting(turn) is None


def _copy(**more: object) -> MessageRecord:
    return mail(ANNA, at=LATER, thread="a", to=("erika@kunde.example",), cc=(INFO,), **more)


def test_a_colleagues_answer_that_only_came_as_a_copy_stops_the_clock(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)

    intake.take_in(turn, [_copy(flags=replace(GENUINE, auth_internal=True))], mailbox, judge)

    assert waiting(turn) is None


def test_a_copy_that_only_claims_to_be_a_colleagues_does_not(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)

    intake.take_in(turn, [_copy(flags=HeaderFlags(auth_dmarc="fail", auth_spf="fail"))], mailbox, judge)

    assert waiting(turn) == START


def test_a_second_copy_that_comes_late_does_not_ask_again(turn: Turn, mailbox: int, judge: Judge) -> None:
    first = mail(thread="a")
    late = replace(first, account=ANNA, source_id="anders", received_at=LATER + timedelta(hours=1))
    intake.take_in(turn, [first, answer(thread="a")], mailbox, judge)

    intake.take_in(turn, [late], own_mailbox(turn), judge)

    assert waiting(turn) is None


def test_the_same_mail_counts_under_each_mailbox_and_once_for_the_firm(turn: Turn, mailbox: int, judge: Judge) -> None:
    other = own_mailbox(turn)
    first, sent = mail(thread="a"), answer(thread="a")
    for account, name in ((mailbox, INFO), (other, ANNA)):
        copies = [replace(one, account=name, source_id=f"{name}-{one.source_id}") for one in (first, sent)]
        intake.take_in(turn, copies, account, judge)

    counted = turn.session.execute(select(func.sum(Tally.sent), func.sum(Tally.copied_sent))).one()
    whole = sums.by_day(frame(turn, Scope()), [START.date()])
    each = sums.by_account(frame(turn, Scope(account_ids=(mailbox, other))), [START.date()])
    assert tuple(counted) == (2, 1)
    assert [one.received for one in whole.values()] == [1]
    assert [each[mailbox].received, each[other].received] == [1, 1]
    assert tallies.recount(turn) == ()
    found = turn.session.execute(select(Conversation.inbound, Conversation.outbound)).one()
    assert tuple(found) == (1, 1)


def test_what_is_older_than_the_horizon_is_dropped_before_it_is_stored(turn: Turn, mailbox: int, judge: Judge) -> None:
    old = mail(at=START - timedelta(days=400))

    taken = intake.take_in(turn, [old, mail()], mailbox, judge, Where("inbox", 1, horizon=START - timedelta(days=365)))

    assert (taken.new, taken.known) == (1, 1)
    assert turn.session.scalar(select(func.count()).select_from(Message)) == 1


def test_a_mail_without_a_name_of_its_own_is_never_a_copy(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(internet_message_id=""), mail(internet_message_id="")], mailbox, judge)

    assert turn.session.scalars(select(Message.copied)).all() == [False, False]


def test_a_full_round_notes_whom_it_met(turn: Turn, mailbox: int, judge: Judge) -> None:
    record = mail()
    intake.take_in(turn, [record], mailbox, judge, Where("inbox", 1))

    intake.take_in(turn, [record], mailbox, judge, Where("inbox", 7, full=True))

    assert turn.session.scalars(select(Message.seen_round)).all() == [7]
    assert turn.session.scalars(select(Message.direction)).all() == [Direction.EINGANG]
