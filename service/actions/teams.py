"""Teams: somebody says which mailboxes belong together, who works there and who leads."""

from typing import Any

from models.duty import Team
from service.errors import Conflict, Invalid
from service.store import care, teams, trail
from service.store.teams import Part
from service.turn import Turn


def create(turn: Turn, name: str, made_of: Part, *, sample: bool = False) -> Team:
    """Add a team. Raises Invalid for a name that is taken, an account or a member that does not exist."""
    made = teams.add(turn, name, sample=sample)
    _put(turn, made, made_of)
    trail.note(turn, "Team angelegt", f"team:{made.id}", None, _plain(made.name, made_of))
    return made


def change(turn: Turn, team_id: int, name: str, made_of: Part, seen: str | None = None) -> None:
    """Change a team; `seen` is the mark of what the person saw (None = whatever there is).

    Raises NotFound, Invalid as `create`, and Conflict when somebody changed the team since.
    """
    team = teams.get(turn, team_id)
    before = teams.part(turn, team_id)
    if seen is not None and seen != teams.mark(team.name, before):
        raise Conflict(f"Das Team „{team.name}“ wurde inzwischen geändert. Bitte den neuen Stand ansehen.")
    name = teams.free(turn, name, team_id)
    was = _plain(team.name, before)
    team.name = name
    _put(turn, team, made_of, before)
    if was != _plain(name, made_of):
        trail.note(turn, "Team geändert", f"team:{team_id}", was, _plain(name, made_of))


def remove(turn: Turn, team_id: int) -> None:
    """Remove a team; its mailboxes and members stay. Raises NotFound."""
    team, before = teams.get(turn, team_id), teams.part(turn, team_id)
    name = team.name
    teams.remove(turn, team_id)
    care.recount(turn, before.accounts)
    trail.note(turn, "Team gelöscht", f"team:{team_id}", _plain(name, before), None)


def _put(turn: Turn, team: Team, made_of: Part, before: Part | None = None) -> None:
    was = before or Part()
    care.known(turn, made_of.accounts)
    # Members who left may stay in the team, in case they come back; nobody new who left comes in.
    teams.active(turn, (made_of.members | made_of.leads) - was.members)
    if not made_of.leads <= made_of.members:
        raise Invalid("Wer ein Team leitet, gehört dazu.", {"leads": "Bitte auch als Mitglied auswählen."})
    teams.put(turn, team.id, made_of)
    care.recount(turn, made_of.accounts | was.accounts)


def _plain(name: str, made_of: Part) -> dict[str, Any]:
    return {
        "name": name,
        "accounts": sorted(made_of.accounts),
        "members": sorted(made_of.members),
        "leads": sorted(made_of.leads),
    }
