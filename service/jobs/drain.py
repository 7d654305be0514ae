"""Drain: takes stripped webhook updates from the inbox into messages; what fails is set aside, the rest goes on."""

from collections import defaultdict

import msgspec

from connectors.whatsapp import webhook
from models.errors import PostlotseError
from models.record import MessageRecord
from models.terms import Channel
from service.actions import intake
from service.errors import Unavailable
from service.runtime import Runtime
from service.store import accounts, inbox, keys
from service.store.inbox import Waiting
from service.telemetry import log

_BATCH = 500
# Notices of WhatsApp itself (a changed number or user id) are nobody's message.
_NOTICES = frozenset({"system"})


def drain(runtime: Runtime) -> int:
    """Take in what waits, up to one batch, in one transaction; returns how many updates left the inbox."""
    with runtime.look() as turn:
        rows = inbox.waiting(turn, _BATCH)
    if not rows:
        return 0
    try:
        _take(runtime, rows)
    except PostlotseError:
        # One of them is poison: take each alone, so that only that one is set aside.
        for row in rows:
            _alone(runtime, row)
    return len(rows)


def _alone(runtime: Runtime, row: Waiting) -> None:
    try:
        _take(runtime, [row])
    except Unavailable:
        raise
    except PostlotseError as error:
        with runtime.turn() as turn:
            inbox.quarantine(turn, row.id, error.code)


def _take(runtime: Runtime, rows: list[Waiting]) -> None:
    records, broken = _read(rows)
    with runtime.turn() as turn:
        judge = intake.Judge(keys.book(turn))
        numbers = {row.account for row in rows if row.account} | set(records)
        ours = {number: accounts.find(turn, Channel.WHATSAPP, number) for number in sorted(numbers)}
        for number, found in records.items():
            account = ours[number]
            if account is not None:
                taken = intake.take_in(turn, found, account.id, judge)
                log().info("eingelesen", account_id=account.id, new=taken.new, known=taken.known)
        for row_id, error in broken.items():
            inbox.quarantine(turn, row_id, error)
        inbox.done(turn, [row.id for row in rows if row.id not in broken])
        # A number that the firm does not read leaves nothing, not even the key of an update.
        inbox.forget(turn, [row.id for row in rows if row.account and ours[row.account] is None])


def _read(rows: list[Waiting]) -> tuple[dict[str, list[MessageRecord]], dict[int, str]]:
    records: dict[str, list[MessageRecord]] = defaultdict(list)
    broken: dict[int, str] = {}
    for row in rows:
        try:
            record = webhook.record(webhook.from_json(row.payload), row.received_at)
        except (PostlotseError, ValueError, msgspec.MsgspecError) as error:
            broken[row.id] = type(error).__name__
            continue
        if record is not None and record.kind not in _NOTICES:
            records[record.account].append(record)
    return records, broken
