"""Teams: sets of mailboxes and numbers with the members who work in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import delete, func, select

from models.account import Account
from models.duty import Team, TeamAccount, TeamMember
from models.staff import Member
from service.errors import Invalid, NotFound
from service.store import care
from service.store.prepared import Ask, Prepared
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Part:
    """What a team is made of: mailboxes and numbers, members, and those of them who lead it."""

    accounts: frozenset[int] = frozenset()
    members: frozenset[int] = frozenset()
    leads: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One team as pages show it: names in order; members without those who lead it and without those who left."""

    id: int
    name: str
    accounts: tuple[str, ...]
    members: tuple[str, ...]
    leads: tuple[str, ...]


def every(turn: Turn) -> tuple[Line, ...]:
    """Return all teams by name."""
    teams = turn.session.scalars(select(Team).order_by(func.lower(Team.name), Team.id)).all()
    return tuple(_line(turn, team) for team in teams)


def names(turn: Turn) -> tuple[tuple[int, str], ...]:
    """Return number and name of all teams, by name."""
    return tuple((number, name) for number, name in NAMES.rows(turn))


# Built once: every page of figures asks this.
NAMES = Ask(Prepared(select(Team.id, Team.name).order_by(func.lower(Team.name), Team.id)))


def _line(turn: Turn, team: Team) -> Line:
    accounts = turn.session.scalars(
        select(care.called())
        .join(TeamAccount, TeamAccount.account_id == Account.id)
        .where(TeamAccount.team_id == team.id)
        .order_by(Account.name, Account.channel)
    )
    people = turn.session.execute(
        select(Member.name, TeamMember.leads)
        .join(TeamMember, TeamMember.member_id == Member.id)
        .where(TeamMember.team_id == team.id, Member.active)
        .order_by(func.lower(Member.name))
    ).all()
    members, leads = (tuple(name for name, leading in people if leading is kind) for kind in (False, True))
    return Line(team.id, team.name, tuple(accounts), members, leads)


def get(turn: Turn, team_id: int) -> Team:
    """Return a team. Raises NotFound."""
    found = turn.session.get(Team, team_id, with_for_update=True)
    if found is None:
        raise NotFound("Dieses Team gibt es nicht (mehr).")
    return found


def find(turn: Turn, name: str) -> Team:
    """Return the team of this name, whatever its case. Raises NotFound."""
    folded = name.strip().casefold()
    for team in turn.session.scalars(select(Team)):
        if team.name.casefold() == folded:
            return team
    raise NotFound(f"Kein Team heißt „{name}“.")


def part(turn: Turn, team_id: int) -> Part:
    """Return what a team is made of, members who left included."""
    people = turn.session.execute(
        select(TeamMember.member_id, TeamMember.leads).where(TeamMember.team_id == team_id)
    ).all()
    return Part(
        frozenset(turn.session.scalars(select(TeamAccount.account_id).where(TeamAccount.team_id == team_id))),
        frozenset(member_id for member_id, _ in people),
        frozenset(member_id for member_id, leading in people if leading),
    )


def mark(name: str, made_of: Part) -> str:
    """Return a mark that differs whenever a team differs, so that nobody overwrites what he has not seen."""
    sets = (made_of.accounts, made_of.members, made_of.leads)
    return sha256(repr((name, *(sorted(one) for one in sets))).encode()).hexdigest()[:16]


def of_member(turn: Turn, member_id: int) -> tuple[Team, ...]:
    """Return the teams in which a member works, by name."""
    return tuple(
        turn.session.scalars(
            select(Team).join(TeamMember).where(TeamMember.member_id == member_id).order_by(func.lower(Team.name))
        )
    )


def add(turn: Turn, name: str, *, sample: bool = False) -> Team:
    """Add an empty team. Raises Invalid when the name is taken."""
    made = Team(name=free(turn, name), created_at=turn.now, sample=sample)
    turn.session.add(made)
    turn.session.flush()
    return made


def free(turn: Turn, name: str, but: int | None = None) -> str:
    """Return the name without spaces around it. Raises Invalid when it is empty, too long, or another team's."""
    name = name.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise Invalid(
            "Ein Team braucht einen Namen mit höchstens 60 Zeichen.", {"name": "Bitte einen Namen eintragen."}
        )
    others = turn.session.scalars(select(Team.name).where(Team.id != (but or 0)))
    if name.casefold() in {other.casefold() for other in others}:
        raise Invalid(f"Ein Team „{name}“ gibt es schon.", {"name": "Bitte einen anderen Namen wählen."})
    return name


def put(turn: Turn, team_id: int, made_of: Part) -> None:
    """Store what a team is made of; nothing else stays. Whoever leads it is in it."""
    _drop(turn, team_id)
    for account_id in sorted(made_of.accounts):
        turn.session.add(TeamAccount(team_id=team_id, account_id=account_id))
    for member_id in sorted(made_of.members | made_of.leads):
        turn.session.add(TeamMember(team_id=team_id, member_id=member_id, leads=member_id in made_of.leads))
    turn.session.flush()


def _drop(turn: Turn, team_id: int) -> None:
    turn.session.flush()
    for table in (TeamAccount, TeamMember):
        turn.session.execute(delete(table).where(table.team_id == team_id))


def remove(turn: Turn, team_id: int) -> None:
    """Remove a team; its mailboxes and members stay."""
    _drop(turn, team_id)
    turn.session.execute(delete(Team).where(Team.id == team_id))


def active(turn: Turn, member_ids: Iterable[int]) -> frozenset[int]:
    """Return these members. Raises Invalid when one does not exist or has left."""
    wanted = frozenset(member_ids)
    found = frozenset(turn.session.scalars(select(Member.id).where(Member.id.in_(sorted(wanted)), Member.active)))
    if found != wanted:
        raise Invalid("Eines dieser Mitglieder arbeitet nicht mehr hier.", {"members": "Bitte die Seite neu laden."})
    return found
