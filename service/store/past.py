"""Past figures: since when older hours or targets are in them, for how many conversations, and whether it is mended."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from models.job import Job
from models.message import Conversation
from service.store import jobs, settings
from service.turn import Turn

# Set when hours or targets change and something measured under the old ones stays: the instant, as ISO text; "" = none.
CHANGED = "measured_before"


@dataclass(frozen=True, slots=True)
class Past:
    """How past figures stand: `since` when other hours or targets hold (None = all is measured under the present ones),
    `outdated` of `total` conversations are measured under older ones, `running` = the worker is at it,
    `failed` = its last try did not succeed and it will try again."""

    since: datetime | None = None
    outdated: int = 0
    total: int = 0
    running: bool = False
    failed: bool = False

    @property
    def done(self) -> int:
        """How many conversations are measured under the present hours and targets."""
        return self.total - self.outdated


def outdated(turn: Turn) -> int:
    """Return how many conversations were measured under older hours or targets; reads all of them."""
    stale = Conversation.calendar_version != settings.calendar_version(turn)
    return int(turn.session.scalar(select(func.count()).select_from(Conversation).where(stale)) or 0)


def since(turn: Turn) -> datetime | None:
    """Return since when past figures lag behind the hours and targets that hold; None where they do not."""
    text = settings.get(turn, CHANGED, "")
    return datetime.fromisoformat(text) if text else None


def said(turn: Turn, first: datetime, zone: ZoneInfo) -> str:
    """Return that some of what was measured from `first` on lags behind the hours and targets that hold; "" if none."""
    changed = since(turn)
    if changed is None or changed < first:
        return ""
    local = f"{changed.astimezone(zone):%d.%m.%Y %H:%M}"
    return f"Was vor dem {local} gemessen wurde, zählt noch nach früheren Zeiten oder Zielen."


def look(turn: Turn) -> bool:
    """Look whether anything is measured under older hours or targets, and keep since when; return whether it is."""
    stale, known = outdated(turn) > 0, since(turn)
    if stale != (known is not None):
        settings.put(turn, CHANGED, turn.now.isoformat() if stale else "")
    return stale


def state(turn: Turn) -> Past:
    """Return how past figures stand; conversations are counted only while some lag behind."""
    changed = since(turn)
    if changed is None:
        return Past()
    total = int(turn.session.scalar(select(func.count()).select_from(Conversation)) or 0)
    work = turn.session.scalars(select(Job).where(Job.kind == jobs.RECOMPUTE)).all()
    tried = [job for job in work if job.attempt < jobs.MOST_ATTEMPTS or job.lease_until is not None]
    return Past(changed, outdated(turn), total, bool(tried), any(job.error for job in work))
