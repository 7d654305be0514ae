"""Absences and deputies: who is away now and soon, entering and ending it, who stands in, and the hand-back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.terms import AbsenceKind
from service import guards
from service.actions import absence, cover, deputies
from service.actions.absence import Plan
from service.domain.spans import seconds_of_day
from service.errors import Invalid, NotFound
from service.store import absences, duty, grants, handback, notices, reach, settings, staff
from service.turn import Turn
from service.web import away, session

pages = Blueprint("absences", __name__)

# What a person can choose; the fourth comes from the mailbox itself.
KINDS = {kind.value: kind for kind in AbsenceKind if kind is not AbsenceKind.OUTLOOK}
_FARTHEST = date(2200, 1, 1)


@pages.get("/abwesenheiten")
@guards.needs(guards.WORK)
def index() -> str:
    """Show who is away now and soon, the form for an absence, the own deputies, and who has none."""
    return _list()


def _list(problem: Invalid | None = None) -> str:
    me = session.actor()
    with session.runtime().look(me) as turn:
        for_others = absence.may_change(turn, 0)
        return render_template(
            "abwesenheiten.html",
            page="abwesenheiten",
            rows=away.rows(turn, over=False),
            history=[row for row in away.rows(turn, over=True) if row.may_change],
            kinds=KINDS,
            people=duty.names(turn, working=True) if for_others else {},
            uncovered=away.uncovered(turn),
            editor=away.editor(turn, me.member_id or 0),
            today=turn.now.astimezone(_zone(turn)).date().isoformat(),
            problem=problem,
            typed_in=request.form if problem else {},
            warnings=_warnings(turn),
            saved=request.args.get("gespeichert", ""),
        )


def _warnings(turn: Turn) -> tuple[str, ...]:
    """Return what should be known of the absence that was just entered."""
    number = _number(request.args.get("nr", ""))
    try:
        found = absences.get(turn, number)
    except NotFound:
        return ()
    if not absence.may_change(turn, found.member_id):
        return ()
    who = staff.member(turn, found.member_id)
    return absence.warnings(turn, who, duty.load(turn), (found.from_at, found.until_at))


def _zone(turn: Turn) -> ZoneInfo:
    return ZoneInfo(settings.zone(turn))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _plan(turn: Turn) -> Plan:
    """Return the posted period: whole local days, the last one included, or from and until a time of day."""
    form, zone = request.form, _zone(turn)
    kind = KINDS.get(form.get("grund", ""))
    if kind is None:
        raise Invalid("Diesen Grund gibt es nicht.", {"grund": "Bitte auswählen."})
    start, until = _day("von", "Der erste Tag"), _day("bis", "Der letzte Tag")
    begins = _at(start, form.get("von-zeit", ""), zone)
    ends = form.get("bis-zeit", "").strip()
    return Plan(kind, begins, _at(until, ends, zone) if ends else _at(until + timedelta(days=1), "", zone))


def _day(name: str, label: str) -> date:
    try:
        found = date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        raise Invalid(f"{label} fehlt oder ist kein Datum.", {name: "Bitte ein Datum wählen."}) from None
    if not date(2000, 1, 1) <= found <= _FARTHEST:
        raise Invalid(f"{label} liegt zu weit weg.", {name: "Bitte ein anderes Datum wählen."})
    return found


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    try:
        seconds = seconds_of_day(clock) if clock.strip() else 0
    except ValueError as error:
        raise Invalid(str(error), {"zeit": "Bitte eine Uhrzeit wie 08:00 eintragen."}) from None
    return datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(seconds=seconds)


@pages.post("/abwesenheiten")
@guards.needs(guards.WORK)
def enter() -> Response | tuple[str, int]:
    """Enter an absence, for oneself or, as Team-Lead or Admin, for somebody else."""
    me = session.actor()
    try:
        with session.runtime().turn(me) as turn:
            member_id = _number(request.form.get("mitglied", "")) or me.member_id or 0
            done = absence.enter(turn, member_id, _plan(turn))
            cover.cover(turn)
    except Invalid as error:
        return _list(error), 422
    return redirect(f"/abwesenheiten?gespeichert=eingetragen&nr={done.absence_id}", 303)


@pages.get("/abwesenheiten/<int:absence_id>")
@guards.needs(guards.WORK)
def show(absence_id: int) -> str:
    """Show one absence: what came in, who answered in which part, what is open; and change it while it is not over."""
    return _page(absence_id)


def _page(absence_id: int, problem: Invalid | None = None) -> str:
    me = session.actor()
    with session.runtime().turn(me) as turn:
        found = absences.get(turn, absence_id)
        line = absences.line(turn, found)
        row = away.row(turn, line, duty.load(turn), duty.names(turn))
        if not row.may_open:
            raise NotFound(absences.GONE)
        if me.member_id == found.member_id:
            notices.see_absence(turn, found.member_id, found.id)
        begun = found.from_at <= turn.now and not row.withdrawn
        zone = _zone(turn)
        return render_template(
            "abwesenheit.html",
            page="abwesenheiten",
            row=row,
            summary=handback.summary(turn, found, reach.mine(turn)) if begun else None,
            over=absences.over_at(found) <= turn.now,
            mine=me.member_id == found.member_id,
            kinds=KINDS,
            from_day=found.from_at.astimezone(zone),
            last=(found.until_at - timedelta(microseconds=1)).astimezone(zone),
            until=found.until_at.astimezone(zone),
            problem=problem,
            typed_in=request.form if problem else {},
            saved=request.args.get("gespeichert", ""),
        )


@pages.post("/abwesenheiten/<int:absence_id>")
@guards.needs(guards.WORK)
def change(absence_id: int) -> Response | tuple[str, int]:
    """Change kind or period of an absence that is not over."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            _guard(turn, absence_id)
            done = absence.change(turn, absence_id, _plan(turn))
            cover.cover(turn)
    except Invalid as error:
        return _page(absence_id, error), 422
    return redirect(f"/abwesenheiten?gespeichert=geaendert&nr={done.absence_id}", 303)


@pages.post("/abwesenheiten/<int:absence_id>/beenden")
@guards.needs(guards.WORK)
def end(absence_id: int) -> Response:
    """End an absence now, or withdraw one that has not begun; who comes back sees the hand-back at once."""
    with session.runtime().turn(session.actor()) as turn:
        _guard(turn, absence_id)
        ran = absence.end(turn, absence_id)
    return redirect(f"/abwesenheiten/{absence_id}?gespeichert=beendet" if ran else _WITHDRAWN, 303)


_WITHDRAWN = "/abwesenheiten?gespeichert=zurueckgezogen"


def _guard(turn: Turn, absence_id: int) -> None:
    """Raise NotFound for an absence that is none of this person's business, as for one that does not exist."""
    if not absence.may_change(turn, absences.get(turn, absence_id).member_id):
        raise NotFound(absences.GONE)


@pages.post("/vertretung/<int:member_id>")
@guards.needs(guards.WORK)
def put_deputies(member_id: int) -> Response | tuple[str, int]:
    """Store who stands in for a member, first one first; empty places are left out."""
    chosen = [number for number in map(_number, request.form.getlist("vertritt")) if number]
    try:
        with session.runtime().turn(session.actor()) as turn:
            if not absence.may_change(turn, member_id):
                raise NotFound("Dieses Mitglied gibt es nicht (mehr).")
            deputies.put(turn, member_id, chosen)
            cover.cover(turn)
    except Invalid as error:
        return _editor(member_id, chosen, error), 422
    back = session.own_path(request.form.get("weiter", ""))
    return redirect(back or "/abwesenheiten?gespeichert=vertretung", 303)


def _editor(member_id: int, chosen: list[int], problem: Invalid) -> str:
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "vertretung_aendern.html",
            page="abwesenheiten",
            who=staff.member(turn, member_id),
            editor=away.editor(turn, member_id, chosen),
            problem=problem,
            back=session.own_path(request.form.get("weiter", "")),
        )


@pages.get("/vertretung/<int:member_id>")
@guards.needs(guards.WORK)
def open_items(member_id: int) -> str:
    """Show what waits for an answer in the place of somebody away: to who stands in, to leads and to Admins."""
    with session.runtime().look(session.actor()) as turn:
        me = session.actor()
        standing = {one.member_id: one for one in grants.standing(turn, me.member_id or 0)}
        if member_id not in standing and not absence.may_change(turn, member_id):
            raise NotFound("Dieses Mitglied gibt es nicht (mehr).")
        return render_template(
            "vertretung.html",
            page="abwesenheiten",
            who=staff.member(turn, member_id),
            held=standing.get(member_id),
            mine=me.member_id == member_id,
            lines=handback.open_items(turn, member_id, *reach.mine(turn)),
            total=handback.waiting(turn, member_id, *reach.mine(turn)),
        )
