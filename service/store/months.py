"""Months that are closed: which they are; what was reported about them is never counted again."""

from sqlalchemy import select

from models.review import MonthClose
from service.turn import Turn


def closed(turn: Turn) -> frozenset[str]:
    """Return the closed months as "2026-10"; a local day ("2026-10-31") belongs to the month it begins with."""
    return frozenset(turn.session.scalars(select(MonthClose.month)))
