"""Observe: once a day the classifier's figures are counted, and a step that was wrong too often only suggests again."""

from dataclasses import asdict, dataclass
from typing import Any

from models.terms import NoticeKind, Role, Step
from service.domain import watching as rules
from service.domain.watching import StepFigures
from service.errors import Invalid
from service.store import members, notices, rechecks, settings, trail, watching
from service.store.notices import Told
from service.turn import Turn

# Steps that settle mail alone; the model never does.
ALONE = frozenset(Step) - {Step.MODELL, Step.KEINER}


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one look found: figures per step, those that count against a step, and how the mail changed."""

    steps: tuple[StepFigures, ...]
    recent: tuple[StepFigures, ...]
    drift: dict[str, Any]
    senders: dict[str, Any]


def look(turn: Turn) -> tuple[Step, ...]:
    """Gather and settle in one turn; returns the steps that are held back from now on."""
    return settle(turn, gather(turn))


def gather(turn: Turn) -> Gathered:
    """Return the figures of today; reads much and writes nothing."""
    found = figures(turn)
    late, early = turn.now - watching.LATELY, turn.now - watching.PAST - watching.LATELY
    before, after = watching.shares(turn, early, late), watching.shares(turn, late, turn.now)
    whole, new = watching.newcomers(turn, late)
    drift = {"before": before, "after": after, "psi": rules.psi(before, after)}
    return Gathered(found, _recent(turn, found), drift, {"all": whole, "new": new})


def settle(turn: Turn, found: Gathered) -> tuple[Step, ...]:
    """Store the figures, ask blind questions, and hold steps back that fail; returns these steps."""
    rechecks.draw(turn)
    watching.put(turn, "drift", found.drift)
    watching.put(turn, "senders", found.senders)
    watching.put(turn, "steps", {each.step.value: asdict(each) | {"step": each.step.value} for each in found.steps})
    failing = (each.step for each in found.recent if each.fails and each.step in ALONE)
    new = tuple(step for step in failing if step not in watching.held(turn))
    if new:
        _hold(turn, new)
    return new


def figures(turn: Turn) -> tuple[StepFigures, ...]:
    """Return the figures of every step over the last 90 days."""
    since = turn.now - watching.PAST
    return rules.by_step(watching.cases(turn, since), watching.automatic(turn, since))


def _recent(turn: Turn, found: tuple[StepFigures, ...]) -> tuple[StepFigures, ...]:
    """Return the figures that count against a step: where a person let it act alone again, only those since."""
    again = watching.allowed(turn)
    recent: list[StepFigures] = []
    for each in found:
        since = again.get(each.step)
        if since is not None:
            mine = [case for case in watching.cases(turn, since) if case.step is each.step]
            fresh = rules.by_step(mine, {each.step: watching.automatic(turn, since).get(each.step, 0)})
            recent += fresh
        else:
            recent.append(each)
    return tuple(recent)


def _hold(turn: Turn, steps: tuple[Step, ...]) -> None:
    before = sorted(watching.held(turn))
    settings.put(turn, settings.SUGGEST_ONLY, sorted({*before, *steps}))
    admins = [line.member.id for line in members.every(turn) if line.member.role is Role.ADMIN]
    for step in steps:
        trail.note(turn, "Stufe schlägt nur noch vor", f"step:{step.name}", "automatisch", "nur Vorschlag")
        day = turn.now.date().isoformat()
        notices.tell(turn, [Told(each, NoticeKind.STUFE, f"stufe:{step.name}:{day}:{each}") for each in admins])


def allow(turn: Turn, step: Step) -> None:
    """Let a step that was held back settle mail alone again; only what follows counts against it. Raises Invalid."""
    held = watching.held(turn)
    if step not in held:
        raise Invalid("Diese Stufe ist nicht angehalten.")
    settings.put(turn, settings.SUGGEST_ONLY, sorted(held - {step}))
    again = {each.value: at.isoformat() for each, at in watching.allowed(turn).items()}
    settings.put(turn, watching.ALLOWED, again | {step.value: turn.now.isoformat()})
    trail.note(turn, "Stufe handelt wieder allein", f"step:{step.name}", "nur Vorschlag", "automatisch")


def hold(turn: Turn, step: Step) -> None:
    """Hold a step back by hand. Raises Invalid for one that never acts alone."""
    if step not in ALONE:
        raise Invalid("Diese Stufe schlägt immer nur vor.")
    if step not in watching.held(turn):
        _hold(turn, (step,))
