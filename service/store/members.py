"""Members as pages and commands show them: who, in which state, looking after what; and changing one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from models.account import Account
from models.duty import Deputy, MemberAccount, Team, TeamMember
from models.staff import Member
from models.terms import Role
from service.domain.duty import WORKING
from service.errors import Conflict, Invalid, NotFound
from service.store import care
from service.turn import Turn

_GONE = "Dieses Mitglied gibt es nicht."


@dataclass(frozen=True, slots=True)
class Line:
    """One member of the list: mailboxes and numbers by name, teams, and whether an active member stands in."""

    member: Member
    accounts: tuple[str, ...]
    teams: tuple[str, ...]
    has_deputy: bool


def every(turn: Turn, *, inactive: bool = False) -> tuple[Line, ...]:
    """Return the members by name, with `inactive` also those who left."""
    wanted = select(Member).order_by(Member.active.desc(), func.lower(Member.name), Member.id)
    found = turn.session.scalars(wanted if inactive else wanted.where(Member.active)).all()
    looks = _names(
        turn, select(MemberAccount.member_id, care.called()).join(Account).order_by(Account.name, Account.channel)
    )
    teams = _names(turn, select(TeamMember.member_id, Team.name).join(Team).order_by(Team.name))
    covered = _covered(turn)
    return tuple(Line(m, looks.get(m.id, ()), teams.get(m.id, ()), m.id in covered) for m in found)


def _names(turn: Turn, query: Select[int, str]) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for member_id, name in turn.session.execute(query):
        found[member_id] = (*found.get(member_id, ()), name)
    return found


def _covered(turn: Turn) -> frozenset[int]:
    """Return the members in whose place an active member stands in."""
    return frozenset(
        turn.session.scalars(
            select(Deputy.member_id).join(Member, Member.id == Deputy.deputy_id).where(Member.active).distinct()
        )
    )


def has_deputy(turn: Turn, member_id: int) -> bool:
    """Return whether an active member stands in for this one."""
    return member_id in _covered(turn)


def first_deputy(turn: Turn, member_id: int) -> int | None:
    """Return the first active deputy of a member who does the daily work; None where there is none."""
    return turn.session.execute(
        select(Deputy.deputy_id)
        .join(Member, Member.id == Deputy.deputy_id)
        .where(Deputy.member_id == member_id, Member.active, Member.role.in_(WORKING))
        .order_by(Deputy.position)
        .limit(1)
    ).scalar_one_or_none()


def get(turn: Turn, member_id: int) -> Member:
    """Return a member, active or not. Raises NotFound."""
    found = turn.session.get(Member, member_id)
    if found is None:
        raise NotFound(_GONE)
    return found


def find(turn: Turn, text: str) -> Member:
    """Return the member with this number, address or exact name. Raises NotFound, and Invalid where two are meant."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return get(turn, int(text))
    found = turn.session.scalars(
        select(Member).where((Member.address == text.lower()) | (Member.name == text)).order_by(Member.id)
    ).all()
    if not found:
        raise NotFound(f"Kein Mitglied heißt „{text}“.")
    if len(found) > 1:
        numbers = ", ".join(str(one.id) for one in found)
        raise Invalid(f"Mehrere Mitglieder heißen „{text}“; bitte die Nummer nehmen: {numbers}.", {"member": numbers})
    return found[0]


def hold(turn: Turn, member_id: int, version: int | None = None) -> Member:
    """Return a member for changing, with its version raised; nobody else changes it before this turn ends.

    `version` is the one that the person saw (None = whatever there is). Raises NotFound, and Conflict when somebody
    changed the member since.
    """
    found = turn.session.get(Member, member_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(_GONE)
    if version is not None and version != found.version:
        raise Conflict(f"{found.name} wurde inzwischen geändert. Bitte den neuen Stand ansehen.")
    found.version += 1
    return found


def is_last_admin(turn: Turn, member: Member) -> bool:
    """Return whether the firm would have no Admin without this member; those who never came in do not count.

    The rows are held until the turn ends, so that two Admins cannot remove each other at the same moment.
    """
    admins = turn.session.scalars(
        select(Member.id)
        .where(Member.role == Role.ADMIN, Member.active, Member.invited_at.is_(None))
        .order_by(Member.id)
        .with_for_update()
    ).all()
    return list(admins) == [member.id]


def has_admin(turn: Turn) -> bool:
    """Return whether an active Admin has ever come in."""
    found = select(Member.id).where(Member.role == Role.ADMIN, Member.active, Member.invited_at.is_(None)).limit(1)
    return turn.session.execute(found).first() is not None


def taken(turn: Turn, address: str, but: int | None = None) -> bool:
    """Return whether another active member has this address."""
    query = select(Member.id).where(Member.address == address, Member.active, Member.id != (but or 0))
    return bool(address) and turn.session.execute(query.limit(1)).first() is not None
