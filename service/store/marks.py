"""The rows behind one mark of a chart: answers that took so long, mail of one weekday and hour."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, false, or_

from models.clock_event import ClockEvent
from models.message import Message
from models.terms import Channel
from service.store import behind
from service.store.behind import Conditions
from service.store.scope import Frame


def took(at: Frame, minutes: tuple[int, int]) -> Conditions:
    """Return which conversations have an answer on WhatsApp that took more than so many minutes and at most so many.

    Minutes of the target's calendar; 0 for no limit on that side: what the bars of the chart count (store/charts).
    """
    after, until = minutes
    limits = [ClockEvent.open_s > 60 * after] if after else []
    limits += [ClockEvent.open_s <= 60 * until] if until else []
    return behind.answered(at, Channel.WHATSAPP, *limits)


def came_at(at: Frame, first: date, days: int, slot: tuple[int, int]) -> ColumnElement[bool]:
    """Return the condition of messages that came on a weekday (Monday is 0) in a local hour, on some local days.

    The hours are those of the counts: one that the change of clocks repeats is two long, one that it leaves out none.
    """
    weekday, hour = slot
    found = [first + timedelta(days=n) for n in range(days) if (first.weekday() + n) % 7 == weekday]
    parts = [
        and_(Message.received_at >= _local(at, day, hour), Message.received_at < _local(at, day, hour + 1))
        for day in found
    ]
    return or_(false(), *parts)


def _local(at: Frame, day: date, hour: int) -> datetime:
    local = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), tzinfo=at.zone)
    return local.astimezone(UTC)
