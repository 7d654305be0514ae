"""Whose averages may be shown: groups of five people or more, never so that the figure of a smaller one follows.

Mailboxes and numbers are put into blocks: an account with enough people is one alone, all smaller ones of a channel are
one together, and where even these are too few, the smallest large one joins them. Averages are shown for whole blocks
only. Whatever is added to or taken from each other, the outcome is about whole blocks again, so a smaller group never
follows: not from the firm minus the rest, not from two mixed choices. Days keep the blocks that held on them, so it
does not follow from two times of asking either. Source: section 87 (1) no. 6 BetrVG; a works agreement may go down to
`AGREED_MINIMUM` for what it names, never to one person: of two people each would know the other's figure by taking away
the own one.
"""

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.terms import Channel
from service.domain.kpi import GROUP_MINIMUM, WITHHELD

AGREED_MINIMUM = 3

Blocks = Mapping[int, frozenset[int]]


class Mode(enum.StrEnum):
    """How figures are protected: by groups alone, or as a works agreement says until it ends."""

    TEAM = "team"
    VEREINBARUNG = "vereinbarung"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A works agreement: its name or number, what it covers (None = all mailboxes and numbers), its last local day."""

    name: str
    accounts: frozenset[int] | None
    until: date

    def covers(self, account_ids: Iterable[int]) -> bool:
        """Return whether all these accounts are within its scope."""
        return self.accounts is None or self.accounts.issuperset(account_ids)


@dataclass(frozen=True, slots=True)
class Holder:
    """A mailbox or number with the active people who look after it; `claimed` is their number where nobody is named."""

    account_id: int
    channel: Channel
    people: frozenset[int]
    claimed: int


SMALL = WITHHELD
MIXED = (
    f"Aus dieser Auswahl und den übrigen Zahlen ließe sich die Zahl einer Gruppe mit weniger als {GROUP_MINIMUM} "
    "Personen errechnen. Mittelwerte und Anteile werden dafür nicht gezeigt."
)
EARLIER = (
    f"In diesem Zeitraum oder im Vergleich dazu arbeiteten hier zeitweise weniger als {GROUP_MINIMUM} Personen. "
    "Mittelwerte und Anteile werden deshalb nicht gezeigt."
)


def holds(agreement: Agreement | None, today: date) -> Agreement | None:
    """Return the agreement while it is in force, its last day included; None falls back to groups alone."""
    return agreement if agreement is not None and today <= agreement.until else None


def people(holders: Iterable[Holder]) -> int:
    """Return how many different people certainly stand behind these accounts."""
    found = tuple(holders)
    known = frozenset[int]().union(*(one.people for one in found))
    return max([len(known), *(one.claimed for one in found if not one.people)])


def blocks(holders: Iterable[Holder], agreement: Agreement | None = None) -> dict[int, frozenset[int]]:
    """Return the block of every account; `agreement` is one that is in force."""
    by_channel: dict[Channel, list[Holder]] = defaultdict(list)
    for one in sorted(holders, key=lambda holder: holder.account_id):
        by_channel[one.channel].append(one)
    found: dict[int, frozenset[int]] = {}
    for some in by_channel.values():
        for group in _groups(some, agreement):
            together = frozenset(one.account_id for one in group)
            found |= dict.fromkeys(together, together)
    return found


def _groups(holders: Sequence[Holder], agreement: Agreement | None) -> list[list[Holder]]:
    rest = [one for one in holders if not _is_enough([one], agreement)]
    large = [one for one in holders if _is_enough([one], agreement)]
    # The smallest ones that are large without an agreement stand last: they give up being shown alone first.
    large.sort(key=lambda one: (_is_enough([one], None), -one.claimed, one.account_id))
    while rest and large and not _is_enough(rest, agreement):
        rest.append(large.pop())
    return [[one] for one in large] + ([rest] if rest else [])


def _is_enough(group: Sequence[Holder], agreement: Agreement | None) -> bool:
    agreed = agreement is not None and agreement.covers(one.account_id for one in group)
    return people(group) >= (AGREED_MINIMUM if agreed else GROUP_MINIMUM)


def withheld(
    wanted: frozenset[int],
    holders: Sequence[Holder],
    agreement: Agreement | None = None,
    earlier: Iterable[Blocks] = (),
) -> str:
    """Return why averages of these accounts together are not shown; "" when they are.

    `earlier` are the blocks that held on days of the period; `agreement` is one that is in force.
    """
    chosen = [one for one in holders if one.account_id in wanted]
    return _why(wanted, chosen, blocks(holders, agreement), agreement, earlier)


def alone(
    holders: Sequence[Holder], agreement: Agreement | None = None, earlier: Sequence[Blocks] = ()
) -> dict[int, str]:
    """Return the same for every account by itself."""
    present = blocks(holders, agreement)
    return {one.account_id: _why(frozenset({one.account_id}), [one], present, agreement, earlier) for one in holders}


def _why(
    wanted: frozenset[int],
    chosen: Sequence[Holder],
    present: Blocks,
    agreement: Agreement | None,
    earlier: Iterable[Blocks],
) -> str:
    small = [one for one in chosen if not _is_enough([one], agreement)]
    if _too_few(small, present, agreement):
        return SMALL
    if not _is_whole(wanted, present):
        return MIXED
    for past in earlier:
        if not _is_whole(wanted, past, agreement):
            return EARLIER
    return ""


def _too_few(small: Sequence[Holder], present: Blocks, agreement: Agreement | None) -> bool:
    """Say whether the small accounts of a choice are too few people even together; of each channel by itself."""
    parts: dict[frozenset[int], list[Holder]] = defaultdict(list)
    for one in small:
        parts[present[one.account_id]].append(one)
    return any(not _is_enough(part, agreement) for part in parts.values())


def _is_whole(wanted: frozenset[int], found: Blocks, agreement: Agreement | None = None) -> bool:
    """Say whether a choice is made of whole blocks; a block that an agreement covers may be cut."""
    touched = {found[number] for number in wanted if number in found}
    return all(block <= wanted or (agreement is not None and agreement.covers(block)) for block in touched)
