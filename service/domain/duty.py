"""Who is responsible for a conversation at an instant: by hand, party, mailbox, deputies, team lead, whoever is there.

The own deputies of somebody away come first, in order; then the deputies of these, level by level up to a limit, each
person looked at once, so that a loop ends by itself (S4.82). Own working hours count only for what cannot wait a day
(WhatsApp), and only while the firm is open: at night nobody else is told, the message stays where it belongs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.terms import CalendarKind, DutyBy, Role
from service.domain import hours as calendars
from service.domain.hours import Hours

# Who does the daily work and can therefore be responsible.
WORKING = frozenset({Role.MITARBEITER, Role.TEAM_LEAD, Role.ADMIN})

# Who may enter absences and deputies of somebody else: a sick person does not sign in.
FOR_OTHERS = frozenset({Role.TEAM_LEAD, Role.ADMIN})

Span = tuple[datetime, datetime]

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Person:
    """A member as duty sees it; `hours` None means no working hours of his own."""

    id: int
    role: Role
    active: bool = True
    hours: Hours | None = None

    @property
    def works(self) -> bool:
        """Whether this person can be responsible at all: active, in a role that does the daily work."""
        return self.active and self.role in WORKING


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is responsible and why. `instead_of` is the person away whose place it is; `chain` who was looked at."""

    member_id: int | None
    by: DutyBy
    instead_of: int | None = None
    chain: tuple[int, ...] = ()


NOBODY = Duty(None, DutyBy.NIEMAND)


@dataclass(frozen=True)
class Duties:
    """Everything that decides who is responsible.

    `deputies` are each member's in order, `absences` half-open spans [from, until), `accounts` the members of each
    mailbox or number by position, `leads` those who lead a team it belongs to, `opening` the firm's hours. `limit` is
    how many levels of deputies of deputies are followed.
    """

    persons: Mapping[int, Person]
    deputies: Mapping[int, Sequence[int]] = field(default_factory=dict)
    absences: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    accounts: Mapping[int, Sequence[int]] = field(default_factory=dict)
    leads: Mapping[int, Sequence[int]] = field(default_factory=dict)
    opening: Hours | None = None
    limit: int = 5

    def works(self, member_id: int | None) -> bool:
        """Return whether a member exists, is active and does the daily work."""
        found = self.persons.get(member_id) if member_id is not None else None
        return found is not None and found.works

    def away(self, member_id: int, at: datetime) -> bool:
        """Return whether an absence of a member runs at `at`."""
        return any(start <= at < end for start, end in self.absences.get(member_id, ()))

    def available(self, member_id: int, at: datetime, *, urgent: bool = False) -> bool:
        """Return whether a member can take something at `at`; when it is urgent, own working hours count too."""
        return self.works(member_id) and not self.away(member_id, at) and not (urgent and self._off(member_id, at))

    def _off(self, member_id: int, at: datetime) -> bool:
        own = self.persons[member_id].hours
        return own is not None and _open(self.opening, at) and not _open(own, at)

    def responsible(
        self,
        account_id: int,
        owner_id: int | None,
        assignee_id: int | None,
        at: datetime,
        *,
        urgent: bool = False,
    ) -> Duty:
        """Return who is responsible for a conversation of an account at `at`; never somebody away or inactive.

        `assignee_id` was made responsible by hand, `owner_id` looks after the party. When nobody is inside working
        hours, hours do not count. NIEMAND only when everybody who works is away.
        """
        found = self._pass(account_id, owner_id, assignee_id, at, urgent)
        if found is None and urgent:
            found = self._pass(account_id, owner_id, assignee_id, at, urgent=False)
        if found is None:
            there = self._first(sorted(self.persons), at, urgent=False)
            found = NOBODY if there is None else Duty(there, DutyBy.AUSHILFE)
        return found

    def stand_ins(self, member_id: int, at: datetime) -> tuple[int, ...]:
        """Return who holds a member's rights while he is away at `at`, without repeats; empty when nobody is there.

        That is his first available deputy; without one, whoever is responsible for each of his mailboxes. Nobody for
        a member who does not do the daily work.
        """
        if not self.works(member_id):
            return ()
        chosen = self._first(self.chain(member_id), at, urgent=False)
        if chosen is not None:
            return (chosen,)
        own = [account for account, members in sorted(self.accounts.items()) if member_id in members] or [0]
        found = [self.responsible(account, None, member_id, at).member_id for account in own]
        return tuple(dict.fromkeys(number for number in found if number is not None))

    def chain(self, member_id: int) -> tuple[int, ...]:
        """Return who stands in for a member, in order: own deputies, then theirs, each once, up to the limit."""
        seen = {member_id: None}
        level = [member_id]
        for _ in range(self.limit):
            level = [
                number
                for holder in level
                for number in self.deputies.get(holder, ())
                if number not in seen and seen.setdefault(number) is None
            ]
        return tuple(seen)[1:]

    def _pass(
        self, account_id: int, owner_id: int | None, assignee_id: int | None, at: datetime, urgent: bool
    ) -> Duty | None:
        for holder, by in ((assignee_id, DutyBy.HAND), (owner_id, DutyBy.PARTNER)):
            if holder is not None and self.works(holder):
                return self._held([holder], by, account_id, (at, urgent))
        return self._held(
            [number for number in self.accounts.get(account_id, ()) if self.works(number)],
            DutyBy.POSTFACH,
            account_id,
            (at, urgent),
        )

    def _held(self, holders: list[int], by: DutyBy, account_id: int, when: tuple[datetime, bool]) -> Duty | None:
        """Return the first holder who is there, else a deputy of the first, else who leads; None when none is there."""
        at, urgent = when
        first = holders[0] if holders else None
        line = (*holders, *(n for n in self.chain(holders[0]) if n not in holders)) if holders else ()
        chosen = self._first(line, at, urgent=urgent)
        if chosen is not None:
            return Duty(chosen, by, None if chosen == first else first, line[: line.index(chosen) + 1])
        for candidates, why in self._ends(account_id):
            chosen = self._first(candidates, at, urgent=urgent)
            if chosen is not None:
                return Duty(chosen, why, first, (*line, chosen))
        return None

    def _ends(self, account_id: int) -> Iterator[tuple[Iterable[int], DutyBy]]:
        yield self.leads.get(account_id, ()), DutyBy.LEITUNG
        yield self._of_role(Role.TEAM_LEAD), DutyBy.LEITUNG
        yield self._of_role(Role.ADMIN), DutyBy.AUSHILFE
        yield self.accounts.get(account_id, ()), DutyBy.AUSHILFE

    def _of_role(self, role: Role) -> list[int]:
        return sorted(person.id for person in self.persons.values() if person.role is role)

    def _first(self, members: Iterable[int], at: datetime, *, urgent: bool) -> int | None:
        return next((number for number in members if self.available(number, at, urgent=urgent)), None)


def _open(hours: Hours | None, at: datetime) -> bool:
    """Return whether `at` lies inside hours; without hours always."""
    if hours is None:
        return True
    return calendars.calendar(CalendarKind.OEFFNUNG, hours).elapsed(at, at + _INSTANT) > timedelta(0)


def dead_end(deputies: Mapping[int, Sequence[int]], member_id: int) -> tuple[int, ...]:
    """Return the loop in which a member and his deputies only stand in for each other; () when there is none.

    A loop with a way out is none: if somebody whom the chain reaches has no deputies, or leads to somebody else, it
    ends there. Refused is the set that nobody leaves, as two people who have nobody but each other (Zammad #3694).
    The loop is returned as it runs: (A, B, A).
    """
    loop = _way(deputies, member_id, member_id)
    everybody = _reach(deputies, member_id)
    return loop if all(_way(deputies, number, member_id) for number in everybody) else ()


def _reach(deputies: Mapping[int, Sequence[int]], start: int) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        for number in deputies.get(waiting.pop(), ()):
            if number not in found:
                found.add(number)
                waiting.append(number)
    return found


def _way(deputies: Mapping[int, Sequence[int]], start: int, goal: int) -> tuple[int, ...]:
    """Return the shortest way of at least one step from a member to another; () when there is none."""
    ways: list[tuple[int, ...]] = [(start,)]
    seen: set[int] = set()
    for way in ways:
        for number in deputies.get(way[-1], ()):
            if number == goal:
                return (*way, goal)
            if number not in seen:
                seen.add(number)
                ways.append((*way, number))
    return ()
