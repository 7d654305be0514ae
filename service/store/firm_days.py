"""Counts of the whole firm by local day and channel: kept for days that are over, read from the accounts otherwise."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from sqlalchemy import (
    BigInteger,
    LargeBinary,
    Text,
    bindparam,
    case,
    cast,
    delete,
    literal,
    null,
    select,
    text,
    union_all,
)

from models.account import Account
from models.tally import FirmDay, Histogram, Tally, WorkTally
from models.terms import Channel
from service.domain import histogram
from service.domain.days import local_day
from service.store import bulk, settings
from service.store.prepared import Ask, Prepared
from service.store.sheets import HOUR, REACTION, WORK, whole_sum
from service.turn import Turn

# Two quarters: the longest period that a page offers, and the one it is compared with.
KEPT_DAYS = 190
_TALLY = "tally"
_WORK = "work"
# Named anew with each column, so that days kept without it are read from the counts until they are made again.
_ACCOUNTS = "accounts_wall"
# What is kept of each account: its number, and these columns of Tally.
OF_ACCOUNT = ("received", "final", "stops", "open_seconds", "wall_seconds")


@dataclass(slots=True)
class Day:
    """One day of one channel: by class the numbers of sums.Sum and sums.Work, and both histograms as packed bytes.

    `accounts` has a row of OF_ACCOUNT for each account, with what other accounts counted as well; None where a day was
    kept before there were such rows.
    """

    tally: dict[str, list[int]] = field(default_factory=dict)
    work: dict[str, list[int]] = field(default_factory=dict)
    reaction: bytes = b""
    hour: bytes = b""
    accounts: Any = None
    wholes: "Wholes | None" = None

    def whole(self) -> "Wholes":
        """Return the numbers of `tally` and of `work` over all classes; () for none."""
        return _wholes(self.tally, self.work) if self.wholes is None else self.wholes


Days = dict[tuple[str, Channel], Day]
Wholes = tuple[tuple[int, ...], tuple[int, ...]]


def _wholes(tally: Mapping[str, Sequence[int]], work: Mapping[str, Sequence[int]]) -> Wholes:
    return tuple(map(sum, zip(*tally.values(), strict=True))), tuple(map(sum, zip(*work.values(), strict=True)))


def read(turn: Turn, days: Sequence[date], packed_since: str = "") -> Days:
    """Return the counts of consecutive local days by ISO date and channel; a day without anything is missing.

    Days before `packed_since` (ISO date) may come without their histograms, which are the larger part of a row.
    """
    found: Days = {}
    for day, channel, counts, reaction, hour in _KEPT.rows(turn, _between(days, packed_since)):
        tally, work, accounts, wholes = _counts(counts)
        found[day, channel] = Day(tally, work, reaction, hour, accounts, wholes)
    known = {day for day, _ in found}
    missing = [day.isoformat() for day in days if day.isoformat() not in known]
    return found | count(turn, missing) if missing else found


def asks(days: Sequence[date], packed_since: str, today: date) -> tuple[Ask, ...]:
    """Return what `read` asks for these days as a rule: only the present day is not kept."""
    kept = Ask(_KEPT, _between(days, packed_since))
    return (kept, Ask(_PRESENT, {"day": today.isoformat()})) if today in days else (kept,)


def _between(days: Sequence[date], packed_since: str) -> dict[str, str]:
    return {"since": days[0].isoformat(), "until": days[-1].isoformat(), "packed": packed_since}


_KEPT = Prepared(
    select(
        FirmDay.day,
        FirmDay.channel,
        cast(FirmDay.counts, Text),
        *(case((FirmDay.day >= bindparam("packed"), one)) for one in (FirmDay.reaction, FirmDay.hour)),
    ).where(FirmDay.day.between(bindparam("since"), bindparam("until"))),
    as_bytes=True,
)


@lru_cache(maxsize=1_024)
def _counts(text_: str) -> tuple[dict[str, list[int]], dict[str, list[int]], Any, Wholes]:
    """Return the parts of stored counts, kept by their text: days that are over come with every page."""
    found = msgspec.json.decode(text_)
    accounts = None if _ACCOUNTS not in found else table(found[_ACCOUNTS])
    return found[_TALLY], found[_WORK], accounts, _wholes(found[_TALLY], found[_WORK])


def table(rows: Sequence[Sequence[int]]) -> Any:
    """Return rows of accounts as numbers that add up quickly."""
    return np.array(rows, np.int64).reshape(-1, 1 + len(OF_ACCOUNT))


def fill(turn: Turn, days: int = KEPT_DAYS) -> int:
    """Keep the counts of those of the last `days` local days that are over and not kept; returns how many.

    Nobody may write counts meanwhile: on SQLite there is one writer, on PostgreSQL their tables are locked for a
    moment. To be called often: what was corrected since is made again.
    """
    today = local_day(turn.now, ZoneInfo(settings.zone(turn)))
    wanted = [(today - timedelta(days=back)).isoformat() for back in range(days, 0, -1)]
    first = turn.session.scalar(select(FirmDay.counts).order_by(FirmDay.day).limit(1))
    if first is not None and _ACCOUNTS not in first:
        forget_since(turn, "")
    known = set(turn.session.scalars(select(FirmDay.day).where(FirmDay.day >= wanted[0]).distinct()))
    missing = [day for day in wanted if day not in known]
    if not missing:
        return 0
    if turn.session.get_bind().dialect.name != "sqlite":
        turn.session.execute(text("LOCK TABLE tally, work_tally, histogram IN SHARE MODE"))
    counted = count(turn, missing)
    for day in missing:
        # An empty row says that the day is kept, also when nothing came.
        for channel in Channel:
            counted.setdefault((day, channel), Day())
    bulk.add(turn, FirmDay, [_row(day, channel, one) for (day, channel), one in sorted(counted.items())])
    return len(missing)


def _row(day: str, channel: Channel, one: Day) -> dict[str, Any]:
    accounts = [] if one.accounts is None else one.accounts.tolist()
    counts = {_TALLY: one.tally, _WORK: one.work, _ACCOUNTS: accounts}
    return {"day": day, "channel": channel, "counts": counts, "reaction": one.reaction, "hour": one.hour}


def forget(turn: Turn, days: Collection[str]) -> None:
    """Drop the kept counts of days (ISO dates) whose rows change in this transaction."""
    if days:
        turn.session.connection().execute(delete(FirmDay).where(FirmDay.day.in_(sorted(days))))


def forget_since(turn: Turn, since: str) -> None:
    """Drop the kept counts from a day on ("" = all)."""
    turn.session.connection().execute(delete(FirmDay).where(FirmDay.day >= since))


def count(turn: Turn, days: Sequence[str]) -> Days:
    """Return the counts of these local days from the rows of their accounts."""
    if len(days) == 1:
        return _count_one(turn, days[0])
    found: Days = defaultdict(Day)
    for start in range(0, len(days), 400):
        _count(turn, days[start : start + 400], found)
    return dict(found)


def _count_one(turn: Turn, day: str) -> Days:
    """Return the counts of one day, asked for at once: it is the present one, which every page needs."""
    found: Days = defaultdict(Day)
    accounts: dict[Channel, list[list[int]]] = defaultdict(list)
    packed: dict[tuple[Channel, str], list[bytes]] = defaultdict(list)
    for table_, channel, number, name, counts, *values in _PRESENT.rows(turn, {"day": day}):
        if table_ == _TALLY:
            found[day, channel].tally[name] = list(map(int, values[: len(_OF_TALLY)]))
        elif table_ == _WORK:
            found[day, channel].work[name] = list(map(int, values))
        elif table_ == _ACCOUNTS:
            accounts[channel].append([number, *map(int, values[: len(OF_ACCOUNT)])])
        else:
            packed[channel, name].append(counts)
    for channel, rows in accounts.items():
        found[day, channel].accounts = table(rows)
    for (channel, kind), some in packed.items():
        _keep_spread(found[day, channel], kind, some)
    return dict(found)


def _count(turn: Turn, days: Sequence[str], found: Days) -> None:
    connection = turn.session.connection()
    for day, channel, category, *values in connection.execute(_TALLIES, {"days": days}):
        found[day, channel].tally[category] = list(map(int, values))
    for day, channel, category, *values in connection.execute(_WORKS, {"days": days}):
        found[day, channel].work[category] = list(map(int, values))
    of_accounts: dict[tuple[str, Channel], list[list[int]]] = defaultdict(list)
    for day, channel, *values in connection.execute(_OF_ACCOUNTS, {"days": days}):
        of_accounts[day, channel].append(list(map(int, values)))
    for key, rows_ in of_accounts.items():
        found[key].accounts = table(rows_)
    _spread(turn, days, found)


def _spread(turn: Turn, days: Sequence[str], found: Days) -> None:
    packed: dict[tuple[str, Channel, str], list[bytes]] = defaultdict(list)
    rows = turn.session.connection().execute(_HISTOGRAMS, {"days": days})
    for day, channel, kind, counts in rows:
        packed[day, channel, kind].append(counts)
    for (day, channel, kind), some in packed.items():
        _keep_spread(found[day, channel], kind, some)


def _keep_spread(one: Day, kind: str, packed: Sequence[bytes]) -> None:
    whole = histogram.without_copies(packed)
    if kind == REACTION:
        one.reaction = whole
    elif kind == HOUR:
        one.hour = whole


def _grouped(entity: Any, columns: Sequence[Any]) -> Any:
    return (
        select(entity.day, Account.channel, entity.category, *map(whole_sum, columns))
        .join(Account, Account.id == entity.account_id)
        .where(entity.day.in_(bindparam("days", expanding=True)))
        .group_by(entity.day, Account.channel, entity.category)
    )


_RECEIVED = (Tally.received - Tally.copied, Tally.final - Tally.copied_final)
_ANSWERS = (Tally.stops, Tally.open_seconds, Tally.in_goal, Tally.wall_seconds, Tally.sent - Tally.copied_sent)
_OF_TALLY = (*_RECEIVED, *_ANSWERS)
_OF_WORK = tuple(getattr(WorkTally, name) for name in WORK.counts)
_TALLIES = _grouped(Tally, _OF_TALLY)
_WORKS = _grouped(WorkTally, _OF_WORK)
_OF_ACCOUNTS = (
    select(Tally.day, Account.channel, Tally.account_id, *(whole_sum(getattr(Tally, name)) for name in OF_ACCOUNT))
    .join(Account, Account.id == Tally.account_id)
    .where(Tally.day.in_(bindparam("days", expanding=True)))
    .group_by(Tally.day, Account.channel, Tally.account_id)
)
_HISTOGRAMS = (
    select(Histogram.day, Account.channel, Histogram.kind, Histogram.counts)
    .join(Account, Account.id == Histogram.account_id)
    .where(Histogram.day.in_(bindparam("days", expanding=True)))
)


def _part(name: str, entity: Any, key: Any, columns: Sequence[Any], packed: Any = None) -> Any:
    """Return one of the tables of a day in the columns that all of them have."""
    number, term = (key, null()) if key is Tally.account_id else (null(), key)
    bare = [cast(null(), BigInteger)] * (len(_OF_WORK) - len(columns))
    summed = [whole_sum(column) for column in columns]
    asked = (
        select(
            literal(name, Text),
            Account.channel,
            cast(number, BigInteger),
            cast(term, Text),
            cast(null(), LargeBinary) if packed is None else packed,
            *summed,
            *bare,
        )
        .join_from(entity, Account, Account.id == entity.account_id)
        .where(entity.day == bindparam("day"))
    )
    return asked if packed is not None else asked.group_by(Account.channel, key)


_PRESENT = Prepared(
    union_all(
        _part(_TALLY, Tally, Tally.category, _OF_TALLY),
        _part(_WORK, WorkTally, WorkTally.category, _OF_WORK),
        _part(_ACCOUNTS, Tally, Tally.account_id, [getattr(Tally, name) for name in OF_ACCOUNT]),
        _part("histogram", Histogram, Histogram.kind, (), Histogram.counts),
    )
)
