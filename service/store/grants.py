"""Grants: the rights of somebody away that a deputy holds for a time; each start and end stands in the trail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from models.duty import DeputyGrant
from models.staff import Member
from service.domain.duty import Duties
from service.store import absences, trail
from service.store.prepared import Ask, Prepared
from service.turn import Turn

_BEGINS, _ENDS, _MOVES = "Vertretungsrecht begonnen", "Vertretungsrecht beendet", "Vertretungsrecht geändert"


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody for whom a member stands in now, and until when."""

    member_id: int
    name: str
    until_at: datetime
    absence_id: int | None


def settle(turn: Turn, duties: Duties) -> int:
    """Bring grants in line with who is away now: who is there first holds the rights; returns how many changed.

    Whoever calls holds the absences (absences.hold), so that two workers never grant the same twice. A grant is over
    by itself at `until_at`; this only says so in the trail.
    """
    wanted = {
        (row.id, row.member_id, deputy): row.until_at
        for row in absences.running(turn)
        for deputy in duties.stand_ins(row.member_id, turn.now)
    }
    changed = 0
    for grant in _open(turn):
        until = wanted.pop((grant.absence_id or 0, grant.member_id, grant.deputy_id), None)
        if until is None and (grant.absence_id is not None or not _still(grant, duties, turn.now)):
            _end(turn, grant)
            changed += 1
        elif until is not None and until != grant.until_at:
            _move(turn, grant, until)
            changed += 1
    for (absence_id, member_id, deputy_id), until in wanted.items():
        _begin(turn, absence_id, (member_id, deputy_id), until)
    turn.session.flush()
    return changed + len(wanted)


def lend(turn: Turn, member_id: int, deputy_id: int, until_at: datetime) -> bool:
    """Give a deputy the rights of a member who is outside working hours; False when he holds them already."""
    held = select(DeputyGrant.id).where(
        DeputyGrant.member_id == member_id,
        DeputyGrant.deputy_id == deputy_id,
        DeputyGrant.until_at > turn.now,
        DeputyGrant.ended_at.is_(None),
    )
    if turn.session.scalars(held.limit(1)).first() is not None:
        return False
    _begin(turn, None, (member_id, deputy_id), until_at)
    turn.session.flush()
    return True


# Built once: every page asks this.
_STANDING = Prepared(
    select(DeputyGrant.member_id, Member.name, DeputyGrant.until_at, DeputyGrant.absence_id)
    .join(Member, Member.id == DeputyGrant.member_id)
    .where(
        DeputyGrant.deputy_id == bindparam("deputy"),
        DeputyGrant.absence_id.is_not(None),
        DeputyGrant.from_at <= bindparam("now"),
        DeputyGrant.until_at > bindparam("now"),
        DeputyGrant.ended_at.is_(None),
    )
    .order_by(DeputyGrant.until_at, DeputyGrant.id)
)


def standing(turn: Turn, deputy_id: int) -> tuple[Standing, ...]:
    """Return for whom a member stands in now because of an absence, soonest end first; each name once."""
    return tuple({row[0]: Standing(*row) for row in ask(turn, deputy_id).rows(turn)}.values())


def ask(turn: Turn, deputy_id: int) -> Ask:
    """Return what `standing` asks."""
    return Ask(_STANDING, {"deputy": deputy_id, "now": turn.now})


def holders(turn: Turn, absence_id: int) -> tuple[int, ...]:
    """Return who held rights in an absence, in order of time."""
    found = turn.session.scalars(
        select(DeputyGrant.deputy_id).where(DeputyGrant.absence_id == absence_id).order_by(DeputyGrant.id)
    )
    return tuple(dict.fromkeys(found))


def _open(turn: Turn) -> list[DeputyGrant]:
    return list(
        turn.session.scalars(
            select(DeputyGrant)
            .where(DeputyGrant.ended_at.is_(None))
            .order_by(DeputyGrant.id)
            .execution_options(populate_existing=True)
        )
    )


def _still(grant: DeputyGrant, duties: Duties, now: datetime) -> bool:
    """Whether a grant that was lent for the hours outside work still runs, to somebody who is there."""
    return grant.until_at > now and duties.available(grant.deputy_id, now)


def _begin(turn: Turn, absence_id: int | None, pair: tuple[int, int], until_at: datetime) -> None:
    member_id, deputy_id = pair
    turn.session.add(
        DeputyGrant(
            absence_id=absence_id, member_id=member_id, deputy_id=deputy_id, from_at=turn.now, until_at=until_at
        )
    )
    after = {"deputy": deputy_id, "until": until_at.isoformat(), "absence": absence_id}
    trail.note(turn, _BEGINS, f"member:{member_id}", None, after)


def _end(turn: Turn, grant: DeputyGrant) -> None:
    grant.ended_at = min(turn.now, grant.until_at)
    trail.note(
        turn,
        _ENDS,
        f"member:{grant.member_id}",
        {"deputy": grant.deputy_id, "until": grant.until_at.isoformat(), "absence": grant.absence_id},
        {"ended": grant.ended_at.isoformat()},
    )


def _move(turn: Turn, grant: DeputyGrant, until_at: datetime) -> None:
    before = {"deputy": grant.deputy_id, "until": grant.until_at.isoformat()}
    grant.until_at = until_at
    after = {"deputy": grant.deputy_id, "until": until_at.isoformat()}
    trail.note(turn, _MOVES, f"member:{grant.member_id}", before, after)
