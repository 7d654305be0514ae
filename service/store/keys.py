"""Sender keys: the address book that rules read, and what a confirmation teaches it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, func, select

from classifier.book import AddressBook, Known
from models.key import SenderKey
from models.party import Company, Person
from models.terms import Category, KeyScope, KeySource, Step
from service.store import outreach, settings, written
from service.turn import Turn

# Built once, and asked for columns: every page that is taken in reads the whole book.
_ACTIVE = (
    select(
        SenderKey.source,
        SenderKey.scope,
        SenderKey.value,
        SenderKey.category,
        SenderKey.hits,
        SenderKey.others,
        SenderKey.last_at,
        func.coalesce(Company.name, Person.display_name, ""),
        SenderKey.company_id,
        SenderKey.person_id,
    )
    .outerjoin(Company, Company.id == SenderKey.company_id)
    .outerjoin(Person, Person.id == SenderKey.person_id)
    .where(SenderKey.active)
)


def book(turn: Turn) -> AddressBook:
    """Return the address book as it stands in this transaction."""
    return replace(_book(turn, _ACTIVE), written_to=outreach.written_to(turn))


def book_of(turn: Turn, values: Iterable[str]) -> AddressBook:
    """Return the part of the book that holds the keys `values`: enough to judge their own senders, and quick."""
    return _book(turn, _ACTIVE.where(SenderKey.value.in_(list(values))))


def _book(turn: Turn, which: Select[*tuple[Any, ...]]) -> AddressBook:
    shelves: dict[tuple[KeySource, KeyScope], dict[str, Known]] = {
        (source, scope): {} for source in KeySource for scope in KeyScope
    }
    for source, scope, value, *known in turn.session.execute(which):
        shelves[source, scope][value] = Known(*known)
    return AddressBook(
        own_domains=settings.own_domains(turn),
        confirmed_addresses=shelves[KeySource.BESTAETIGT, KeyScope.ADRESSE],
        master_addresses=shelves[KeySource.STAMMDATEN, KeyScope.ADRESSE],
        confirmed_domains=shelves[KeySource.BESTAETIGT, KeyScope.DOMAIN],
        master_domains=shelves[KeySource.STAMMDATEN, KeyScope.DOMAIN],
        mass_mail_rule=bool(settings.get(turn, settings.MASS_MAIL_RULE, default=False)),
        confirmed_listed=shelves[KeySource.BESTAETIGT, KeyScope.MIT_LISTE],
        confirmed_unlisted=shelves[KeySource.BESTAETIGT, KeyScope.OHNE_LISTE],
        rules=written.book(turn),
        suggest_only=frozenset(Step(step) for step in settings.get(turn, settings.SUGGEST_ONLY, [])),
    )


def teach(turn: Turn, scope: KeyScope, value: str, category: Category, party: Mapping[str, int | None]) -> SenderKey:
    """Make `value` a confirmed key of `category`, or count one more confirmation for it."""
    key = turn.session.execute(
        select(SenderKey).where(
            SenderKey.source == KeySource.BESTAETIGT, SenderKey.scope == scope, SenderKey.value == value
        )
    ).scalar_one_or_none()
    if key is None:
        key = SenderKey(
            scope=scope,
            value=value,
            category=category,
            source=KeySource.BESTAETIGT,
            hits=0,
            others=0,
            active=True,
            last_at=turn.now,
        )
        turn.session.add(key)
    elif key.category is not category:
        # The newest word of a person holds; what was confirmed before now speaks against the key.
        key.others, key.hits, key.category = key.others + key.hits, 0, category
    key.hits += 1
    key.active = True
    key.last_at = turn.now
    key.company_id = party.get("company_id")
    key.person_id = party.get("person_id")
    turn.session.flush()
    return key


def master(turn: Turn, scope: KeyScope, value: str, category: Category, company_id: int) -> None:
    """Make `value` a key from master data (Stammdaten); importing twice changes nothing."""
    found = turn.session.execute(
        select(SenderKey).where(
            SenderKey.source == KeySource.STAMMDATEN, SenderKey.scope == scope, SenderKey.value == value
        )
    ).scalar_one_or_none()
    if found is None:
        turn.session.add(
            SenderKey(
                scope=scope,
                value=value,
                category=category,
                source=KeySource.STAMMDATEN,
                company_id=company_id,
                hits=0,
                others=0,
                last_at=turn.now,
                active=True,
            )
        )
    else:
        found.category, found.company_id, found.last_at = category, company_id, turn.now
