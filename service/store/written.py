"""Rules that people wrote: kept in their order, read into the address book, counted, and tried out on past mail."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from classifier.book import Written
from models.account import Account
from models.key import SenderKey
from models.learning import Rule
from models.message import Conversation, Message
from models.party import Company, Person
from models.staff import Member
from models.terms import Category, Direction, KeyScope, KeySource
from service.errors import NotFound
from service.store import reach
from service.store.ids import first_of
from service.turn import Turn

# How far back a rule is tried out, and how many conversations are shown.
PAST = timedelta(days=90)
SHOWN = 20

_ACTIVE = (
    select(Rule, func.coalesce(Company.name, Person.display_name), Account.address)
    .outerjoin(Company, Company.id == Rule.company_id)
    .outerjoin(Person, Person.id == Rule.person_id)
    .outerjoin(Account, Account.id == Rule.account_id)
    .where(Rule.active)
    .order_by(Rule.position, Rule.id)
)


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as the page shows it: with its party, mailbox and author in words."""

    rule: Rule
    party: str
    account: str
    author: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule would do: `matching` mails of the last 90 days, `waiting` of them without a class, `other` with
    another one (these stay as they are), and the newest conversations it is about.
    """

    matching: int
    waiting: int
    other: int
    classes: tuple[tuple[Category | None, int], ...]
    newest: tuple[Conversation, ...]


def book(turn: Turn) -> Mapping[str, tuple[Written, ...]]:
    """Return the active rules by the address, number or domain that they name, in their order."""
    found: dict[str, tuple[Written, ...]] = {}
    for rule, party, account in turn.session.execute(_ACTIVE):
        one = Written(
            rule.id, rule.name, rule.category, rule.listed, rule.channel, account or "", party or "",
            rule.company_id, rule.person_id,
        )  # fmt: skip
        found[rule.value] = (*found.get(rule.value, ()), one)
    return found


def get(turn: Turn, rule_id: int) -> Rule:
    """Return one rule. Raises NotFound."""
    found = turn.session.get(Rule, rule_id)
    if found is None:
        raise NotFound("Diese Regel gibt es nicht (mehr).")
    return found


def every(turn: Turn) -> Sequence[Rule]:
    """Return all rules in their order."""
    return turn.session.scalars(select(Rule).order_by(Rule.position, Rule.id)).all()


def lines(turn: Turn) -> tuple[Line, ...]:
    """Return all rules as people read them, in their order."""
    rows = turn.session.execute(
        select(Rule, func.coalesce(Company.name, Person.display_name), Account.name, Member.name)
        .outerjoin(Company, Company.id == Rule.company_id)
        .outerjoin(Person, Person.id == Rule.person_id)
        .outerjoin(Account, Account.id == Rule.account_id)
        .outerjoin(Member, Member.id == Rule.member_id)
        .order_by(Rule.position, Rule.id)
    )
    return tuple(Line(rule, party or "", account or "", author or "") for rule, party, account, author in rows)


def learned(turn: Turn, text: str, most: int) -> Sequence[SenderKey]:
    """Return learned senders whose address or domain contains `text`, those confirmed last first."""
    found = select(SenderKey).where(
        SenderKey.source == KeySource.BESTAETIGT, SenderKey.active | SenderKey.off_at.is_not(None)
    )
    if text:
        found = found.where(SenderKey.value.contains(text.lower(), autoescape=True))
    return turn.session.scalars(found.order_by(SenderKey.last_at.desc(), SenderKey.id.desc()).limit(most)).all()


def count(turn: Turn, rules: Iterable[int | None]) -> None:
    """Count how often rules answered in this turn; None for answers of other steps."""
    for number, times in sorted(Counter(filter(None, rules)).items()):
        turn.session.connection().execute(
            update(Rule).where(Rule.id == number).values(hits=Rule.hits + times, last_hit_at=turn.now)
        )


def effect(turn: Turn, rule: Rule) -> Effect:
    """Return what a rule, stored or only thought of, is about in the mail of the last 90 days that one may see."""
    which = and_(Message.id >= first_of(turn.now - PAST), *_conditions(rule), *reach.mine(turn))
    rows = turn.session.execute(
        select(Message.category, func.count())
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(which)
        .group_by(Message.category)
    ).all()
    ids = select(Message.conversation_id).join(Conversation, Conversation.id == Message.conversation_id).where(which)
    newest = turn.session.scalars(
        select(Conversation)
        .where(Conversation.id.in_(ids))
        .order_by(Conversation.last_at.desc(), Conversation.id)
        .limit(SHOWN)
    ).all()
    counts = {category: int(number) for category, number in rows}
    waiting = counts.get(None, 0)
    other = sum(number for category, number in counts.items() if category not in (None, rule.category))
    return Effect(
        sum(counts.values()), waiting, other, tuple(sorted(counts.items(), key=lambda c: -c[1])), tuple(newest)
    )


def waiting(turn: Turn, rule: Rule) -> Sequence[Message]:
    """Return the unclassified inbound messages that a rule is about, wherever they lie."""
    return turn.session.scalars(
        select(Message).where(Message.category.is_(None), *_conditions(rule)).limit(50_000)
    ).all()


def _conditions(rule: Rule) -> list[ColumnElement[bool]]:
    found = [Message.direction == Direction.EINGANG, Message.removed_at.is_(None), _sender(rule)]
    if rule.channel is not None:
        found.append(Message.channel == rule.channel)
    if rule.account_id is not None:
        found.append(Message.account_id == rule.account_id)
    if rule.listed is not None:
        listed = or_(
            func.coalesce(Message.flags["list_id"].as_string(), "") != "",
            func.coalesce(Message.flags["list_unsubscribe"].as_boolean(), False),
        )
        found += [Message.flags.is_not(None), listed if rule.listed else ~listed]
    return found


def _sender(rule: Rule) -> ColumnElement[bool]:
    if rule.scope is KeyScope.ADRESSE:
        return (Message.sender == rule.value) | (Message.user_id == rule.value)
    # A deeper domain than the registrable one: the address ends with it.
    return Message.sender.endswith(f"@{rule.value}", autoescape=True) | Message.sender.endswith(
        f".{rule.value}", autoescape=True
    )
