"""What a confirmation teaches: the keys of a sender and of its domain, dissolved when they contradict each other.

Every confirmation counts for its address; one that is to hold for the whole domain counts there, too. While all of
these addresses say the same, the domain's key answers and theirs only count beside it. When two classes were
confirmed, the domain's key falls silent, its addresses answer for themselves, and what is left of the domain is the
list header, where it tells the classes apart.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from classifier.book import may_teach
from models.address import registrable
from models.decision import Confirmation, Decision
from models.key import SenderKey
from models.terms import Category, KeyScope, KeySource
from service.turn import Turn

_LISTED = {True: KeyScope.MIT_LISTE, False: KeyScope.OHNE_LISTE}
_PLAIN = ("hits", "others", "active", "company_id", "person_id", "under_domain", "root")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One sender of an act: `wide` says that it is to hold for its domain; `listed` whether its mail is list mail."""

    peer: str
    category: Category
    wide: bool
    listed: bool | None
    party: Mapping[str, int | None]
    at: datetime

    @property
    def domain(self) -> str:
        """The domain that learns, "" for none."""
        return root(self.peer) if self.wide and "@" in self.peer and root(self.peer) != self.peer else ""


def root(value: str) -> str:
    """Return what the keys share that can change each other: the registrable domain, where it may learn at all."""
    host = registrable(value) if "@" in value or may_teach(value) else ""
    return host if host and may_teach(host) else value


def roots(values: Iterable[str]) -> list[str]:
    """Return the families of some senders."""
    return sorted({root(value) for value in values if value})


def family(turn: Turn, families: Iterable[str]) -> list[SenderKey]:
    """Return the confirmed keys of some families, in the order in which they were first taught."""
    wanted = list(families)
    found: list[SenderKey] = []
    for start in range(0, len(wanted), 500):
        found += turn.session.scalars(
            select(SenderKey)
            .where(SenderKey.source == KeySource.BESTAETIGT, SenderKey.root.in_(wanted[start : start + 500]))
            .order_by(SenderKey.id)
        ).all()
    return found


def learn(turn: Turn, lesson: Lesson) -> None:
    """Count one confirmation for the sender's keys and let the domain's key answer, or fall silent, accordingly."""
    address = _key(turn, KeyScope.ADRESSE, lesson.peer, lesson)
    other = address.category is not lesson.category
    _count(address, lesson, newest_holds=True)
    if not lesson.domain:
        # Said for this address alone: from here on it is an exception, if it says something else.
        left = address.under_domain and other
        address.under_domain = address.under_domain and not other
        address.active = address.off_at is None
        turn.session.flush()
        if left:
            _leave(turn, address)
        return
    address.under_domain = True
    if lesson.listed is not None:
        _count(_key(turn, _LISTED[lesson.listed], lesson.domain, lesson), lesson)
    domain = _key(turn, KeyScope.DOMAIN, lesson.domain, lesson)
    domain.company_id, domain.person_id = lesson.party.get("company_id"), lesson.party.get("person_id")
    domain.last_at = lesson.at
    turn.session.flush()
    _settle(domain, family(turn, [domain.root]))
    turn.session.flush()


def _leave(turn: Turn, address: SenderKey) -> None:
    """Count a domain again of whose witnesses one now says something else; without any left it falls silent."""
    kin = family(turn, [address.root])
    for domain in kin:
        if domain.scope is KeyScope.DOMAIN:
            _settle(domain, [key for key in kin if key.root == domain.root])
    address.active = address.off_at is None
    turn.session.flush()


def _key(turn: Turn, scope: KeyScope, value: str, lesson: Lesson) -> SenderKey:
    key = turn.session.execute(
        select(SenderKey).where(
            SenderKey.source == KeySource.BESTAETIGT, SenderKey.scope == scope, SenderKey.value == value
        )
    ).scalar_one_or_none()
    if key is None:
        key = SenderKey(
            scope=scope, value=value, category=lesson.category, source=KeySource.BESTAETIGT, hits=0, others=0,
            active=False, last_at=lesson.at, under_domain=False,
        )  # fmt: skip
        turn.session.add(key)
    key.root = root(value)
    return key


def _count(key: SenderKey, lesson: Lesson, *, newest_holds: bool = False) -> None:
    if key.category is lesson.category:
        key.hits += 1
    elif newest_holds:
        # The newest word of a person holds; what was confirmed before now speaks against the key.
        key.others, key.hits, key.category = key.others + key.hits, 1, lesson.category
    else:
        key.others += 1
    key.last_at = lesson.at
    key.company_id, key.person_id = lesson.party.get("company_id"), lesson.party.get("person_id")


def _settle(domain: SenderKey, kin: Sequence[SenderKey]) -> None:
    """Let the domain answer while its addresses agree; where they do not, let them, and the list header, answer."""
    witnesses = [key for key in kin if key.under_domain]
    classes = {key.category for key in witnesses}
    mixed = len(classes) > 1
    if not mixed:
        domain.category = next(iter(classes), domain.category)
    domain.hits = sum(key.hits for key in witnesses if key.category is domain.category)
    domain.others = sum(key.others for key in witnesses)
    domain.others += sum(key.hits for key in witnesses if key.category is not domain.category)
    domain.active = bool(witnesses) and not mixed and domain.off_at is None
    for key in witnesses:
        key.active = (mixed or domain.off_at is not None) and key.off_at is None
    _settle_lists([key for key in kin if key.scope in _LISTED.values()], mixed and domain.off_at is None)


def _settle_lists(lists: Sequence[SenderKey], mixed: bool) -> None:
    """What list mail of a domain with two classes is, and what other mail is, may answer where each is of one class."""
    for key in lists:
        key.active = mixed and key.others == 0 and key.off_at is None


def snapshot(turn: Turn, families: Iterable[str]) -> list[dict[str, Any]]:
    """Return the confirmed keys of these families as plain data, so that an undo can restore them exactly."""
    return [
        {
            "scope": key.scope.value,
            "value": key.value,
            "category": key.category.value,
            "last_at": key.last_at.isoformat(),
            "off_at": key.off_at.isoformat() if key.off_at else None,
            **{name: getattr(key, name) for name in _PLAIN},
        }
        for key in family(turn, families)
    ]


def restore(turn: Turn, families: Iterable[str], before: Iterable[Mapping[str, Any]]) -> None:
    """Bring the confirmed keys of these families back to a snapshot; keys that were not in it go away."""
    wanted = {(row["scope"], row["value"]): row for row in before}
    for key in family(turn, families):
        row = wanted.get((key.scope.value, key.value))
        if row is None:
            turn.session.delete(key)
            continue
        key.category = Category(row["category"])
        key.last_at = datetime.fromisoformat(row["last_at"])
        for name in _PLAIN:
            setattr(key, name, row[name])
    turn.session.flush()


def take_back(turn: Turn, gone: Container[str], order: Sequence[Confirmation]) -> None:
    """Make the keys what they would be had some acts never been: as before them, then what other acts taught since.

    `gone` are the ids of these acts; `order` are the acts since the first of them that stood until now, as
    `acts_since` gives them. What a person switched off meanwhile stays off. The other acts get new snapshots, so that
    taking them back is exact, too.
    """
    first: dict[str, int] = {}
    before: list[Mapping[str, Any]] = []
    for at, act in enumerate(order):
        new = {root(row["peer"]) for row in act.conversations_before if row["peer"]} - first.keys()
        if act.id in gone and new:
            first |= dict.fromkeys(new, at)
            before += [row for row in act.keys_before if row["root"] in new]
    off = {(key.scope, key.value): key.off_at for key in family(turn, first)}
    restore(turn, first, before)
    for at, act in enumerate(order):
        rows = [row for row in act.conversations_before if row["peer"] and first.get(root(row["peer"]), at) < at]
        if rows and act.id not in gone:
            _teach_again(turn, act, rows)
    if any(off.values()):
        _keep_off(family(turn, first), off)
    turn.session.flush()


def _teach_again(turn: Turn, act: Confirmation, rows: Sequence[Mapping[str, Any]]) -> None:
    families = roots(row["peer"] for row in rows)
    kept = [row for row in act.keys_before if row["root"] not in families]
    act.keys_before = kept + snapshot(turn, families)
    for lesson in lessons(rows, act.category, act.at):
        learn(turn, lesson)


def _keep_off(kin: Sequence[SenderKey], off: Mapping[tuple[KeyScope, str], datetime | None]) -> None:
    for key in kin:
        key.off_at = off.get((key.scope, key.value), key.off_at)
        key.active = key.active and key.off_at is None
    for domain in kin:
        if domain.scope is KeyScope.DOMAIN:
            _settle(domain, [key for key in kin if key.root == domain.root])


def acts_since(turn: Turn, since: datetime) -> Sequence[Confirmation]:
    """Return the acts since then that still hold, in order; those of one instant by their first decision."""
    firsts = (
        select(Decision.confirmation_id, func.min(Decision.id).label("first"))
        .where(Decision.confirmation_id.in_(select(Confirmation.id).where(Confirmation.at >= since)))
        .group_by(Decision.confirmation_id)
        .subquery()
    )
    return turn.session.scalars(
        select(Confirmation)
        .outerjoin(firsts, firsts.c.confirmation_id == Confirmation.id)
        .where(Confirmation.at >= since, Confirmation.undone_at.is_(None))
        .order_by(Confirmation.at, func.coalesce(firsts.c.first, 0))
    ).all()


def lessons(rows: Iterable[Mapping[str, Any]], category: Category, at: datetime) -> list[Lesson]:
    """Return what an act taught, one lesson per sender, from the rows it keeps of its conversations."""
    found = {
        row["peer"]: Lesson(
            row["peer"],
            category,
            bool(row["wide"]),
            row["listed"],
            {"company_id": row["named_company_id"], "person_id": row["named_person_id"]},
            at,
        )
        for row in rows
        if row["peer"]
    }
    return list(found.values())
