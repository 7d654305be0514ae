"""Unclassified messages of a sender, judged again when the address book has learned."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from classifier import classify, rules
from classifier.book import EMPTY, AddressBook
from classifier.learned import Learned
from classifier.suggestion import Suggestion
from models.account import Account
from models.decision import Decision
from models.message import Message
from models.terms import Category, Direction, KeyScope, Origin, Step
from service.store import messages, rows, settings, tallies, written
from service.store.tallies import Delta
from service.turn import Turn

# Without the learned fallback at hand, only an answer of the book may replace what the message already shows; an
# answer of a key that has fallen silent goes all the same.
_WEAK = frozenset({Step.MODELL, Step.KEINER})
# Steps that answer from what people confirmed.
_TAUGHT = (Step.ADRESSE_BESTAETIGT, Step.LISTE_BESTAETIGT, Step.DOMAIN_BESTAETIGT)


def of_sender(turn: Turn, scope: KeyScope, value: str) -> Sequence[Message]:
    """Return the unclassified inbound messages that a key of this scope and value would match."""
    column = Message.sender_domain if scope is KeyScope.DOMAIN else Message.sender
    waiting = select(Message).where(
        Message.category.is_(None), Message.direction == Direction.EINGANG, Message.removed_at.is_(None)
    )
    if scope is KeyScope.ADRESSE:
        waiting = waiting.where((column == value) | (Message.user_id == value))
    else:
        waiting = waiting.where(column == value)
    return turn.session.scalars(waiting.limit(50_000)).all()


def judge_again(
    turn: Turn, waiting: Iterable[Message], judge: tuple[AddressBook, Learned | None], confirmation_id: str | None
) -> tuple[int, frozenset[int]]:
    """Classify these messages anew; explicit answers become final. Return how many, and the touched conversations."""
    book, model = judge
    names = dict(turn.session.execute(select(Account.id, Account.address)).all())
    changed: list[dict[str, Any]] = []
    decided: list[Message] = []
    decisions: list[dict[str, Any]] = []
    touched: set[int] = set()
    named: dict[int, tuple[int | None, int | None]] = {}
    hits: list[int | None] = []
    for message in waiting:
        suggestion = classify.classify(rows.record(message, names[message.account_id]), book, model)
        if model is None and suggestion.step in _WEAK and message.step in _WEAK:
            continue
        final = suggestion.category if suggestion.explicit else None
        hits.append(suggestion.rule)
        changed.append(_row(turn, message, suggestion, final))
        touched.add(message.conversation_id)
        if final is not None:
            decided.append(message)
            named[message.conversation_id] = (suggestion.company_id, suggestion.person_id)
            decisions.append(_decision(turn, message, final, confirmation_id))
    if decisions:
        turn.session.connection().execute(insert(Decision), decisions)
    _settle(turn, changed, decided)
    messages.assign(turn, named)
    written.count(turn, hits)
    return len(decided), frozenset(touched)


def by_keys(turn: Turn, families: Sequence[str], since: datetime) -> Sequence[Message]:
    """Return the messages of some families of senders that got their class from a confirmed key since then."""
    found: list[Message] = []
    for start in range(0, len(families), 500):
        some = families[start : start + 500]
        found += turn.session.scalars(
            select(Message).where(
                Message.sender_domain.in_(some) | Message.sender.in_(some) | Message.user_id.in_(some),
                Message.direction == Direction.EINGANG,
                Message.origin == Origin.REGEL,
                Message.step.in_(_TAUGHT),
                Message.decided_at >= since,
            )
        ).all()
    return found


def withdraw(turn: Turn, found: Iterable[Message], book: AddressBook) -> frozenset[int]:
    """Take back what keys said of messages and would not say any more; return the conversations of these."""
    names = dict(turn.session.execute(select(Account.id, Account.address)).all())
    changed: list[dict[str, Any]] = []
    moved: list[tuple[Message, Category | None, Category | None]] = []
    for message in found:
        suggestion = classify.classify(rows.record(message, names[message.account_id]), book, None)
        final = suggestion.category if suggestion.explicit else None
        if final is not message.category:
            moved.append((message, message.category, final))
            changed.append(_row(turn, message, suggestion, final))
    if moved:
        noted = [_decision(turn, m, final, None) | {"origin": Origin.RUECKNAHME} for m, _, final in moved]
        turn.session.connection().execute(insert(Decision), noted)
        tally(turn, moved)
        messages.settle(turn, changed)
    return frozenset(message.conversation_id for message, _, _ in moved)


def _row(turn: Turn, message: Message, suggestion: Suggestion, final: Category | None) -> dict[str, Any]:
    return {
        "b_id": message.id,
        "suggested": suggestion.category,
        "confidence": suggestion.confidence,
        "step": suggestion.step,
        "reason": rows.clean(suggestion.reason),
        "category": final,
        "origin": Origin.REGEL if final else None,
        "decided_at": turn.now if final else None,
    }


def _settle(turn: Turn, changed: Sequence[dict[str, Any]], decided: Sequence[Message]) -> None:
    finals = {row["b_id"]: row["category"] for row in changed if row["category"] is not None}
    tally(turn, [(message, None, finals[message.id]) for message in decided])
    messages.settle(turn, list(changed))


def _decision(turn: Turn, message: Message, final: Category | None, confirmation_id: str | None) -> dict[str, Any]:
    return {
        "message_id": message.id,
        "confirmation_id": confirmation_id,
        "at": turn.now,
        "member_id": turn.actor.member_id,
        "origin": Origin.REGEL,
        "previous": message.category,
        "category": final,
        "suggested": message.suggested,
        "confidence": message.confidence,
        "step": message.step,
        "reason": message.reason,
    }


def unbelieved(turn: Turn, found: Iterable[Message], category: Category) -> frozenset[bytes]:
    """Return which messages only claim to be of their sender, so that none may inherit this class (ids)."""
    book = replace(EMPTY, own_domains=settings.own_domains(turn))
    return frozenset(
        m.id for m in found if rules.unproven(rules.read(rows.record(m, ""), book, system=False), category)
    )


def tally(turn: Turn, moves: Iterable[tuple[Message, Category | None, Category | None]]) -> None:
    """Move messages from one class to another in the tallies of their day."""
    zone = ZoneInfo(settings.zone(turn))
    deltas: list[Delta] = []
    for message, before, after in moves:
        for category, sign in ((before, -1), (after, 1)):
            # Gone from its mailbox and in no class, it does not count (tallies.keeps).
            if category is not None or message.removed_at is None:
                delta = tallies.arrived(message.account_id, message.direction, message.received_at, category, zone)
                deltas.append(tallies.times(tallies.as_copy(delta) if message.copied else delta, sign))
    tallies.apply(turn, deltas)


def newest(turn: Turn, most: int) -> Sequence[Message]:
    """Return the newest unclassified inbound messages that no key answered for: what a model may say more about."""
    waiting = select(Message).where(
        Message.category.is_(None),
        Message.direction == Direction.EINGANG,
        Message.removed_at.is_(None),
        Message.step.in_(_WEAK),
    )
    return turn.session.scalars(waiting.order_by(Message.received_at.desc()).limit(most)).all()
