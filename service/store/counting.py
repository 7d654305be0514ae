"""Meta's own counts of what came in beside ours, by half hour: where ours are smaller, messages may be missing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil

from sqlalchemy import delete, select

from models.chat import ChatWatch, Gap
from models.message import Message
from models.terms import Direction
from service.turn import Turn

COUNTED = "Zählung"
_HALF_HOUR = 1800
# Meta's counts are ready some time after the half hour has ended, and stay open to retries of webhooks for a week.
_READY = timedelta(hours=2)
_LOOK_BACK = timedelta(days=7)
# Approximate by Meta's own word: so much less than a tenth, or one message, is no sign of anything.
_TOLERANCE = 0.1


def span(turn: Turn, account_id: int) -> tuple[datetime, datetime] | None:
    """Return the half hours of a number to compare now; None as long as there are none.

    Counting begins with the first call: what came before was not ours to hear.
    """
    seen = turn.session.get(ChatWatch, account_id)
    if seen is None:
        seen = ChatWatch(account_id=account_id)
        turn.session.add(seen)
    if seen.counted_at is None:
        seen.counted_at = _floor(turn.now) + timedelta(seconds=_HALF_HOUR)
    start = max(seen.counted_at, _floor(turn.now - _LOOK_BACK))
    end = _floor(turn.now - _READY)
    turn.session.flush()
    return (start, end) if start < end else None


def compare(turn: Turn, account_id: int, told: Mapping[int, int], between: tuple[datetime, datetime]) -> int:
    """Note the gaps that Meta's counts (`told`, by first second of each half hour) show; returns how many messages.

    Gaps of an earlier look that have filled since disappear, since webhooks may come again for days.
    """
    start, end = between
    turn.session.execute(
        delete(Gap).where(Gap.account_id == account_id, Gap.cause == COUNTED, Gap.from_at >= start, Gap.from_at < end)
    )
    ours = _ours(turn, account_id, start, end)
    missing = 0
    for first, last, number in _runs(told, ours, int(start.timestamp()), int(end.timestamp())):
        turn.session.add(
            Gap(account_id=account_id, cause=COUNTED, from_at=_at(first), until_at=_at(last), pieces=number)
        )
        missing += number
    turn.session.flush()
    return missing


def _ours(turn: Turn, account_id: int, start: datetime, end: datetime) -> Counter[int]:
    times = turn.session.scalars(
        select(Message.received_at).where(
            Message.account_id == account_id,
            Message.direction == Direction.EINGANG,
            Message.folder != "history",
            Message.received_at >= start - timedelta(seconds=_HALF_HOUR),
            Message.received_at < end + timedelta(seconds=_HALF_HOUR),
        )
    )
    return Counter(int(at.timestamp()) // _HALF_HOUR * _HALF_HOUR for at in times)


def _runs(told: Mapping[int, int], ours: Counter[int], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the runs of half hours in which ours are too few: first second, end, how many are missing."""
    run: tuple[int, int, int] | None = None
    for at in range(start, end, _HALF_HOUR):
        lack = _lack(told, ours, at)
        if lack:
            run = (run[0] if run else at, at + _HALF_HOUR, (run[2] if run else 0) + lack)
        elif run:
            yield run
            run = None
    if run:
        yield run


def _lack(told: Mapping[int, int], ours: Counter[int], at: int) -> int:
    # A message at the edge may count on either side of it: what neighbours have too much of is not missing.
    lack = told.get(at, 0) - ours[at]
    spare = sum(max(0, ours[one] - told.get(one, 0)) for one in (at - _HALF_HOUR, at + _HALF_HOUR))
    return lack if lack - spare > max(1, ceil(_TOLERANCE * told.get(at, 0))) else 0


def _floor(at: datetime) -> datetime:
    return _at(int(at.timestamp()) // _HALF_HOUR * _HALF_HOUR)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
