"""Inconsistencies (S4.45): one sender in two classes, keys against master data or rules, customers without a party."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, and_, distinct, func, or_, select
from sqlalchemy.orm import aliased

from models.key import SenderKey
from models.learning import Rule
from models.message import Conversation, Message
from models.terms import TRAITS, Category, ConversationState, Direction, KeyScope, KeySource
from service.store import reach
from service.store.ids import first_of
from service.turn import Turn

# How far back messages are compared, and how many lines of a kind are shown.
PAST = timedelta(days=180)
MOST = 100


@dataclass(frozen=True, slots=True)
class Twofold:
    """A sender whose messages have several classes: how many of each, and its newest conversation."""

    sender: str
    classes: tuple[tuple[Category, int], ...]
    conversation_id: int


@dataclass(frozen=True, slots=True)
class Clash:
    """Two sources that say different things of one sender: which holds (the first), which does not."""

    value: str
    holds: str
    category: Category
    against: str
    other: Category


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found; `bare` are customers and suppliers without a party, `bare_count` how many in all."""

    twofold: tuple[Twofold, ...]
    clashes: tuple[Clash, ...]
    mixed: tuple[SenderKey, ...]
    bare: Sequence[Conversation]
    bare_count: int

    @property
    def count(self) -> int:
        """How many inconsistencies there are."""
        return len(self.twofold) + len(self.clashes) + len(self.mixed) + self.bare_count


def report(turn: Turn) -> Report:
    """Return what contradicts itself, as far as the member may see it."""
    unnamed = and_(
        Conversation.category.in_([category for category, traits in TRAITS.items() if traits.names_party]),
        Conversation.company_id.is_(None),
        Conversation.person_id.is_(None),
        Conversation.state != ConversationState.ARCHIVIERT,
        *reach.mine(turn),
    )
    return Report(
        twofold(turn),
        (*_keys_and_master(turn), *_rules_and_keys(turn), *_rules(turn)),
        tuple(turn.session.scalars(_mixed()).all()),
        turn.session.scalars(
            select(Conversation).where(unnamed).order_by(Conversation.last_at.desc()).limit(MOST)
        ).all(),
        int(turn.session.scalar(select(func.count()).select_from(Conversation).where(unnamed)) or 0),
    )


def twofold(turn: Turn) -> tuple[Twofold, ...]:
    """Return the senders whose messages of the last 180 days have more than one class, the busiest first."""
    which = (
        Message.id >= first_of(turn.now - PAST),
        Message.direction == Direction.EINGANG,
        Message.category.is_not(None),
        Message.sender != "",
    )
    senders = turn.session.execute(
        select(Message.sender, func.max(Message.conversation_id))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(*which, *reach.mine(turn))
        .group_by(Message.sender)
        .having(func.count(distinct(Message.category)) > 1)
        .order_by(func.count().desc(), Message.sender)
        .limit(MOST)
    ).all()
    names = [sender for sender, _ in senders]
    counts: dict[str, list[tuple[Category, int]]] = {}
    for sender, category, count in turn.session.execute(
        select(Message.sender, Message.category, func.count())
        .where(*which, Message.sender.in_(names))
        .group_by(Message.sender, Message.category)
        .order_by(func.count().desc())
    ):
        if category is not None:
            counts.setdefault(sender, []).append((category, int(count)))
    return tuple(Twofold(sender, tuple(counts[sender]), number) for sender, number in senders)


def _keys_and_master(turn: Turn) -> list[Clash]:
    """Return confirmed keys that contradict the master data of the same sender, or of the address's domain."""
    master = aliased(SenderKey)
    below = and_(master.scope == KeyScope.DOMAIN, master.value == SenderKey.root)
    rows = turn.session.execute(
        select(SenderKey, master)
        .join(master, or_(master.value == SenderKey.value, below))
        .where(
            SenderKey.source == KeySource.BESTAETIGT,
            SenderKey.active,
            master.source == KeySource.STAMMDATEN,
            master.active,
            SenderKey.category != master.category,
        )
        .order_by(SenderKey.value)
        .limit(MOST)
    )
    found = []
    for key, other in rows:
        # Master data of the very address stand above a confirmed domain, never the other way round.
        what = f"{'Adresse' if key.scope is KeyScope.ADRESSE else 'Domain'} bestätigt"
        found.append(Clash(key.value, what, key.category, f"Stammdaten ({other.value})", other.category))
    return found


def _rules_and_keys(turn: Turn) -> list[Clash]:
    rows = turn.session.execute(
        select(Rule, SenderKey)
        .join(SenderKey, SenderKey.value == Rule.value)
        .where(Rule.active, SenderKey.active, SenderKey.category != Rule.category)
        .order_by(Rule.position)
        .limit(MOST)
    )
    return [
        Clash(rule.value, f"Regel „{rule.name}“", rule.category, key.source.value, key.category) for rule, key in rows
    ]


def _rules(turn: Turn) -> list[Clash]:
    rules = turn.session.scalars(select(Rule).where(Rule.active).order_by(Rule.position, Rule.id)).all()
    found = []
    for at, first in enumerate(rules):
        for second in rules[at + 1 :]:
            if first.value == second.value and first.category is not second.category and _meet(first, second):
                against = f"Regel „{second.name}“"
                found.append(Clash(first.value, f"Regel „{first.name}“", first.category, against, second.category))
    return found


def _meet(first: Rule, second: Rule) -> bool:
    """Say whether one mail can meet the conditions of both."""
    pairs = ((getattr(first, name), getattr(second, name)) for name in ("listed", "channel", "account_id"))
    return all(one is None or other is None or one == other for one, other in pairs)


def _mixed() -> Select[SenderKey]:
    return (
        select(SenderKey)
        .where(
            SenderKey.source == KeySource.BESTAETIGT,
            SenderKey.scope == KeyScope.DOMAIN,
            ~SenderKey.active,
            SenderKey.off_at.is_(None),
        )
        .order_by(SenderKey.last_at.desc())
        .limit(MOST)
    )
