"""Templates: an Admin writes, submits and deletes message templates, and brings them in line with Meta (S4.51, S4.73).

Like sending in steps: what is to happen is noted in one turn, Meta is asked without one, what came of it is noted in
another. A template that is being submitted cannot be submitted a second time meanwhile.
"""

from dataclasses import dataclass
from typing import Any

from connectors.cloud import Cloud
from connectors.errors import ConnectorError, Uncertain
from connectors.whatsapp import templates as meta
from connectors.whatsapp.templates import Found, Writing
from models.sending import Template
from models.terms import TemplateState
from service.domain import wording
from service.domain.wording import Draft
from service.errors import Conflict, Invalid
from service.store import templates, trail
from service.turn import Turn

# Meta takes changes of templates in these states only (Cloud API, edit templates).
CHANGEABLE = frozenset({TemplateState.GENEHMIGT, TemplateState.ABGELEHNT, TemplateState.PAUSIERT})
_WRONG = "Die Vorlage lässt sich so nicht speichern."


@dataclass(frozen=True, slots=True)
class Submission:
    """What is handed in to Meta: a new template, or a changed one (`meta_id`); `before` is its state until now."""

    template_id: int
    meta_id: str
    before: TemplateState
    writing: Writing


def save(turn: Turn, template_id: int, draft: Draft, version: int) -> Template:
    """Store what an Admin wrote; `template_id` 0 adds a draft. Raises Invalid, Conflict, NotFound.

    What Meta has approved cannot be reworded without asking Meta again: the preview must show what people get.
    """
    row = _checked(turn, template_id, draft, version)
    if row is None:
        row = templates.add(turn, draft)
        trail.note(turn, "Vorlage angelegt", f"template:{row.id}", None, _facts(row))
        return row
    if row.meta_id and row.wording and row.wording != draft.wording:
        raise Invalid(_WRONG, {"wording": "Ein neuer Wortlaut muss zu Meta: „Speichern und einreichen“."})
    _write(turn, row, draft)
    return row


def submit(turn: Turn, template_id: int, draft: Draft, version: int) -> Submission:
    """Store what an Admin wrote and note that it is being handed in. Raises Invalid, Conflict, NotFound."""
    row = _checked(turn, template_id, draft, version)
    if row is None:
        row = templates.add(turn, draft)
    if row.state not in CHANGEABLE | {TemplateState.ENTWURF} or (row.state in CHANGEABLE) != bool(row.meta_id):
        raise Conflict(f"Diese Vorlage lässt sich gerade nicht einreichen ({row.state.value}).")
    before = row.state
    _write(turn, row, draft)
    row.state, row.submitted_at, row.reason = TemplateState.GEPRUEFT, turn.now, ""
    trail.note(turn, "Vorlage eingereicht", f"template:{row.id}", before.value, row.state.value)
    writing = Writing(row.name, row.language, row.category, row.wording, [p.sample for p in templates.places(row)])
    return Submission(row.id, row.meta_id, before, writing)


def hand_in(cloud: Cloud, waba: str, submission: Submission) -> Found:
    """Hand a template in to Meta and return what Meta made of it. Raises ConnectorError."""
    if not submission.meta_id:
        return meta.create(cloud, waba, submission.writing)
    meta.edit(cloud, submission.meta_id, submission.writing)
    w = submission.writing
    return Found(submission.meta_id, w.name, w.language, TemplateState.GEPRUEFT, w.category, "", "")


def handed_in(turn: Turn, submission: Submission, found: Found) -> None:
    """Note what Meta made of a submission."""
    row = templates.one(turn, submission.template_id)
    row.meta_id, row.category = found.meta_id, found.category
    row.state = found.state or row.state
    row.version += 1


def turned_down(turn: Turn, submission: Submission, error: ConnectorError) -> bool:
    """Note that Meta did not take a submission; say whether nobody knows, because the answer was lost.

    Then the next look at Meta's list says whether it arrived.
    """
    if isinstance(error, Uncertain):
        return True
    row = templates.one(turn, submission.template_id)
    row.state = submission.before
    row.version += 1
    return False


def remove(turn: Turn, template_id: int) -> tuple[str, str]:
    """Delete a draft, or return (id at Meta, name) of what has to be deleted there first. Raises NotFound, Conflict."""
    row = templates.one(turn, template_id)
    if row.meta_id and row.state is not TemplateState.GELOESCHT:
        return row.meta_id, row.name
    if templates.used(turn, row.id):
        raise Conflict("Mit dieser Vorlage wurde schon gesendet; sie bleibt als gelöscht in der Liste.")
    trail.note(turn, "Vorlage gelöscht", f"template:{row.id}", _facts(row))
    turn.session.delete(row)
    return "", ""


def take_away(cloud: Cloud, waba: str, meta_id: str, name: str) -> None:
    """Delete a template at Meta; its name is blocked there for 30 days. Raises ConnectorError."""
    meta.delete(cloud, waba, meta_id, name)


def taken_away(turn: Turn, template_id: int) -> None:
    """Note that a template was deleted at Meta."""
    row = templates.one(turn, template_id)
    trail.note(turn, "Vorlage gelöscht", f"template:{row.id}", row.state.value, TemplateState.GELOESCHT.value)
    row.state = TemplateState.GELOESCHT
    row.version += 1


def look(cloud: Cloud, waba: str) -> tuple[Found, ...]:
    """Ask Meta for all templates and their state. Raises ConnectorError."""
    return meta.listed(cloud, waba)


def merge(turn: Turn, found: tuple[Found, ...]) -> int:
    """Bring our templates in line with Meta's list; return how many changed."""
    return templates.merge(turn, found)


def _checked(turn: Turn, template_id: int, draft: Draft, version: int) -> Template | None:
    """Return the row that a draft is for, None for a new one. Raises Invalid, Conflict, NotFound."""
    row = templates.one(turn, template_id) if template_id else None
    if row is not None and row.version != version:
        raise Conflict("Die Vorlage wurde inzwischen geändert. Bitte neu laden und noch einmal ändern.")
    wrong = wording.problems(draft)
    same = templates.named(turn, draft.name, draft.language)
    if same is not None and (row is None or same.id != row.id):
        wrong["name"] = "Eine Vorlage dieses Namens gibt es in dieser Sprache schon."
    if row is not None and row.meta_id and (row.name, row.language) != (draft.name, draft.language):
        wrong["name"] = "Name und Sprache stehen bei Meta fest. Für andere eine neue Vorlage anlegen."
    if wrong:
        raise Invalid(_WRONG, wrong)
    return row


def _write(turn: Turn, row: Template, draft: Draft) -> None:
    before = _facts(row)
    templates.write(turn, row, draft)
    row.version += 1
    trail.note(turn, "Vorlage geändert", f"template:{row.id}", before, _facts(row))


def _facts(row: Template) -> dict[str, Any]:
    """Return what the trail shows of a template."""
    return {
        "name": row.name,
        "title": row.title,
        "language": row.language,
        "category": row.category,
        "wording": row.wording,
        "variables": row.variables,
        "holding": row.holding,
        "answers": row.answers,
    }
