"""Taking back everything that a member confirmed since some day: what that would be, and doing it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import revoke
from service.domain.days import local_day, midnight
from service.errors import Invalid
from service.store import members, reversal, settings
from service.turn import Turn
from service.web import session

pages = Blueprint("revoking", __name__)

# How far back, in days of the firm; None means everything.
_PERIODS: dict[str, tuple[str, int | None]] = {
    "heute": ("heute", 0),
    "woche": ("in den letzten 7 Tagen", 6),
    "monat": ("in den letzten 30 Tagen", 29),
    "alles": ("jemals", None),
}


def _period(text: str) -> str:
    if text not in _PERIODS:
        raise Invalid("Diesen Zeitraum gibt es nicht.", {"seit": "Bitte auswählen."})
    return text


def _since(turn: Turn, period: str) -> datetime | None:
    days = _PERIODS[period][1]
    zone = ZoneInfo(settings.zone(turn))
    return None if days is None else midnight(local_day(turn.now, zone) - timedelta(days=days), zone)


@pages.get("/mitglieder/<int:member_id>/einordnungen")
@guards.needs(guards.CHANGE_SETTINGS)
def preview(member_id: int) -> str:
    """Show of which classes a member's confirmations stand, by period, and what taking them back would do.

    How many they are is a figure of one person: only that person is told.
    """
    return _page(member_id, _period(request.args.get("seit", "heute")))


def _page(member_id: int, period: str, problem: Invalid | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "mitglied_einordnungen.html",
            page="mitglieder",
            who=members.get(turn, member_id),
            found=reversal.extent(turn, member_id, _since(turn, period)),
            periods=_PERIODS,
            period=period,
            problem=problem,
            own=member_id == turn.actor.member_id,
        )


@pages.post("/mitglieder/<int:member_id>/einordnungen")
@guards.needs(guards.CHANGE_SETTINGS)
def take_back(member_id: int) -> Response | tuple[str, int]:
    """Take back what the preview showed, all of it or nothing."""
    period = _period(request.form.get("seit", ""))
    try:
        with session.runtime().turn(session.actor()) as turn:
            revoke.revoke(turn, member_id, _since(turn, period), request.form.get("stand", "")[:64])
    except Invalid as error:
        return _page(member_id, period, error), 422
    return redirect(f"/mitglieder/{member_id}?gespeichert=einordnungen", 303)
