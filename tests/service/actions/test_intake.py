"""Taking in: from a record to a stored conversation with a standing, a suggestion and counts."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from connectors.base import Change
from models.clock_event import ClockEvent
from models.message import Conversation, Message, Recipient
from models.record import HeaderFlags
from models.tally import Tally
from models.terms import Category, Channel, ClockKind, KeyScope, Origin
from service.actions import intake
from service.actions.intake import Judge
from service.store import keys, parties, tallies
from service.turn import Turn
from tests.factories import OWN, START, answer, chat, mail


def only_conversation(turn: Turn) -> Conversation:
    turn.session.expire_all()
    return turn.session.execute(select(Conversation)).scalar_one()


def test_a_first_mail_opens_a_conversation_that_waits(turn: Turn, mailbox: int, judge: Judge) -> None:
    taken = intake.take_in(turn, [mail("erika@kunde.example")], mailbox, judge)

    conversation = only_conversation(turn)
    assert (taken.new, taken.known) == (1, 0)
    assert conversation.peer == "erika@kunde.example"
    assert conversation.waiting_since == START
    assert conversation.due_at == START + timedelta(hours=24)
    assert conversation.unclassified == 1
    assert conversation.unread


def test_the_same_page_twice_changes_nothing(turn: Turn, mailbox: int, judge: Judge) -> None:
    page = [mail(), mail("max@anders.example")]
    intake.take_in(turn, page, mailbox, judge)

    again = intake.take_in(turn, page + page, mailbox, judge)

    assert (again.new, again.known) == (0, 4)
    assert turn.session.execute(select(func.count()).select_from(Message)).scalar_one() == 2
    assert turn.session.execute(select(func.sum(Tally.received))).scalar_one() == 2


def test_an_answer_by_a_person_stops_the_clock_and_is_measured(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(thread="a")], mailbox, judge)

    intake.take_in(turn, [answer(thread="a", at=START + timedelta(hours=3))], mailbox, judge)

    conversation = only_conversation(turn)
    stop = turn.session.execute(select(ClockEvent).where(ClockEvent.kind == ClockKind.STOPP)).scalar_one()
    assert conversation.waiting_since is None
    assert conversation.due_at is None
    assert stop.open_s == 3 * 3600
    assert stop.in_goal
    assert tallies.recount(turn) == ()


def test_a_forward_to_a_colleague_is_no_answer(turn: Turn, mailbox: int, judge: Judge) -> None:
    forward = answer(f"anna@{OWN}", thread="a")

    intake.take_in(turn, [mail(thread="a"), forward], mailbox, judge)

    assert only_conversation(turn).waiting_since == START


def test_an_automatic_answer_is_no_answer(turn: Turn, mailbox: int, judge: Judge) -> None:
    out_of_office = answer(thread="a", flags=HeaderFlags(auto_submitted="auto-replied"))

    intake.take_in(turn, [mail(thread="a"), out_of_office], mailbox, judge)

    assert only_conversation(turn).waiting_since == START


def test_automatic_mail_of_a_customer_never_starts_a_clock(turn: Turn, mailbox: int, judge: Judge) -> None:
    notice = mail(flags=HeaderFlags(auto_submitted="auto-generated", auth_dmarc="pass"))

    intake.take_in(turn, [notice], mailbox, judge)

    assert only_conversation(turn).waiting_since is None


def test_the_order_of_arrival_does_not_matter(turn: Turn, mailbox: int, judge: Judge) -> None:
    late = [answer(thread="a", at=START + timedelta(hours=3)), mail(thread="a")]

    for record in late:
        intake.take_in(turn, [record], mailbox, judge)

    assert only_conversation(turn).waiting_since is None
    stopped = select(ClockEvent.open_s).where(ClockEvent.kind == ClockKind.STOPP)
    assert turn.session.execute(stopped).scalar_one() == 3 * 3600
    assert tallies.recount(turn) == ()


def test_a_known_customer_is_final_at_once_by_rule(turn: Turn, mailbox: int) -> None:
    company = parties.add_company(turn, "Kunde GmbH")
    keys.master(turn, KeyScope.DOMAIN, "kunde.example", Category.KUNDE, company.id)

    intake.take_in(turn, [mail()], mailbox, Judge(keys.book(turn)))

    message = turn.session.execute(select(Message)).scalar_one()
    conversation = only_conversation(turn)
    assert (message.category, message.origin) == (Category.KUNDE, Origin.REGEL)
    assert conversation.category is Category.KUNDE
    assert conversation.company_id == company.id
    assert conversation.unclassified == 0
    assert "Kunde GmbH" in message.reason


def test_mail_inside_the_firm_has_no_window(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(f"anna@{OWN}")], mailbox, judge)

    conversation = only_conversation(turn)
    assert conversation.category is Category.INTERN
    assert conversation.waiting_since is None


def test_outside_recipients_are_kept_and_colleagues_only_counted(turn: Turn, mailbox: int, judge: Judge) -> None:
    record = answer("erika@kunde.example", cc=(f"anna@{OWN}", "paul@fremd.example"))

    intake.take_in(turn, [record], mailbox, judge)

    kept = turn.session.scalars(select(Recipient.address).order_by(Recipient.position)).all()
    assert list(kept) == ["erika@kunde.example", "paul@fremd.example"]


def test_a_chat_has_two_windows(turn: Turn, phone: int, judge: Judge) -> None:
    intake.take_in(turn, [chat()], phone, judge)

    conversation = only_conversation(turn)
    assert conversation.channel is Channel.WHATSAPP
    assert conversation.due_at == START + timedelta(hours=4)
    assert conversation.meta_until == START + timedelta(hours=24)


def test_drafts_are_left_out(turn: Turn, mailbox: int, judge: Judge) -> None:
    assert intake.take_in(turn, [replace(mail(), is_draft=True)], mailbox, judge).new == 0


def test_a_sender_with_poison_in_the_address_is_stored_clean(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail("eri\ud800ka\x00@kunde.example")], mailbox, judge)

    assert only_conversation(turn).peer == "erika@kunde.example"


def test_nul_and_lone_surrogates_are_cleaned_on_both_databases(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail(sender_name="Eri\x00ka \ud800 Muster")], mailbox, judge)

    assert turn.session.execute(select(Message.sender_name)).scalar_one() == "Erika  Muster"


def test_a_read_toggle_changes_only_that(turn: Turn, mailbox: int, judge: Judge) -> None:
    record = mail()
    intake.take_in(turn, [record], mailbox, judge)

    touched = intake.change(
        turn,
        mailbox,
        [Change(record.account, record.source_id, is_read=True), Change(record.account, "unknown", is_read=True)],
    )

    assert touched == 1
    assert not only_conversation(turn).unread


def test_a_move_changes_the_folder(turn: Turn, mailbox: int, judge: Judge) -> None:
    record = mail()
    intake.take_in(turn, [record], mailbox, judge)

    intake.change(turn, mailbox, [Change(record.account, record.source_id, folder="archive")])

    assert turn.session.execute(select(Message.folder)).scalar_one() == "archive"


def test_the_same_mail_in_two_own_mailboxes_is_one_conversation(turn: Turn, mailbox: int, judge: Judge) -> None:
    from service.store import accounts
    from service.store.accounts import Facts

    other = accounts.ensure(turn, Channel.EMAIL, f"vertrieb@{OWN}", Facts("vertrieb@")).id
    first = mail(thread="gemeinsam")

    intake.take_in(turn, [first], mailbox, judge)
    intake.take_in(turn, [replace(first, account=f"vertrieb@{OWN}", source_id="anders")], other, judge)

    assert only_conversation(turn).inbound == 1
