"""Members: the list, inviting somebody, and one member with role, mailboxes, working hours, and the way out."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.staff import Member
from models.terms import Role
from service import guards
from service.actions import depart, members, signin
from service.domain.duty import WORKING
from service.errors import Invalid
from service.store import assignments, care, handover, teams
from service.store import members as people
from service.turn import Turn
from service.web import invitation, session, working

pages = Blueprint("members", __name__)

_ROLES = {role.value: role for role in Role}
_LONGEST = 200


@pages.get("/mitglieder")
@guards.needs(guards.SETTINGS)
def index() -> str:
    """Show who works with Postlotse."""
    return _list()


def _list(problem: Invalid | None = None, link: str = "", made: Member | None = None) -> str:
    config = session.runtime().config
    with session.runtime().look(session.actor()) as turn:
        lines = people.every(turn, inactive=True)
    shown = [line for line in lines if line.member.active]
    gone = [line for line in lines if not line.member.active]
    return render_template(
        "mitglieder.html",
        page="mitglieder",
        lines=shown,
        gone=gone,
        uncovered=sum(not line.has_deputy for line in shown if line.member.role in guards.WORK),
        roles=Role,
        by_directory=config.roles_from_directory,
        local=not config.oidc_issuer and config.is_loopback,
        may_change=_may_change(),
        problem=problem,
        typed_in=request.form if problem else {},
        link=link,
        made=made,
    )


def _may_change() -> bool:
    return session.actor().role in guards.CHANGE_SETTINGS


@pages.post("/mitglieder")
@guards.needs(guards.CHANGE_SETTINGS)
def invite() -> str | tuple[str, int]:
    """Invite a person; the link is shown once, right here, and never again. A refusal keeps what was typed."""
    form = request.form
    role = Role.MITARBEITER if session.runtime().config.roles_from_directory else _role(form.get("rolle", ""))
    try:
        with session.runtime().turn(session.actor()) as turn:
            made = members.invite(turn, form.get("name", "")[:_LONGEST], form.get("adresse", "")[:_LONGEST], role)
            link = _link(turn, made)
    except Invalid as error:
        return _list(error), 422
    return _list(link=link, made=made)


def _role(text: str) -> Role:
    if text not in _ROLES:
        raise Invalid("Diese Rolle gibt es nicht.", {"rolle": "Bitte auswählen."})
    return _ROLES[text]


def _given_here(text: str) -> Role:
    """Return the posted role. Raises Invalid also where the directory says who has which."""
    if session.runtime().config.roles_from_directory:
        raise Invalid(
            "Rollen vergibt hier das Firmenverzeichnis.",
            {"rolle": "Dort ändern; die neue Rolle gilt ab der nächsten Anmeldung."},
        )
    return _role(text)


def _link(turn: Turn, who: Member) -> str:
    """Return a fresh link by which a member comes in; "" where this installation has no way in yet."""
    config = session.runtime().config
    if config.oidc_issuer:
        return invitation.link(members.invitation(turn, who.id))
    if config.is_loopback:
        return f"{request.host_url.rstrip('/')}/anmelden#{signin.link(turn, who.role, who.id)}"
    return ""


@pages.get("/mitglieder/<int:member_id>")
@guards.needs(guards.SETTINGS)
def show(member_id: int) -> str:
    """Show one member."""
    return _page(member_id)


def _page(member_id: int, problem: Invalid | None = None, link: str = "") -> str:
    config = session.runtime().config
    with session.runtime().look(session.actor()) as turn:
        who = people.get(turn, member_id)
        return render_template(
            "mitglied.html",
            page="mitglieder",
            who=who,
            has_deputy=people.has_deputy(turn, member_id),
            places=care.places(turn, member_id),
            teams=teams.of_member(turn, member_id),
            roles=Role,
            by_directory=config.roles_from_directory,
            named_by_directory=bool(config.oidc_issuer) and who.invited_at is None,
            local=not config.oidc_issuer and config.is_loopback,
            may_change=_may_change(),
            is_me=member_id == session.actor().member_id,
            week=working.posted_week() if problem and request.form.get("zeiten") == "eigene" else who.hours,
            **working.offered(turn),
            saved=request.args.get("gespeichert", ""),
            problem=problem,
            link=link,
            WORKING=WORKING,
        )


def _saved(member_id: int, what: str) -> Response:
    return redirect(f"/mitglieder/{member_id}?gespeichert={what}", 303)


@pages.post("/mitglieder/<int:member_id>/angaben")
@guards.needs(guards.CHANGE_SETTINGS)
def describe(member_id: int) -> Response | tuple[str, int]:
    """Store name and address."""
    form = request.form
    try:
        with session.runtime().turn(session.actor()) as turn:
            members.describe(turn, member_id, form.get("name", ""), form.get("adresse", ""), working.version())
    except Invalid as error:
        return _page(member_id, error), 422
    return _saved(member_id, "angaben")


@pages.post("/mitglieder/<int:member_id>/rolle")
@guards.needs(guards.CHANGE_SETTINGS)
def change_role(member_id: int) -> Response | tuple[str, int]:
    """Store another role, unless the directory says who has which."""
    try:
        role = _given_here(request.form.get("rolle", ""))
        with session.runtime().turn(session.actor()) as turn:
            members.change_role(turn, member_id, role, working.version())
    except Invalid as error:
        return _page(member_id, error), 422
    # Who changed the own role has no session any longer.
    mine = member_id == session.actor().member_id
    return redirect("/anmelden", 303) if mine else _saved(member_id, "rolle")


@pages.post("/mitglieder/<int:member_id>/postfaecher")
@guards.needs(guards.CHANGE_SETTINGS)
def look_after(member_id: int) -> Response | tuple[str, int]:
    """Store which mailboxes and numbers a member looks after, and as which one."""
    try:
        wanted = {number: _place(number) for number in _numbers("betreut")}
        with session.runtime().turn(session.actor()) as turn:
            members.look_after(turn, member_id, wanted, working.version())
    except Invalid as error:
        return _page(member_id, error), 422
    return _saved(member_id, "postfaecher")


def _numbers(name: str) -> tuple[int, ...]:
    texts = request.form.getlist(name)
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts):
        raise Invalid("Diese Auswahl gibt es nicht.", {name: "Bitte die Seite neu laden."})
    return tuple(dict.fromkeys(int(text) for text in texts))


def _place(account_id: int) -> int:
    text = request.form.get(f"platz-{account_id}", "").strip() or "99"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


@pages.post("/mitglieder/<int:member_id>/arbeitszeit")
@guards.needs(guards.CHANGE_SETTINGS)
def save_work(member_id: int) -> Response | tuple[str, int]:
    """Store when a member works and how the member is told things."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            members.work(turn, member_id, working.posted(), working.version())
    except Invalid as error:
        return _page(member_id, error), 422
    return _saved(member_id, "arbeitszeit")


@pages.post("/mitglieder/<int:member_id>/einladung")
@guards.needs(guards.CHANGE_SETTINGS)
def renew(member_id: int) -> str | tuple[str, int]:
    """Make a new link; it is shown once. Earlier ones end."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            link = _link(turn, people.get(turn, member_id))
    except Invalid as error:
        return _page(member_id, error), 422
    return _page(member_id, link=link)


@pages.get("/mitglieder/<int:member_id>/deaktivieren")
@guards.needs(guards.CHANGE_SETTINGS)
def ask_to_deactivate(member_id: int) -> str:
    """Show what a member holds, and ask who takes it over."""
    return _farewell(member_id)


def _farewell(member_id: int, problem: Invalid | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "mitglied_deaktivieren.html",
            page="mitglieder",
            who=people.get(turn, member_id),
            load=handover.load(turn, member_id),
            deputy=people.first_deputy(turn, member_id),
            colleagues=[who for who in assignments.colleagues(turn) if who.id != member_id],
            problem=problem,
        )


@pages.post("/mitglieder/<int:member_id>/deaktivieren")
@guards.needs(guards.CHANGE_SETTINGS)
def deactivate(member_id: int) -> Response | tuple[str, int]:
    """End a member's access and hand over what is open."""
    try:
        chosen = _numbers("nachfolge")[:1] if request.form.get("nachfolge") else ()
        with session.runtime().turn(session.actor()) as turn:
            depart.deactivate(turn, member_id, chosen[0] if chosen else None, working.version())
    except Invalid as error:
        return _farewell(member_id, error), 422
    return _saved(member_id, "deaktiviert")


@pages.post("/mitglieder/<int:member_id>/aktivieren")
@guards.needs(guards.CHANGE_SETTINGS)
def reactivate(member_id: int) -> Response | tuple[str, int]:
    """Let a member in again."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            depart.reactivate(turn, member_id, working.version())
    except Invalid as error:
        return _page(member_id, error), 422
    return _saved(member_id, "reaktiviert")
