"""The success factors S4.127-S4.130: one class per sender, quick classes, checks in time, nobody without a deputy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from models.account import Account
from models.duty import MemberAccount, TeamAccount, TeamMember
from models.review import Review, ReviewStep
from models.staff import Member
from models.terms import ReviewKind
from service.domain import kpi, routine
from service.domain.days import midnight
from service.domain.duty import WORKING
from service.domain.sampling import Interval
from service.store import decided, members, samples, teams
from service.store.decided import Lately
from service.store.scope import WHOLE_FIRM, Frame, frame
from service.turn import Turn

CONSISTENCY_DAYS = 90
WEEKS, MONTHS = 8, 6
_MICROSECONDS = 60_000_000


@dataclass(frozen=True, slots=True)
class Consistency:
    """Senders to whose messages people gave a class in the last 90 local days, and those of them with one class only.

    `share` in percent, None without senders. The class is the present one: what was corrected everywhere is one again.
    """

    senders: int
    uniform: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Speed:
    """Messages of the last 30 local days that people classified: how many, and minutes by the clock until they did."""

    messages: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Reviews of one kind that were due since the first one was begun: how many, and how many were done in time."""

    due: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the sample of one month found; `classes` is None while nothing is judged."""

    review_id: int
    month: str
    right: int
    judged: int
    classes: Interval | None


@dataclass(frozen=True, slots=True)
class Quality:
    """Checks that were made: Fridays, months, and the samples of the last months, the oldest first."""

    fridays: Kept
    months: Kept
    samples: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """Where nobody steps in: members without a deputy, teams that nobody leads, mailboxes that nobody looks after."""

    members: tuple[Member, ...]
    teams: tuple[str, ...]
    accounts: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Say whether somebody steps in everywhere."""
        return not (self.members or self.teams or self.accounts)


def consistency(turn: Turn) -> Consistency:
    """Return how uniformly people classify senders (S4.127)."""
    senders, uniform = _decided(turn).senders
    return Consistency(senders, uniform, kpi.share(uniform, senders))


def _decided(turn: Turn) -> Lately:
    return decided.lately(frame(turn, WHOLE_FIRM), CONSISTENCY_DAYS, WHOLE_FIRM.days)


def speed(turn: Turn) -> Speed:
    """Return how long messages waited for a class (S4.128): nearest rank, of what came in the same days."""
    waits = _decided(turn).waits
    return Speed(len(waits), _ranked(waits, 50), _ranked(waits, 90))


def _ranked(waits: Sequence[int], percent: int) -> float | None:
    if not waits:
        return None
    rank = max(1, -(-len(waits) * percent // 100))
    # A message whose clock ran ahead of ours was not classified before it came.
    return max(0, waits[rank - 1]) / _MICROSECONDS


def quality(turn: Turn) -> Quality:
    """Return which checks were made in time, and what the samples found (S4.129)."""
    at = frame(turn, WHOLE_FIRM)
    begun = turn.session.scalars(
        select(Review).where(Review.kind == ReviewKind.MONAT).order_by(Review.period.desc()).limit(MONTHS)
    ).all()
    drawn = [(one, samples.found(turn, one.id)) for one in reversed(begun)]
    return Quality(
        _kept(turn, at, ReviewKind.FREITAG, _weeks(at)),
        _kept(turn, at, ReviewKind.MONAT, _months(at)),
        tuple(Sampled(one.id, one.period, found.right, found.judged, found.classes) for one, found in drawn),
    )


def _weeks(at: Frame) -> list[tuple[str, date]]:
    """Return the last weeks that are over, each with the day after its end."""
    monday = at.today - timedelta(days=at.today.weekday())
    starts = [monday - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]
    return [(routine.week(start), start + timedelta(weeks=1)) for start in starts]


def _months(at: Frame) -> list[tuple[str, date]]:
    """Return the last months whose review is over: it belongs into the month that follows."""
    found, name = [], routine.before(routine.month(at.today))
    for _ in range(MONTHS):
        end = routine.first(name)
        name = routine.before(name)
        found.append((name, (end + timedelta(days=31)).replace(day=1)))
    return found[::-1]


def _kept(turn: Turn, at: Frame, kind: ReviewKind, periods: Sequence[tuple[str, date]]) -> Kept:
    first = turn.session.scalar(select(func.min(Review.period)).where(Review.kind == kind))
    due = [(name, end) for name, end in periods if first is not None and name >= first]
    done = _done(turn, kind, [name for name, _ in due])
    return Kept(len(due), sum(name in done and done[name] < midnight(end, at.zone) for name, end in due))


def _done(turn: Turn, kind: ReviewKind, periods: Sequence[str]) -> dict[str, datetime]:
    """Return when each review was done: closed, or its last step ticked."""
    ticked = (
        select(ReviewStep.review_id, func.count().label("steps"), func.max(ReviewStep.at).label("at"))
        .group_by(ReviewStep.review_id)
        .subquery()
    )
    rows = turn.session.execute(
        select(Review.period, Review.closed_at, ticked.c.steps, ticked.c.at)
        .outerjoin(ticked, ticked.c.review_id == Review.id)
        .where(Review.kind == kind, Review.period.in_(periods))
    )
    every = len(routine.STEPS[kind])
    found = {period: at if steps == every else closed_at for period, closed_at, steps, at in rows}
    return {period: at for period, at in found.items() if at is not None}


def cover(turn: Turn) -> Cover:
    """Return where nobody steps in (S4.130): the chain of deputies ends at who leads the team."""
    lonely = [one.member for one in members.every(turn) if one.member.role in WORKING and not one.has_deputy]
    unled = [one.name for one in teams.every(turn) if not one.leads]
    active: Select[Any] = select(literal_column("1")).where(Member.active)
    looked_after = active.where(MemberAccount.member_id == Member.id, MemberAccount.account_id == Account.id).exists()
    in_team = active.where(
        TeamMember.member_id == Member.id,
        TeamMember.team_id == TeamAccount.team_id,
        TeamAccount.account_id == Account.id,
    ).exists()
    bare = turn.session.scalars(select(Account.name).where(~looked_after, ~in_team).order_by(Account.name)).all()
    return Cover(tuple(one for one in lonely if one.active), tuple(unled), tuple(bare))
