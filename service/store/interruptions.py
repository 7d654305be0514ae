"""How often a member was told something: his own count, for nobody else's eyes, beside the mean of the firm."""

from dataclasses import dataclass

from sqlalchemy import func, select

from models.duty import Notice
from service.domain import kpi
from service.store import figures, notice_rate
from service.store.scope import WHOLE_FIRM, frame
from service.turn import Turn

DAYS = WHOLE_FIRM.days


@dataclass(frozen=True, slots=True)
class Told:
    """Notices of one member in the last 30 local days: how many, and per working day (None where there was none).

    `firm` is the figure of the whole firm; `withheld` says why it is not shown, "" where it is.
    """

    count: int
    per_day: float | None
    firm: float | None
    withheld: str


def of(turn: Turn, member_id: int) -> Told:
    """Return how often a member was told something; to be shown to that member alone (S4.137)."""
    at = frame(turn, WHOLE_FIRM)
    since, until = at.since(DAYS), at.tomorrow
    mine = (Notice.member_id == member_id, Notice.at >= since, Notice.at < until)
    count = int(turn.session.scalar(select(func.count()).select_from(Notice).where(*mine)) or 0)
    working = notice_rate.working_days(at, at.days(DAYS))
    firm = figures.one(turn, kpi.NOTICES.key)
    return Told(count, count / working if working else None, firm.value, firm.withheld)
