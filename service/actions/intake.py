"""Take in: records become messages in conversations, with a suggestion, a standing and their counts, in one go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from service.store import clocks, messages, rows, settings, tallies
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Judge:
    """Who suggests: the address book as it stands, and the learned fallback where there is one."""

    book: AddressBook
    model: Learned | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought: new messages, and those that were known already."""

    new: int
    known: int


def take_in(turn: Turn, records: Sequence[MessageRecord], account_id: int, judge: Judge) -> Taken:
    """Store the records of one account that are not known yet; taking in the same page twice changes nothing."""
    fresh = _fresh(turn, records, account_id)
    if not fresh:
        return Taken(0, len(records))
    own = judge.book.own_domains
    threaded = _threads(turn, fresh, own)
    numbers = messages.conversations(turn, threaded, account_id, own)
    stored = []
    by_id = {}
    named = {}
    for thread, record in threaded:
        suggestion = _suggest(record, judge)
        row = rows.row(record, account_id, suggestion, turn.now)
        row["conversation_id"] = numbers[record.channel, thread]
        row["opens_clock"] = row["opens_clock"] and _may_count(record, own)
        by_id[row["id"]] = record
        if suggestion.explicit:
            named[row["conversation_id"]] = (suggestion.company_id, suggestion.person_id)
        stored.append(row)
    messages.add(turn, stored, by_id, own)
    messages.assign(turn, named)
    zone = ZoneInfo(settings.zone(turn))
    tallies.apply(
        turn,
        (tallies.arrived(account_id, row["direction"], row["received_at"], row["category"], zone) for row in stored),
    )
    clocks.refresh(turn, {row["conversation_id"] for row in stored})
    return Taken(len(stored), len(records) - len(stored))


def change(turn: Turn, account_id: int, changes: Iterable[Change]) -> int:
    """Apply sparse changes of known messages (read toggles, moves); unknown ones are left out. Return the touched."""
    touched = messages.change(
        turn,
        account_id,
        [
            (
                item.source_id,
                {
                    **({} if item.is_read is None else {"is_read": item.is_read}),
                    **({} if item.folder is None else {"folder": item.folder}),
                },
            )
            for item in changes
        ],
    )
    clocks.refresh(turn, touched)
    return len(touched)


def _fresh(turn: Turn, records: Sequence[MessageRecord], account_id: int) -> list[MessageRecord]:
    """Return each record once, without those that are stored and without drafts."""
    single = {rows.clean(record.source_id, 1000): record for record in records if not record.is_draft}
    known = messages.known_sources(turn, account_id, list(single))
    return [record for source_id, record in single.items() if source_id not in known]


def _threads(turn: Turn, records: Sequence[MessageRecord], own: frozenset[str]) -> list[tuple[str, MessageRecord]]:
    return [(rows.clean(threads.thread_key(record, own), 1000), record) for record in records]


def _suggest(record: MessageRecord, judge: Judge) -> Suggestion:
    """Suggest a class for what came in; of what went out only whether a machine sent it matters."""
    if record.direction is Direction.AUSGANG:
        return Suggestion(None, 0.0, Step.KEINER, "", explicit=False, system=is_system(record))
    return classify.classify(record, judge.book, judge.model)


def _may_count(record: MessageRecord, own: frozenset[str]) -> bool:
    """An outbound mail that only colleagues get is a forward inside the firm, no answer (D5)."""
    if record.direction is Direction.EINGANG or record.channel is not Channel.EMAIL:
        return True
    addressed = record.to + record.cc
    return not addressed or bool(rows.outside(addressed, own))
