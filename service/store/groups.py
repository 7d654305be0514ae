"""Groups: which mailboxes and numbers are shown alone or only together, today and on the days of a period."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, union

from models.duty import MemberAccount, TeamAccount, TeamMember
from models.export import FigureGroup
from models.staff import Member
from service.domain import protection
from service.domain.days import local_day
from service.domain.protection import MIXED, Agreement, Blocks, Holder
from service.store import accounts, settings
from service.store.engine import READING
from service.store.prepared import Ask, Prepared
from service.turn import Turn

AGREEMENT = "staff_agreement"


def agreement(turn: Turn) -> Agreement | None:
    """Return the works agreement that the firm has entered, in force or not; None where there is none."""
    stored: dict[str, Any] | None = settings.get(turn, AGREEMENT, None)
    if not stored:
        return None
    accounts = stored["accounts"]
    covered = None if accounts is None else frozenset(accounts)
    return Agreement(stored["name"], covered, date.fromisoformat(stored["until"]))


def put_agreement(turn: Turn, value: Agreement | None) -> int:
    """Store a works agreement, or (None) go back to groups alone; returns the version of the setting."""
    if value is None:
        return settings.put(turn, AGREEMENT, None)
    accounts = None if value.accounts is None else sorted(value.accounts)
    return settings.put(turn, AGREEMENT, {"name": value.name, "accounts": accounts, "until": value.until.isoformat()})


def in_force(turn: Turn) -> Agreement | None:
    """Return the works agreement that holds today; None means groups alone."""
    return protection.holds(agreement(turn), _today(turn))


def holders(turn: Turn) -> tuple[Holder, ...]:
    """Return every mailbox and number with the active people who look after it, directly or in a team of it."""
    known: tuple[Holder, ...] | None = turn.session.info.get(_HOLDERS)
    if known is None:
        known = _holders(turn)
        if turn.session.info.get(READING):
            # Nothing changes under who only reads, and a page of figures asks more than once.
            turn.session.info[_HOLDERS] = known
    return known


def _holders(turn: Turn) -> tuple[Holder, ...]:
    named: dict[int, set[int]] = defaultdict(set)
    for account_id, member_id in PEOPLE.rows(turn):
        named[account_id].add(member_id)
    found = sorted(accounts.known(turn), key=lambda one: one.id)
    return tuple(Holder(one.id, one.channel, frozenset(named[one.id]), one.people) for one in found)


_HOLDERS = "holders"
# Built once: every page of figures asks these.
_BOTH = union(
    select(MemberAccount.account_id, MemberAccount.member_id),
    select(TeamAccount.account_id, TeamMember.member_id).join(TeamMember, TeamMember.team_id == TeamAccount.team_id),
).subquery()
PEOPLE = Ask(
    Prepared(
        select(_BOTH.c.account_id, _BOTH.c.member_id).join(Member, Member.id == _BOTH.c.member_id).where(Member.active)
    )
)
_STARTS = Ask(Prepared(select(FigureGroup.since).distinct().order_by(FigureGroup.since)))
ASKS = (PEOPLE, _STARTS)


def withheld(turn: Turn, account_ids: Iterable[int], since: date, until: date) -> str:
    """Return why averages of these accounts over these local days are not shown together; "" when they are."""
    return protection.withheld(frozenset(account_ids), holders(turn), in_force(turn), _earlier(turn, since, until))


def alone(turn: Turn, since: date, until: date) -> dict[int, str]:
    """Return for every account why its own averages over these local days are not shown; "" where they are."""
    earlier = _earlier(turn, since, until)
    if not earlier:
        return dict(_alone_now(holders(turn), in_force(turn)))
    return protection.alone(holders(turn), in_force(turn), earlier)


@lru_cache(maxsize=64)
def _alone_now(looked_after: tuple[Holder, ...], agreed: Agreement | None) -> dict[int, str]:
    # Every page of figures asks it, and who looks after what seldom changes.
    return protection.alone(looked_after, agreed)


def whole(turn: Turn, numbers: frozenset[int], since: date, until: date) -> frozenset[int]:
    """Return those of these accounts whose groups lie wholly among them over these local days, shown alone or together.

    What is about them all together is about whole groups again, whatever is added to or taken from it.
    """
    why = alone(turn, since, until)
    found = {number for number in numbers if not why.get(number, MIXED)}
    for block in set(protection.blocks(holders(turn), in_force(turn)).values()):
        if len(block) > 1 and block <= numbers and not withheld(turn, block, since, until):
            found |= block
    return frozenset(found)


def _earlier(turn: Turn, since: date, until: date) -> tuple[Blocks, ...]:
    """Return the blocks that held on these days, as far as they were written down; the first also for days before."""
    starts = tuple(start for (start,) in _STARTS.rows(turn))
    first = max([start for start in starts if start <= since.isoformat()], default="")
    wanted = [start for start in starts if first <= start <= until.isoformat()] or list(starts[:1])
    return tuple(_recorded(turn, start) for start in wanted)


def _recorded(turn: Turn, since: str) -> Blocks:
    members: dict[int, set[int]] = defaultdict(set)
    for number, block in turn.session.execute(
        select(FigureGroup.account_id, FigureGroup.block).where(FigureGroup.since == since)
    ):
        members[block].add(number)
    return {number: frozenset(block) for block in members.values() for number in block}


def record(turn: Turn) -> bool:
    """Write down the blocks that hold from tomorrow on (the first time: from today), if they changed; say whether.

    Accounts that nobody was given yet are left out: a firm that is being set up has no small groups to protect.
    """
    named = [one for one in holders(turn) if one.people]
    present = protection.blocks(named)
    newest = turn.session.scalar(select(func.max(FigureGroup.since)))
    if present == ({} if newest is None else _recorded(turn, newest)):
        return False
    since = (_today(turn) + timedelta(days=0 if newest is None else 1)).isoformat()
    turn.session.execute(delete(FigureGroup).where(FigureGroup.since == since))
    turn.session.add_all(FigureGroup(since=since, account_id=one, block=min(block)) for one, block in present.items())
    turn.session.flush()
    return True


def _today(turn: Turn) -> date:
    return local_day(turn.now, ZoneInfo(settings.zone(turn)))
