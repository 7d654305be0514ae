"""The success factors: one class per sender, time to classify, reviews in time, and where nobody steps in."""

from datetime import date, datetime, timedelta

import pytest

from models.decision import Decision
from models.message import Message
from models.review import Review, ReviewStep
from models.terms import Category, Origin, ReviewKind, Role, Step
from service.domain import routine
from service.store import staff, success
from service.turn import Turn
from tests.service.actions import away
from tests.service.store.firm import NOW, Firm


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def decided(
    firm: Firm, turn: Turn, sender: str, category: Category, minutes: int = 10, *, came: datetime = NOW - timedelta(2)
) -> Message:
    box = firm.account(turn)
    message = firm.message(turn, firm.conversation(turn, box), came, category)
    message.sender = sender
    decide(turn, message, category, came + timedelta(minutes=minutes))
    return message


def decide(turn: Turn, message: Message, category: Category, at: datetime, origin: Origin = Origin.PERSON) -> None:
    made = Decision(message_id=message.id, at=at, origin=origin, category=category, step=Step.MODELL)
    turn.session.add(made)
    turn.session.flush()


def test_a_sender_is_uniform_when_people_gave_its_messages_one_class(firm):
    with firm.turn() as turn:
        for sender, classes in (("a@x", "KK"), ("b@x", "KL"), ("c@x", "N"), ("", "K")):
            for letter in classes:
                category = {"K": Category.KUNDE, "L": Category.LIEFERANT, "N": Category.NEWSLETTER}[letter]
                decided(firm, turn, sender, category)
        decided(firm, turn, "old@x", Category.KUNDE, came=NOW - timedelta(days=120))

        found = success.consistency(turn)

        assert (found.senders, found.uniform) == (3, 2)
        assert found.share == pytest.approx(200 / 3)


def test_without_decisions_there_are_no_data(firm):
    with firm.turn() as turn:
        assert success.consistency(turn).share is None
        assert success.speed(turn) == success.Speed(0, None, None)


def test_the_time_to_a_class_is_that_of_the_first_decision_and_never_negative(firm):
    with firm.turn() as turn:
        for minutes in range(-1, 9):
            decided(firm, turn, "a@x", Category.KUNDE, minutes)
        first = decided(firm, turn, "b@x", Category.KUNDE, 20)
        decide(turn, first, Category.INTERN, NOW)
        decided(firm, turn, "c@x", Category.KUNDE, 5, came=NOW - timedelta(days=40))

        found = success.speed(turn)

        assert (found.messages, found.median, found.p90) == (11, 4, 8)


def finished(turn: Turn, kind: ReviewKind, period: str, at: datetime | None) -> None:
    one = Review(kind=kind, period=period, dedup=f"{kind}{period}", started_at=NOW, seed="", closed_at=None)
    turn.session.add(one)
    turn.session.flush()
    if at is not None:
        turn.session.add_all(ReviewStep(review_id=one.id, step=step, at=at) for step in routine.keys(kind))
        turn.session.flush()


def test_reviews_in_time_are_counted_since_the_first_one(firm):
    with firm.turn() as turn:
        monday = datetime.combine(date(2026, 11, 16), NOW.timetz())
        finished(turn, ReviewKind.FREITAG, "2026-W44", monday - timedelta(days=16))
        finished(turn, ReviewKind.FREITAG, "2026-W45", monday)
        finished(turn, ReviewKind.FREITAG, "2026-W47", monday)
        finished(turn, ReviewKind.MONAT, "2026-09", datetime.combine(date(2026, 10, 31), NOW.timetz()))

        found = success.quality(turn)

        assert found.fridays == success.Kept(3, 1)
        assert found.months == success.Kept(1, 1)
        assert [(one.month, one.classes) for one in found.samples] == [("2026-09", None)]


def test_where_nobody_steps_in_is_named(firm):
    with firm.turn() as turn:
        team = away.team(turn)
        away.account(turn, "leer@firma.test", "E-Mail")
        staff.add(turn, "Max Chef", Role.MANAGEMENT)

        found = success.cover(turn)

        assert [one.name for one in found.members] == ["Bert", "Cara", "Lea", "Udo"]
        assert team.anna not in {one.id for one in found.members}
        assert (found.accounts, found.teams, found.complete) == (("leer@firma.test",), (), False)
        assert success.Cover((), (), ()).complete
