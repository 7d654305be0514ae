"""Vorlagen: the WhatsApp templates of the firm with their state at Meta; an Admin writes, submits and deletes them."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from connectors.cloud import Cloud
from connectors.errors import ConnectorError
from models.sending import Template
from models.terms import TemplateState
from service import guards
from service.actions import templates as verbs
from service.domain import wording
from service.domain.wording import Draft, Place
from service.errors import Conflict, Invalid, Unsendable
from service.store import templates
from service.web import session

pages = Blueprint("templates", __name__)

# State at Meta -> look and icon.
LOOKS = {
    TemplateState.ENTWURF: ("calm", "history"),
    TemplateState.GEPRUEFT: ("warn", "clock"),
    TemplateState.GENEHMIGT: ("good", "check"),
    TemplateState.ABGELEHNT: ("bad", "bad"),
    TemplateState.PAUSIERT: ("bad", "warn"),
    TemplateState.GESPERRT: ("bad", "lock"),
    TemplateState.GELOESCHT: ("calm", "trash"),
}
_QUALITIES = {"GREEN": ("good", "gut"), "YELLOW": ("warn", "mittel"), "RED": ("bad", "schlecht")}
_SAVED = {
    "gespeichert": "Gespeichert.",
    "eingereicht": "Eingereicht. Meta prüft meist wenige Minuten, höchstens einen Tag.",
    "geloescht": "Gelöscht.",
    "abgeglichen": "Mit Meta abgeglichen.",
}
_UNKNOWN = "Die Antwort von WhatsApp ging verloren; der nächste Abgleich zeigt, ob die Vorlage ankam."
_EMPTY = Draft("", "de", "", "UTILITY", "")


@pages.get("/vorlagen")
@guards.needs(guards.SETTINGS)
def index() -> str:
    """Show all templates with state, language, category and quality (S4.73)."""
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "vorlagen.html",
            page="vorlagen",
            rows=[(row, wording.pieces(row.wording), templates.places(row)) for row in templates.every(turn)],
            looks=LOOKS,
            qualities=_QUALITIES,
            categories=wording.CATEGORIES,
            sends=session.runtime().sends,
            may_change=session.actor().role in guards.TEMPLATES,
            said=_SAVED.get(request.args.get("gespeichert", ""), ""),
        )


@pages.post("/vorlagen/abgleichen")
@guards.needs(guards.TEMPLATES)
def sync() -> Response:
    """Ask Meta for the state of all templates now."""
    runtime = session.runtime()
    found = verbs.look(_cloud(), runtime.config.whatsapp_business_account)
    with runtime.turn(session.actor()) as turn:
        verbs.merge(turn, found)
    return redirect("/vorlagen?gespeichert=abgeglichen", 303)


@pages.get("/vorlagen/neu")
@guards.needs(guards.TEMPLATES)
def new() -> str:
    """Show an empty form."""
    return _form(None, _EMPTY)


@pages.get("/vorlagen/<int:template_id>")
@guards.needs(guards.SETTINGS)
def show(template_id: int) -> str:
    """Show one template as a form."""
    with session.runtime().look(session.actor()) as turn:
        row = templates.load(turn, template_id)
        return _form(row, templates.draft(row))


def _form(row: Template | None, draft: Draft, problem: Exception | None = None) -> str:
    """Return the form; after a refusal with its reasons and what was typed."""
    return render_template(
        "vorlage.html",
        page="vorlagen",
        row=row,
        draft=draft,
        places=(*draft.places, *(Place("", wording.TEXT, "") for _ in range(max(0, 2 - len(draft.places))))),
        pieces=wording.pieces(draft.wording),
        kinds=wording.KINDS,
        categories=wording.CATEGORIES,
        looks=LOOKS,
        longest=wording.LONGEST_WORDING,
        sends=session.runtime().sends,
        may_change=session.actor().role in guards.TEMPLATES,
        may_submit=row is None or row.state in verbs.CHANGEABLE | {TemplateState.ENTWURF},
        problem=problem,
        fields=problem.fields if isinstance(problem, Invalid) else {},
    )


@pages.post("/vorlagen/<int:template_id>")
@guards.needs(guards.TEMPLATES)
def save(template_id: int) -> Response | tuple[str, int]:
    """Store a template (0 = a new one), and hand it in to Meta when asked to; a refusal keeps what was typed."""
    draft, version = _posted(), request.form.get("version", 0, type=int)
    hands_in = request.form.get("tat") == "einreichen"
    try:
        if hands_in:
            _submit(template_id, draft, version)
        else:
            with session.runtime().turn(session.actor()) as turn:
                verbs.save(turn, template_id, draft, version)
    except (Conflict, Invalid) as problem:
        return _again(template_id, draft, problem), 409 if isinstance(problem, Conflict) else 422
    return redirect(f"/vorlagen?gespeichert={'eingereicht' if hands_in else 'gespeichert'}", 303)


def _submit(template_id: int, draft: Draft, version: int) -> None:
    runtime, actor = session.runtime(), session.actor()
    cloud = _cloud()
    with runtime.turn(actor) as turn:
        submission = verbs.submit(turn, template_id, draft, version)
    try:
        found = verbs.hand_in(cloud, runtime.config.whatsapp_business_account, submission)
    except ConnectorError as error:
        with runtime.turn(actor) as turn:
            lost = verbs.turned_down(turn, submission, error)
        raise Conflict(_UNKNOWN if lost else str(error)) from error
    with runtime.turn(actor) as turn:
        verbs.handed_in(turn, submission, found)


def _again(template_id: int, draft: Draft, problem: Exception) -> str:
    with session.runtime().look(session.actor()) as turn:
        row = templates.load(turn, template_id) if template_id else templates.named(turn, draft.name, draft.language)
        # A new one whose name is taken stays a new one; one that was stored and not taken by Meta is stored by now.
        mine = row if template_id or not isinstance(problem, Invalid) else None
        return _form(mine, draft, problem)


@pages.post("/vorlagen/<int:template_id>/loeschen")
@guards.needs(guards.TEMPLATES)
def delete(template_id: int) -> Response:
    """Delete a draft, or a template at Meta (its name is blocked there for 30 days); the box must be ticked."""
    if request.form.get("sicher") != "1":
        raise Invalid("Bitte bestätigen, dass die Vorlage gelöscht werden soll.", {"sicher": "Häkchen setzen."})
    runtime, actor = session.runtime(), session.actor()
    with runtime.turn(actor) as turn:
        meta_id, name = verbs.remove(turn, template_id)
    if meta_id:
        verbs.take_away(_cloud(), runtime.config.whatsapp_business_account, meta_id, name)
        with runtime.turn(actor) as turn:
            verbs.taken_away(turn, template_id)
    return redirect("/vorlagen?gespeichert=geloescht", 303)


def _cloud() -> Cloud:
    """Return the door to Meta. Raises Unsendable where it is not set up."""
    if not session.runtime().sends:
        raise Unsendable("Der Zugang zu Meta ist noch nicht eingerichtet.")
    return session.runtime().cloud


def _posted() -> Draft:
    form = request.form
    labels, kinds, samples = (form.getlist(name)[:20] for name in ("label", "kind", "sample"))
    return Draft(
        name=form.get("name", "").strip()[:600],
        language=form.get("language", "").strip()[:20],
        title=form.get("title", "").strip()[:200],
        category=form.get("category", "")[:40],
        wording=form.get("wording", "").replace("\r\n", "\n").strip()[:5000],
        places=tuple(
            Place(label.strip()[:200], kind[:20], sample.strip()[:400])
            for label, kind, sample in zip(labels, kinds, samples, strict=False)
            if label.strip() or sample.strip()
        ),
        purpose=form.get("purpose", "").strip()[:200],
        holding=form.get("holding") == "1",
        answers=form.get("answers") == "1",
    )
