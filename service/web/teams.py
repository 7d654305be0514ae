"""Teams: the list, and one team with its mailboxes, its members and those who lead it."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import teams
from service.errors import Invalid
from service.store import accounts, members
from service.store import teams as sets
from service.store.teams import Part
from service.web import session

pages = Blueprint("teams", __name__)


@pages.get("/teams")
@guards.needs(guards.SETTINGS)
def index() -> str:
    """Show the teams."""
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "teams.html",
            page="mitglieder",
            lines=sets.every(turn),
            may_change=session.actor().role in guards.CHANGE_SETTINGS,
            gone=request.args.get("geloescht", "")[:60],
        )


@pages.get("/teams/neu")
@guards.needs(guards.CHANGE_SETTINGS)
def new() -> str:
    """Show the form of a new team."""
    return _page(None)


@pages.get("/teams/<int:team_id>")
@guards.needs(guards.SETTINGS)
def show(team_id: int) -> str:
    """Show one team."""
    return _page(team_id)


def _page(team_id: int | None, problem: Invalid | None = None) -> str:
    """Return the page of a team; after a refusal with what was chosen."""
    with session.runtime().look(session.actor()) as turn:
        name = sets.get(turn, team_id).name if team_id is not None else ""
        part = sets.part(turn, team_id) if team_id is not None else Part()
        mark = sets.mark(name, part)
        lines = members.every(turn, inactive=True)
        return render_template(
            "team.html",
            page="mitglieder",
            team_id=team_id,
            name=name,
            shown_name=request.form.get("name", "")[:100] if problem else name,
            part=_posted() if problem else part,
            mark=mark,
            people=[line.member for line in lines if line.member.active or line.member.id in part.members],
            accounts=accounts.every(turn),
            may_change=session.actor().role in guards.CHANGE_SETTINGS,
            problem=problem,
            saved="gespeichert" in request.args,
        )


def _chosen(name: str) -> frozenset[int]:
    return frozenset(
        int(text) for text in request.form.getlist(name) if text.isascii() and text.isdigit() and len(text) < 10
    )


def _posted() -> Part:
    leads = _chosen("leitung")
    return Part(_chosen("postfach"), _chosen("mitglied") | leads, leads)


@pages.post("/teams/neu")
@guards.needs(guards.CHANGE_SETTINGS)
def create() -> Response | tuple[str, int]:
    """Add a team."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            made = teams.create(turn, request.form.get("name", ""), _posted()).id
    except Invalid as error:
        return _page(None, error), 422
    return redirect(f"/teams/{made}?gespeichert=1", 303)


@pages.post("/teams/<int:team_id>")
@guards.needs(guards.CHANGE_SETTINGS)
def change(team_id: int) -> Response | tuple[str, int]:
    """Change a team; what somebody changed meanwhile is not overwritten."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            seen = request.form.get("stand") or None
            teams.change(turn, team_id, request.form.get("name", ""), _posted(), seen)
    except Invalid as error:
        return _page(team_id, error), 422
    return redirect(f"/teams/{team_id}?gespeichert=1", 303)


@pages.post("/teams/<int:team_id>/loeschen")
@guards.needs(guards.CHANGE_SETTINGS)
def remove(team_id: int) -> Response | tuple[str, int]:
    """Remove a team; the box must be ticked."""
    if request.form.get("sicher") != "1":
        with session.runtime().look(session.actor()) as turn:
            sets.get(turn, team_id)
        return _page(team_id, Invalid("Bitte bestätigen, dass das Team gelöscht werden soll.")), 422
    with session.runtime().turn(session.actor()) as turn:
        teams.remove(turn, team_id)
    return redirect("/teams?geloescht=1", 303)
