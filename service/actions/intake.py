"""Take in: records become messages in conversations, with a suggestion, a standing and their counts, in one go."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from classifier import classify
from classifier.book import AddressBook
from classifier.learned import Learned
from classifier.suggestion import Suggestion
from classifier.system_mail import is_system
from connectors.base import Change
from models.record import MessageRecord
from models.terms import Channel, Direction, Step
from service.domain import threads
from service.store import clocks, lines, messages, returning, rows, settings, sightings, tallies, written
from service.store.sightings import NOWHERE, Known, Sight, Where
from service.store.tallies import Delta
from service.turn import Turn

# A calendar's own answer (somebody accepted a meeting) says nothing to anybody (events of Microsoft Graph).
_NO_LETTERS = frozenset({"eventMessageResponse"})
# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_IN, _OUT, _MAIL, _NONE = Direction.EINGANG, Direction.AUSGANG, Channel.EMAIL, Step.KEINER


@dataclass(frozen=True, slots=True)
class Judge:
    """Who suggests: the address book as it stands, and the learned fallback where there is one.

    `hits` are the rules of people that answered since the last page was stored.
    """

    book: AddressBook
    model: Learned | None = None
    hits: list[int | None] = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought: new messages, and those that were known already or are not to be stored."""

    new: int
    known: int


@dataclass(frozen=True, slots=True)
class _Stored:
    """Conversations that have to be read again after new messages, and what these add to the counts."""

    touched: set[int]
    deltas: list[Delta]


def take_in(
    turn: Turn, records: Sequence[MessageRecord], account_id: int, judge: Judge, where: Where = NOWHERE
) -> Taken:
    """Store the records of one account that are not known yet, and bring the known ones up to date.

    Taking in the same page twice changes nothing. What was decided about a message and what its clock measured stays,
    however often it is read again.
    """
    single = {rows.clean(record.source_id, 1000): record for record in records if not record.is_draft}
    known = sightings.known(turn, account_id, single)
    fresh = [record for source_id, record in single.items() if source_id not in known]
    fresh = [record for record in fresh if where.horizon is None or record.received_at >= where.horizon]
    fresh = returning.admitted(turn, account_id, fresh)
    touched = set(sightings.meet(turn, [_sight(row, single[key], where) for key, row in known.items()], where))
    stored = _store(turn, fresh, account_id, judge, where) if fresh else _Stored(set(), [])
    written.count(turn, judge.hits)
    judge.hits.clear()
    clocks.refresh(turn, touched | stored.touched, stored.deltas)
    return Taken(len(fresh), len(records) - len(fresh))


def change(turn: Turn, account_id: int, changes: Iterable[Change], where: Where = NOWHERE) -> int:
    """Apply sparse changes of known messages (read toggles, moves); unknown ones are left out. Return the touched."""
    said = {rows.clean(item.source_id, 1000): item for item in changes}
    if not said:
        return 0
    known = sightings.known(turn, account_id, said)
    seen = [Sight(row, said[key].is_read, said[key].folder or where.folder) for key, row in known.items()]
    touched = sightings.meet(turn, seen, where)
    clocks.refresh(turn, touched)
    return len(known)


def _sight(row: Known, record: MessageRecord, where: Where) -> Sight:
    return Sight(row, record.is_read, record.folder or where.folder)


def _store(turn: Turn, fresh: Sequence[MessageRecord], account_id: int, judge: Judge, where: Where) -> _Stored:
    """Store new records in one go; return which conversations have to be looked at again, and what to count."""
    own = judge.book.own_domains
    threaded = _threads(fresh, own)
    numbers, blanks = messages.conversations(turn, threaded, account_id, own)
    copies = sightings.copies(turn, (record.internet_message_id for record in fresh))
    rows_of: dict[int, list[dict[str, Any]]] = defaultdict(list)
    by_id = {}
    named = {}
    suggestions = _suggestions(fresh, judge)
    for (thread, record), suggestion in zip(threaded, suggestions, strict=True):
        number = numbers[record.channel, thread]
        row = rows.row(record, account_id, suggestion, turn.now)
        row |= _placed(record, own, where)
        row["conversation_id"] = number
        row["opens_clock"] = row["opens_clock"] and _may_count(record, own)
        row["copied"] = _is_copy(row, copies)
        by_id[row["id"]] = record
        if suggestion.explicit:
            named[number] = (suggestion.company_id, suggestion.person_id)
        rows_of[number].append(row)
    deltas = clocks.begin(turn, blanks, named, {number: lines.of_new(rows_of[number]) for number in blanks})
    stored = [row for mine in rows_of.values() for row in mine]
    messages.add(turn, stored, by_id, own)
    messages.assign(turn, {number: party for number, party in named.items() if number not in blanks})
    deltas += tallies.of_new(stored, ZoneInfo(settings.zone(turn)))
    # A chat may have events that are older than its first message; only its rows can say.
    seen = {n for n in rows_of if n not in blanks or blanks[n]["channel"] is not _MAIL}
    return _Stored(seen, deltas)


def _is_copy(row: dict[str, Any], copies: set[tuple[str, Any]]) -> bool:
    """Say whether the same mail is stored already, and note this one."""
    mail = (row["internet_message_id"], row["direction"])
    known = mail in copies
    if mail[0]:
        copies.add(mail)
    return known


def _placed(record: MessageRecord, own: frozenset[str], where: Where) -> dict[str, Any]:
    """Return where a message lies, and whether it is a colleague's answer of which we got a copy."""
    inbound = record.direction is _IN and record.channel is _MAIL
    answers = inbound and threads.is_own(record.sender, own) and bool(rows.outside(record.to, own))
    return {"folder": rows.clean(record.folder or where.folder), "seen_round": where.round, "answers": answers}


def _threads(records: Sequence[MessageRecord], own: frozenset[str]) -> list[tuple[str, MessageRecord]]:
    return [(rows.clean(threads.thread_key(record, own), 1000), record) for record in records]


def _suggestions(records: Sequence[MessageRecord], judge: Judge) -> list[Suggestion]:
    """Suggest classes for what came in, all at once; of what went out only whether a machine sent it matters."""
    inbound = [record for record in records if record.direction is not _OUT]
    answers = [found.answer for found in classify.judge_all(inbound, judge.book, judge.model)]
    judge.hits.extend(answer.rule for answer in answers)
    following = iter(answers)
    return [_of_ours(each) if each.direction is _OUT else next(following) for each in records]


def _of_ours(record: MessageRecord) -> Suggestion:
    return Suggestion(None, 0.0, _NONE, "", explicit=False, system=is_system(record))


def _may_count(record: MessageRecord, own: frozenset[str]) -> bool:
    """Say whether a mail may move a clock at all.

    An outbound one that only colleagues get is a forward inside the firm, no answer (D5); that a meeting was accepted
    is no letter in either direction.
    """
    if record.kind in _NO_LETTERS:
        return False
    if record.direction is _IN or record.channel is not _MAIL:
        return True
    addressed = record.to + record.cc
    return not addressed or bool(rows.outside(addressed, own))
