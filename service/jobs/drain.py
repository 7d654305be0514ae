"""Drain: takes stripped webhook updates from the inbox into messages; what fails is set aside, the rest goes on."""

from collections import defaultdict

import msgspec

from connectors.whatsapp import webhook
from models.errors import PostlotseError
from models.terms import Channel
from service.actions import intake
from service.errors import Unavailable
from service.jobs import chats
from service.jobs.chats import Heard
from service.runtime import Runtime
from service.store import accounts, inbox, jobs, keys, templates
from service.store.inbox import Waiting
from service.telemetry import log

_BATCH = 500


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
    heard, broken = _read(rows)
    # What concerns the firm's account as a whole names no number: of that, templates are all we keep.
    nowhere = heard.pop("", [])
    with runtime.turn() as turn:
        if templates.hear(turn, [one.news for one in nowhere if one.news is not None]):
            jobs.enqueue(turn, jobs.TEMPLATES)
        judge = intake.Judge(keys.book(turn))
        numbers = {row.account for row in rows if row.account} | set(heard)
        ours = {number: accounts.find(turn, Channel.WHATSAPP, number) for number in sorted(numbers)}
        for number, told in heard.items():
            account = ours[number]
            if account is not None:
                taken = chats.take_in(turn, told, account, judge)
                log().info("eingelesen", account_id=account.id, new=taken.new, known=taken.known)
        for row_id, error in broken.items():
            inbox.quarantine(turn, row_id, error)
        inbox.done(turn, [row.id for row in rows if row.id not in broken])
        # A number that the firm does not read leaves nothing, not even the key of an update.
        inbox.forget(turn, [row.id for row in rows if row.account and ours[row.account] is None])


def _read(rows: list[Waiting]) -> tuple[dict[str, list[Heard]], dict[int, str]]:
    """Return what each of our numbers was told, and the rows that nobody can read."""
    heard: dict[str, list[Heard]] = defaultdict(list)
    broken: dict[int, str] = {}
    for row in rows:
        try:
            update = webhook.from_json(row.payload)
            heard[update.account].append(chats.heard(update, row.received_at))
        except (PostlotseError, ValueError, msgspec.MsgspecError) as error:
            broken[row.id] = type(error).__name__
    return heard, broken
