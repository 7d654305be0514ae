"""Months that are closed: which they are; what was reported about them is never counted again."""

from sqlalchemy import delete, exists, select

from models.account import Account
from models.review import MonthClose, MonthFigure, Review
from service.turn import Turn


def closed(turn: Turn) -> frozenset[str]:
    """Return the closed months as "2026-10"; a local day ("2026-10-31") belongs to the month it begins with."""
    return frozenset(turn.session.scalars(select(MonthClose.month)))


def forget_sample(turn: Turn) -> None:
    """Take out the months and reviews of the invented firm: the only ones that the database lets go."""
    months = select(MonthClose.month).where(MonthClose.sample)
    turn.session.execute(delete(MonthFigure).where(MonthFigure.month.in_(months)))
    turn.session.execute(delete(MonthClose).where(MonthClose.sample))
    turn.session.execute(delete(Review).where(Review.sample))


def is_invented(turn: Turn) -> bool:
    """Say whether everything that is counted is about the invented firm: sample mailboxes, and no others."""
    some, real = exists().where(Account.sample), exists().where(~Account.sample)
    return bool(turn.session.scalar(select(some)) and not turn.session.scalar(select(real)))
