"""What people decided lately is kept in memory, and is what a fresh look at the rows would find, whatever happens."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from models.decision import Decision
from models.message import Message
from models.terms import Category, Origin
from service.store import decided, mistakes, success
from service.turn import NOBODY, Turn
from tests.service.store.firm import NOW, Firm

MONTH = "2026-11"


@pytest.fixture
def firm(database) -> Firm:
    firm = Firm(database)
    with firm.turn() as turn:
        box = firm.account(turn)
        for number, sender in enumerate(("a@x.test", "a@x.test", "b@y.test", "c@y.test")):
            message = firm.message(turn, firm.conversation(turn, box), NOW - timedelta(days=5 + number), Category.KUNDE)
            message.sender, message.sender_domain = sender, sender.partition("@")[2]
            decide(turn, message, Category.KUNDE, NOW - timedelta(days=4))
    return firm


def decide(
    turn: Turn,
    message: Message,
    category: Category,
    at: datetime,
    origin: Origin = Origin.PERSON,
    act: str | None = None,
) -> None:
    made = {"message_id": message.id, "at": at, "origin": origin, "previous": message.category, "category": category}
    message.category = category
    turn.session.add(Decision(**made))
    turn.session.flush()


def seen(turn: Turn) -> tuple[object, ...]:
    return success.consistency(turn), success.speed(turn), mistakes.of_month(turn, MONTH)


def both(firm: Firm, now: datetime = NOW) -> tuple[object, object]:
    """What a page shows, and what is counted from nothing."""
    with firm.database.read() as session:
        kept = seen(Turn(session, now, NOBODY))
    with firm.turn(now) as turn:
        return kept, seen(turn)


def messages(turn: Turn) -> list[Message]:
    return list(turn.session.scalars(select(Message).order_by(Message.id)))


def correct(turn: Turn) -> None:
    decide(turn, messages(turn)[0], Category.INTERN, NOW)


def take_back(turn: Turn) -> None:
    decide(turn, messages(turn)[0], Category.KUNDE, NOW, Origin.RUECKNAHME)


def decide_for_a_rule(turn: Turn) -> None:
    decide(turn, messages(turn)[1], Category.WERBUNG, NOW, Origin.REGEL)


def erase(turn: Turn) -> None:
    turn.session.execute(delete(Message).where(Message.id == messages(turn)[3].id))


def decide_late(turn: Turn) -> None:
    decide(turn, messages(turn)[2], Category.LIEFERANT, NOW - timedelta(days=3))


def decide_much(turn: Turn) -> None:
    for _ in range(3):
        decide(turn, messages(turn)[1], Category.NEWSLETTER, NOW)


@pytest.mark.parametrize("few", [2, 500])
def test_what_is_kept_is_what_is_there_after_everything_that_can_happen(firm: Firm, monkeypatch, few: int) -> None:
    monkeypatch.setattr(decided, "_FEW", few)
    steps: list[Callable[[Turn], None]] = [
        correct,
        correct,
        decide_for_a_rule,
        take_back,
        decide_much,
        decide_late,
        erase,
    ]
    both(firm)

    for step in steps:
        with firm.turn() as turn:
            step(turn)

        kept, fresh = both(firm)

        assert kept == fresh, step.__name__


def test_another_day_has_other_last_days(firm: Firm) -> None:
    both(firm)

    kept, fresh = both(firm, NOW + timedelta(days=29))

    assert kept == fresh
    assert isinstance(kept[1], success.Speed)
    assert kept[1].messages == 0
