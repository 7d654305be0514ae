"""Settings of the firm: opening hours, Bundesland, single days, reply targets, rules, sample data."""

import re

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.terms import CalendarKind, Channel
from service import guards, texts
from service.actions import configure, recompute, sample
from service.domain import hours as hour_rules
from service.domain import kpi
from service.domain.business_time import DAYS
from service.domain.hours import LAENDER, Hours
from service.domain.kpi import Direction, Kpi, Unit
from service.domain.windows import Target
from service.errors import Invalid
from service.store import past, settings
from service.web import replying, session

pages = Blueprint("settings", __name__)

DAY_NAMES = dict(
    zip(DAYS, ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"), strict=True)
)
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
# Reaction times are measured against the reply target of their channel, so they have no second target here.
FIGURES = tuple(figure for figure in kpi.CATALOGUE if figure.unit is not Unit.MINUTEN and figure.target is not None)
# A target of "over 100 %" could never be met.
MOST_OF_UNIT = {Unit.ANZAHL: 100_000, Unit.PROZENT: 99}
_MOST_MINUTES = 60 * 24 * 60
_MOST_SPANS = 12
_MOST_DAYS = 400


@pages.get("/einstellungen")
@guards.needs(guards.SETTINGS)
def show() -> str:
    """Show how the firm has set Postlotse up."""
    return _page()


def _page(problem: Invalid | None = None, typed: Hours | None = None) -> str:
    """Return the page; after a refusal with its reasons and the hours as they were typed."""
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "einstellungen.html",
            page="einstellungen",
            hours=typed or settings.hours(turn),
            problem=problem,
            targets=settings.targets(turn),
            past=past.state(turn),
            now=turn.now,
            mass_mail=bool(settings.get(turn, settings.MASS_MAIL_RULE, default=False)),
            own_domains=sorted(settings.own_domains(turn)),
            has_sample=sample.present(turn),
            days=DAY_NAMES,
            laender=LAENDER,
            kpi_targets=settings.kpi_targets(turn),
            figures=FIGURES,
            kinds=CalendarKind,
            channels=Channel,
            sending=replying.switch(turn),
            may_change=session.actor().role in guards.CHANGE_SETTINGS,
            saved=request.args.get("gespeichert", ""),
        )


def _spans(starts: list[str], ends: list[str]) -> list[list[str]]:
    pairs = [[a.strip(), b.strip()] for a, b in zip(starts, ends, strict=False) if a.strip() or b.strip()]
    return pairs[:_MOST_SPANS]


def posted_hours(timezone: str) -> Hours:
    """Return the opening hours of a posted form, not yet checked."""
    form = request.form
    week = {day: _spans(form.getlist(f"von-{day}"), form.getlist(f"bis-{day}")) for day in DAYS}
    overrides: dict[str, list[list[str]]] = {}
    for day, start, end in zip(form.getlist("tag"), form.getlist("tag-von"), form.getlist("tag-bis"), strict=False):
        if day.strip() and len(overrides) < _MOST_DAYS:
            overrides.setdefault(day.strip(), []).extend(_spans([start], [end]))
    return Hours(week, form.get("land", ""), overrides, timezone)


@pages.post("/einstellungen/zeiten")
@guards.needs(guards.CHANGE_SETTINGS)
def save_hours() -> Response | tuple[str, int]:
    """Store opening hours; running windows are recomputed at once. A refusal keeps what was typed."""
    with session.runtime().look(session.actor()) as turn:
        value = posted_hours(settings.hours(turn).timezone)
    problems = hour_rules.problems(value) or hour_rules.slips(value)
    if problems:
        refused = Invalid("Die Öffnungszeiten lassen sich so nicht speichern.", problems)
        return _page(refused, value), 422
    with session.runtime().turn(session.actor()) as turn:
        configure.hours(turn, value)
    return redirect("/einstellungen?gespeichert=zeiten", 303)


def _minutes(name: str, label: str, *, optional: bool = False) -> int | None:
    text = request.form.get(name, "").strip()
    if not text and optional:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not 0 < int(text) <= _MOST_MINUTES:
        raise Invalid(f"{label}: bitte ganze Minuten zwischen 1 und {_MOST_MINUTES} eintragen.", {name: label})
    return int(text)


@pages.post("/einstellungen/ziele")
@guards.needs(guards.CHANGE_SETTINGS)
def save_targets() -> Response:
    """Store the reply target of each channel."""
    kinds = {kind.value: kind for kind in CalendarKind}
    found: dict[Channel, Target] = {}
    for channel in Channel:
        limit = _minutes(f"frist-{channel.name}", f"Frist {channel.value}") or 0
        ideal = _minutes(f"ideal-{channel.name}", f"Ideal {channel.value}", optional=True)
        kind = kinds.get(request.form.get(f"kalender-{channel.name}", ""))
        if kind is None:
            raise Invalid("Diesen Kalender gibt es nicht.", {f"kalender-{channel.name}": "Bitte auswählen."})
        resolve = _minutes(f"erledigung-{channel.name}", f"Erledigung {channel.value}", optional=True)
        found[channel] = Target(limit, kind, ideal, resolve)
    with session.runtime().turn(session.actor()) as turn:
        configure.targets(turn, found)
    return redirect("/einstellungen?gespeichert=ziele", 303)


@pages.get("/einstellungen/nachrechnen/stand")
@guards.needs(guards.SETTINGS)
def past_figures() -> str:
    """Return the part of the page that says how past figures stand, again."""
    with session.runtime().look(session.actor()) as turn:
        may_change = session.actor().role in guards.CHANGE_SETTINGS
        return render_template("_nachrechnen.html", past=past.state(turn), now=turn.now, may_change=may_change)


@pages.post("/einstellungen/nachrechnen")
@guards.needs(guards.CHANGE_SETTINGS)
def recompute_past() -> Response:
    """Have past windows measured under the present hours and targets; the page then says how many are left."""
    with session.runtime().turn(session.actor()) as turn:
        recompute.ask(turn)
    return redirect("/einstellungen?gespeichert=nachrechnen#h-nr", 303)


def _figure_target(figure: Kpi) -> float:
    """Return the posted target of a figure: a whole count, or percent. Raises Invalid."""
    name, label = f"ziel-{figure.key}", texts.KPIS[figure.key]
    text = request.form.get(name, "").strip().replace(",", ".")
    most = MOST_OF_UNIT[figure.unit]
    least = 1 if figure.direction is Direction.UNTER else 0
    if not _AMOUNT.fullmatch(text) or not least <= float(text) <= most or (figure.unit is Unit.ANZAHL and "." in text):
        kind = "eine ganze Zahl" if figure.unit is Unit.ANZAHL else "eine Zahl"
        raise Invalid(f"{label}: bitte {kind} zwischen {least} und {most} eintragen.", {name: label})
    return float(text)


@pages.post("/einstellungen/kennzahlen")
@guards.needs(guards.CHANGE_SETTINGS)
def save_figures() -> Response:
    """Store the targets of the figures; tiles, mailboxes and the API measure against them at once."""
    found = {figure.key: _figure_target(figure) for figure in FIGURES}
    with session.runtime().turn(session.actor()) as turn:
        configure.kpi_targets(turn, found)
    return redirect("/einstellungen?gespeichert=kennzahlen", 303)


@pages.post("/einstellungen/regeln")
@guards.needs(guards.CHANGE_SETTINGS)
def save_rules() -> Response:
    """Switch the mass-mail step between suggesting and filing by itself."""
    with session.runtime().turn(session.actor()) as turn:
        configure.switch(turn, settings.MASS_MAIL_RULE, on=request.form.get("massenversand") == "1")
    return redirect("/einstellungen?gespeichert=regeln", 303)


@pages.post("/einstellungen/beispieldaten")
@guards.needs(guards.CHANGE_SETTINGS)
def remove_sample() -> Response:
    """Remove the invented firm before real use (S1.34); the box must be ticked."""
    if request.form.get("sicher") != "1":
        raise Invalid("Bitte bestätigen, dass die Beispieldaten gelöscht werden sollen.", {"sicher": "Häkchen setzen."})
    with session.runtime().turn(session.actor()) as turn:
        sample.remove(turn)
    return redirect("/einstellungen?gespeichert=beispieldaten", 303)
