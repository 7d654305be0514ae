"""Revoking: all that one member confirmed goes at once; what the others said stands as if it alone had been said."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from models.decision import Confirmation
from models.message import Conversation, Message
from models.staff import Member
from models.terms import Category, KeyScope, Origin, Role
from models.trail import Trail
from service.actions import confirm, register, revoke
from service.actions.confirm import Choice
from service.errors import Conflict, Invalid, NotFound
from service.store import reversal
from service.turn import Actor, Turn
from tests.service.actions.test_learning import SENDERS, acts, book, take

Jobs = tuple[Turn, Turn]


@pytest.fixture
def both(turn: Turn) -> Jobs:
    """Return the turns of an honest and of a hostile member."""
    found = []
    for name in ("Jana", "Malte"):
        member = Member(name=name, role=Role.MITARBEITER, created_at=turn.now)
        turn.session.add(member)
        turn.session.flush()
        found.append(replace(turn, actor=Actor(member.id, name, Role.MITARBEITER)))
    return found[0], found[1]


def say(turn: Turn, number: int, category: Category, *, wide: bool = True) -> str:
    scope = KeyScope.DOMAIN if wide else KeyScope.ADRESSE
    return confirm.confirm(turn, Choice((number,), category, party_unknown=True, scope=scope)).confirmation_id


def classes(turn: Turn, numbers: list[int]) -> list[Category | None]:
    turn.session.expire_all()
    found = dict(turn.session.execute(select(Message.conversation_id, Message.category)).all())
    return [found[number] for number in numbers]


def everything(turn: Turn) -> int:
    return len(reversal.extent(turn, turn.actor.member_id or 0, None).acts)


def mark(turn: Turn, of: Turn, since: datetime | None = None) -> str:
    """Return what names the acts that the preview shows."""
    return reversal.extent(turn, of.actor.member_id or 0, since).mark


def test_all_acts_of_one_member_go_at_once_and_later_words_of_others_hold(both: Jobs, mailbox: int) -> None:
    jana, malte = both
    numbers = take(jana, mailbox, *((f"a@f{n}.example", None) for n in range(4)))
    say(jana, numbers[0], Category.LIEFERANT)
    for number in numbers[:3]:
        say(malte, number, Category.WERBUNG)
        say(malte, number, Category.NEWSLETTER)
    say(jana, numbers[2], Category.KUNDE)

    count = revoke.revoke(jana, malte.actor.member_id or 0, None, mark(jana, malte))

    assert classes(jana, numbers) == [Category.LIEFERANT, None, Category.KUNDE, None]
    assert count == 4
    assert everything(malte) == 0
    origins = dict(jana.session.execute(select(Message.conversation_id, Message.origin)).all())
    assert (origins[numbers[0]], origins[numbers[1]]) == (Origin.PERSON, None)
    jana.session.expire_all()
    assert jana.session.get_one(Conversation, numbers[1]).waiting_since is not None


def test_the_trail_says_whose_acts_since_when_and_not_how_many(both: Jobs, mailbox: int) -> None:
    jana, malte = both
    (number,) = take(jana, mailbox, ("a@f1.example", None))
    say(malte, number, Category.WERBUNG)

    revoke.revoke(jana, malte.actor.member_id or 0, jana.now, mark(jana, malte, jana.now))

    jana.session.flush()
    line = jana.session.scalars(select(Trail).order_by(Trail.id.desc())).first()
    assert line is not None
    assert (line.verb, line.member_id) == ("Alle Einordnungen eines Mitglieds zurückgenommen", jana.actor.member_id)
    assert line.about == f"member:{malte.actor.member_id}"
    assert line.before == {"since": jana.now.isoformat()}


def test_what_is_older_than_the_period_stays(both: Jobs, mailbox: int) -> None:
    jana, malte = both
    numbers = take(jana, mailbox, ("a@f1.example", None), ("a@f2.example", None))
    old = jana.session.get_one(Confirmation, say(malte, numbers[0], Category.WERBUNG))
    old.at = malte.now - timedelta(days=2)
    say(malte, numbers[1], Category.WERBUNG)

    since = jana.now - timedelta(days=1)
    revoke.revoke(jana, malte.actor.member_id or 0, since, mark(jana, malte, since))

    assert classes(jana, numbers) == [Category.WERBUNG, None]


def test_nobody_takes_back_what_the_preview_did_not_show(both: Jobs, mailbox: int) -> None:
    jana, malte = both
    (number,) = take(jana, mailbox, ("a@f1.example", None))
    who = malte.actor.member_id or 0

    with pytest.raises(Invalid, match="nichts zurückzunehmen"):
        revoke.revoke(jana, who, None, mark(jana, malte))
    say(malte, number, Category.WERBUNG)
    shown = mark(jana, malte)
    say(malte, number, Category.NEWSLETTER)
    with pytest.raises(Conflict, match="andere Einordnungen"):
        revoke.revoke(jana, who, None, shown)
    with pytest.raises(NotFound):
        revoke.revoke(jana, 4711, None, shown)
    assert everything(malte) == 2


def test_a_party_that_somebody_named_later_stays_and_its_own_undo_skips_the_hostile_one(
    both: Jobs, mailbox: int
) -> None:
    jana, malte = both
    (number,) = take(jana, mailbox, ("a@f1.example", None))
    wrong, right = (register.company(jana, name, Category.KUNDE) for name in ("Falsch", "Richtig"))
    confirm.confirm(malte, Choice((number,), Category.KUNDE, company_id=wrong))
    act = confirm.confirm(jana, Choice((number,), Category.KUNDE, company_id=right))

    revoke.revoke(jana, malte.actor.member_id or 0, None, mark(jana, malte))
    held = jana.session.get_one(Conversation, number).company_id
    confirm.undo(jana, act.confirmation_id)

    assert held == right
    assert jana.session.get_one(Conversation, number).company_id is None
    assert classes(jana, [number]) == [None]


def test_a_conversation_that_was_deleted_meanwhile_keeps_nothing_from_being_taken_back(
    both: Jobs, mailbox: int
) -> None:
    jana, malte = both
    numbers = take(jana, mailbox, ("a@f1.example", None), ("a@f2.example", None))
    for number in numbers:
        say(malte, number, Category.WERBUNG)
    jana.session.execute(delete(Message).where(Message.conversation_id == numbers[0]))
    jana.session.execute(delete(Conversation).where(Conversation.id == numbers[0]))
    jana.session.expire_all()

    count = revoke.revoke(jana, malte.actor.member_id or 0, None, mark(jana, malte))

    assert (count, book(jana)) == (1, [])
    assert classes(jana, numbers[1:]) == [None]


def test_the_keys_are_what_the_others_alone_would_have_taught(both: Jobs, mailbox: int) -> None:
    jana, malte = both
    numbers = take(jana, mailbox, *SENDERS)
    rng = random.Random(7)

    for _ in range(3):
        said = [(which, one) for one in acts(rng) for which in [rng.random() < 0.5]]
        with jana.session.begin_nested() as changed:
            for hostile, (at, category, wide) in said:
                say(malte if hostile else jana, numbers[at], category, wide=wide)
            count = sum(hostile for hostile, _ in said)
            if count:
                revoke.revoke(jana, malte.actor.member_id or 0, None, mark(jana, malte))
            after = book(jana)
            changed.rollback()
        with jana.session.begin_nested() as oracle:
            for hostile, (at, category, wide) in said:
                if not hostile:
                    say(jana, numbers[at], category, wide=wide)
            wanted = book(jana)
            oracle.rollback()
        assert after == wanted, said
