"""Train: what a new model may learn from, what became of it, and bringing an earlier one back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from classifier import gate
from classifier.book import EMPTY
from classifier.classify import letters
from classifier.gate import Case, Lesson
from classifier.learned import LIKENESS
from models.learning import ModelVersion
from models.terms import NoticeKind, Role
from service.domain.days import local_day
from service.store import fitted, lessons, members, notices, outreach, trail
from service.store.notices import Told
from service.turn import Turn

# So many new confirmations are worth a new model.
ENOUGH = 50
_FEWEST_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Material:
    """What a new model learns from, what it is checked with, and how many confirmations there were.

    `held` says of which days of members only a share is learned, because all of it would move too much.
    """

    lessons: tuple[Lesson, ...]
    cases: tuple[Case, ...]
    seen: int
    held: Mapping[str, float]


def material(turn: Turn, *, at_once: bool = False) -> Material | None:
    """Return what there is to learn; None while too little is new (unless somebody wants it `at_once`)."""
    seen = lessons.acts(turn)
    if not at_once and seen - fitted.seen(turn) < ENOUGH:
        return None
    since, held = fitted.since(turn), fitted.held(turn)
    book = replace(EMPTY, written_to=outreach.written_to(turn))
    learn, reserved = [], []
    for each in lessons.confirmed(turn):
        group = gate.group(each.record, each.category)
        if gate.reserved(group):
            reserved.append(each)
        else:
            by = f"{each.member}:{local_day(each.at).isoformat()}"
            if gate.place(group) < held.get(by, 1.0):
                fresh = since is None or each.at > since
                written = letters(each.record, book)
                learn.append(Lesson(each.record, LIKENESS[each.category], group, by, fresh, written))
    if len({each.group for each in learn}) < _FEWEST_GROUPS:
        return None
    fair = lessons.fair(turn, reserved)
    cases = tuple(Case(record, category, letters(record, book)) for record, category in fair)
    return Material(tuple(learn), cases, seen, held)


def settle(turn: Turn, packed: bytes, counts: tuple[int, int], verdict: dict[str, Any]) -> ModelVersion:
    """Keep a new model and, when the gate let it pass, let it answer; the Admins are told either way."""
    made = fitted.add(turn, packed, counts, verdict)
    if not verdict["refused"]:
        fitted.activate(turn, made.id)
    trail.note(
        turn,
        "Modell gelernt und in Kraft gesetzt" if not verdict["refused"] else "Modell gelernt, nicht in Kraft gesetzt",
        f"model_version:{made.id}",
        None,
        verdict,
    )
    admins = [line.member.id for line in members.every(turn) if line.member.role is Role.ADMIN]
    notices.tell(turn, [Told(each, NoticeKind.MODELL, f"modell:{made.id}:{each}") for each in admins])
    return made


def activate(turn: Turn, version_id: int) -> None:
    """Let an earlier model answer again; 0 is the one that comes with the program. Raises NotFound."""
    before = fitted.active(turn)
    fitted.activate(turn, version_id)
    trail.note(turn, "Modell in Kraft gesetzt", f"model_version:{version_id}", before.id if before else 0, version_id)
