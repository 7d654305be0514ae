"""Taking a confirmation back restores exactly; what a confirmation leaves behind is never overwritten."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.decision import Decision
from models.message import Conversation, Message
from models.terms import Category, KeyScope
from service.actions import confirm
from service.actions.confirm import Choice
from service.errors import Conflict
from service.store import keys, tallies
from service.turn import Turn
from tests.factories import START, answer, mail
from tests.service.actions.test_confirm import categories, take


def test_undo_restores_keys_classes_and_clocks_exactly(jana: Turn, mailbox: int, kunde: int) -> None:
    first, *_ = take(jana, mailbox, mail(thread="a"), mail("max@kunde.example"))
    confirm.confirm(jana, Choice((first,), Category.KUNDE, company_id=kunde))
    before = _book(jana)
    act = confirm.confirm(jana, Choice((first,), Category.WERBUNG, scope=KeyScope.DOMAIN))

    confirm.undo(jana, act.confirmation_id)

    conversation = jana.session.get_one(Conversation, first)
    assert _book(jana) == before
    assert conversation.category is Category.KUNDE
    assert conversation.company_id == kunde
    assert conversation.waiting_since == START
    assert tallies.recount(jana) == ()


def _book(turn: Turn) -> object:
    turn.session.expire_all()
    book = keys.book(turn)
    return book.confirmed_addresses, book.confirmed_domains


def test_undo_twice_is_refused(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())
    act = confirm.confirm(jana, Choice((only,), Category.WERBUNG))
    confirm.undo(jana, act.confirmation_id)

    with pytest.raises(Conflict):
        confirm.undo(jana, act.confirmation_id)


def test_undo_leaves_a_later_decision_alone(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())
    act = confirm.confirm(jana, Choice((only,), Category.WERBUNG))
    confirm.confirm(jana, Choice((only,), Category.NEWSLETTER))

    undone = confirm.undo(jana, act.confirmation_id)

    assert undone == 0
    assert categories(jana) == [Category.NEWSLETTER]


def test_every_change_leaves_a_decision_and_none_is_overwritten(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())
    confirm.confirm(jana, Choice((only,), Category.WERBUNG))
    act = confirm.confirm(jana, Choice((only,), Category.NEWSLETTER))
    confirm.undo(jana, act.confirmation_id)

    steps = jana.session.execute(select(Decision.previous, Decision.category).order_by(Decision.id)).all()

    assert [tuple(step) for step in steps] == [
        (None, Category.WERBUNG),
        (Category.WERBUNG, Category.NEWSLETTER),
        (Category.NEWSLETTER, Category.WERBUNG),
    ]


def test_correcting_a_class_moves_the_counts(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail(thread="a"), answer(thread="a"))
    confirm.confirm(jana, Choice((only,), Category.WERBUNG))

    confirm.confirm(jana, Choice((only,), Category.NEWSLETTER))

    assert tallies.recount(jana) == ()


def test_undo_brings_back_the_suggestion_that_was_shown(jana: Turn, mailbox: int) -> None:
    _, last = take(jana, mailbox, mail("news@blatt.example"), mail("news@blatt.example", at=START + timedelta(hours=1)))
    shown = _suggestion(jana)
    act = confirm.confirm(jana, Choice((last,), Category.NEWSLETTER))

    confirm.undo(jana, act.confirmation_id)

    assert _suggestion(jana) == shown


def _suggestion(turn: Turn) -> object:
    turn.session.expire_all()
    message = turn.session.scalars(select(Message).order_by(Message.received_at)).first()
    assert message is not None
    return message.suggested, message.confidence, message.step, message.reason
