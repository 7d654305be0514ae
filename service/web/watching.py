"""Klassifikator: how well each step and class does, how sure suggestions are, what changed, and which model answers."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from classifier import gate
from models.learning import ModelVersion
from models.terms import Category, ModelState, Step
from service import guards
from service.actions import observe, train
from service.domain import watching as rules
from service.domain.watching import Bin, StepFigures
from service.errors import Invalid
from service.store import fitted, jobs, lessons, rechecks, watching
from service.turn import Turn
from service.web import charts, session, words

pages = Blueprint("watching", __name__)

_SHOWN = 100
_DONE = {
    "an": "Die Stufe ordnet wieder allein ein. Gezählt wird ab jetzt.",
    "aus": "Die Stufe schlägt ab jetzt nur noch vor.",
    "modell": "Dieses Modell antwortet ab jetzt.",
    "lernen": "Das Lernen ist vorgemerkt und beginnt gleich; es dauert ein paar Minuten.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One step as the page shows it: its figures, whether it acts alone, and what that looks like."""

    figures: StepFigures
    alone: bool
    held: bool
    look: str
    sign: str
    verdict: str


@pages.get("/klassifikator")
@guards.needs(guards.CLASSIFIER)
def index() -> str:
    """Show the figures."""
    return _page()


def _page(problem: Invalid | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        cases = watching.cases(turn, turn.now - watching.PAST)
        found = rules.by_step(cases, _counted(turn))
        bins = rules.calibration(cases)
        matrix = rules.confusion(cases)
        return render_template(
            "klassifikator.html",
            page="klassifikator",
            problem=problem,
            done=_DONE.get(request.args.get("getan", ""), ""),
            cases=len(cases),
            days=watching.PAST.days,
            steps=[_row(each, watching.held(turn)) for each in found],
            classes=rules.by_class(cases),
            bins=bins,
            plot=plot(bins),
            off=rules.calibration_error(bins),
            matrix=matrix,
            most=max(matrix.values(), default=1),
            blind=rechecks.tally(turn, turn.now - watching.PAST),
            drift=drift(turn),
            may_change=session.actor().role in guards.STEER,
            now=turn.now,
            **_models(turn),
        )


def _counted(turn: Turn) -> dict[Step, int]:
    """Return the automatic answers by step as the last daily look counted them; counting them takes a while."""
    stored = watching.latest(turn, "steps")
    return {Step(step): int(value["automatic"]) - int(value["stood"]) for step, value in stored.items()}


def _row(each: StepFigures, held: frozenset[Step]) -> Row:
    is_held = each.step in held
    if is_held:
        look, sign, verdict = "bad", "lock", "schlägt nur vor"
    elif each.fails:
        look, sign, verdict = "bad", "bad", "zu oft falsch"
    elif each.seen < rules.FEWEST:
        look, sign, verdict = "calm", "info", f"noch {rules.FEWEST - each.seen} bis zum Urteil"
    elif each.cusum > rules.CUSUM_LIMIT:
        look, sign, verdict = "warn", "warn", "wird schlechter"
    else:
        look, sign, verdict = "good", "check", "verlässlich"
    return Row(each, each.step in observe.ALONE, is_held, look, sign, verdict)


def _models(turn: Turn) -> dict[str, Any]:
    active = fitted.active(turn)
    return {
        "active": active,
        "versions": [_version(each) for each in fitted.versions(turn)],
        "missing": max(0, train.ENOUGH - (lessons.acts(turn) - fitted.seen(turn))),
        "enough": train.ENOUGH,
        "gate": gate,
    }


def _version(each: ModelVersion) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "v": each,
        "before": verdict["before"],
        "after": verdict["after"],
        "cases": verdict["cases"],
        "refused": verdict["refused"],
        "held": len(verdict["held"]),
        "active": each.state is ModelState.AKTIV,
        "kept": each.packed is not None,
    }


def drift(turn: Turn) -> tuple[tuple[str, str, str, str], ...]:
    """Return what changed lately as (look, sign, sentence, explanation)."""
    shares, senders = watching.latest(turn, "drift"), watching.latest(turn, "senders")
    if not shares:
        return ()
    index = float(shares["psi"])
    if index < rules.PSI_SLIGHT:
        mix = ("good", "check", "Die Post ist gemischt wie zuvor.")
    elif index < rules.PSI_STRONG:
        mix = ("warn", "warn", "Die Mischung der Post hat sich etwas verschoben.")
    else:
        mix = ("bad", "warn", "Es kommt deutlich andere Post als zuvor.")
    whole, new = int(senders["all"]), int(senders["new"])
    share = words.percent(new / whole) if whole else "0"
    return (
        (*mix, f"Stabilitätsindex {words.number(index, 2)} (ruhig unter 0,10; auffällig ab 0,25), letzte 28 Tage"),
        (
            "calm",
            "users",
            f"{share} % der Absender schrieben zum ersten Mal.",
            f"{words.number(new)} von {words.number(whole)} der letzten 28 Tage; für sie hilft nur das Modell",
        ),
    )


def plot(bins: tuple[Bin, ...]) -> Markup:
    """Return the calibration as a picture: how sure suggestions were against how often they were right."""
    return charts.calibration([(each.confidence, each.right, each.count) for each in bins])


@pages.get("/klassifikator/faelle")
@guards.needs(guards.CLASSIFIER)
def behind() -> str:
    """Show the rows behind one cell of the confusion table."""
    suggested, truth = _class("vorschlag"), _class("klasse")
    with session.runtime().look(session.actor()) as turn:
        cases = watching.cases(turn, turn.now - watching.PAST)
        mine = [case for case in cases if case.suggested is suggested and case.truth is truth]
        return render_template(
            "klassifikator_faelle.html",
            page="klassifikator",
            suggested=suggested,
            truth=truth,
            whole=len(mine),
            rows=watching.behind(turn, mine, _SHOWN),
            days=watching.PAST.days,
            now=turn.now,
        )


def _class(name: str) -> Category:
    text = request.args.get(name, "")
    if text not in set(Category):
        raise Invalid("Diese Klasse gibt es nicht.")
    return Category(text)


@pages.post("/klassifikator/stufen")
@guards.needs(guards.STEER)
def switch() -> str | Response | tuple[str, int]:
    """Let a step act alone again, or hold it back."""
    on = request.form.get("an") == "1"
    try:
        step = _step(request.form.get("stufe", ""))
        with session.runtime().turn(session.actor()) as turn:
            (observe.allow if on else observe.hold)(turn, step)
    except Invalid as error:
        return _page(error), 422
    return redirect(f"/klassifikator?getan={'an' if on else 'aus'}", 303)


def _step(name: str) -> Step:
    if name not in Step.__members__:
        raise Invalid("Diese Stufe gibt es nicht.")
    return Step[name]


@pages.post("/klassifikator/modelle/<int:version_id>/einsetzen")
@guards.needs(guards.STEER)
def activate(version_id: int) -> Response:
    """Let an earlier model answer again; 0 is the one that comes with the program."""
    with session.runtime().turn(session.actor()) as turn:
        train.activate(turn, version_id)
    with session.runtime().look() as turn:
        fitted.place(turn, session.runtime().model_path)
    return redirect("/klassifikator?getan=modell#modelle", 303)


@pages.post("/klassifikator/lernen")
@guards.needs(guards.STEER)
def learn() -> Response:
    """Have a model fitted now, if there is enough to learn from."""
    with session.runtime().turn(session.actor()) as turn:
        jobs.enqueue(turn, jobs.LEARN, jobs.AT_ONCE)
    return redirect("/klassifikator?getan=lernen#modelle", 303)
