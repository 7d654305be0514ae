"""Message templates at Meta: listed with their state but never with their wording, made, changed and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.cloud import Cloud
from connectors.errors import Malformed
from connectors.whatsapp.decode import mapping, text, token
from connectors.whatsapp.update import Update
from models.terms import TemplateState

# Exactly these: with `components` the wording of every template would come along.
FIELDS = "id,name,language,status,category,quality_score,rejected_reason"
_PAGE = "100"
# Words of the API and of the webhook for one state each; others leave a template as it is.
STATES = {
    "APPROVED": TemplateState.GENEHMIGT,
    "REINSTATED": TemplateState.GENEHMIGT,
    "UNPAUSED": TemplateState.GENEHMIGT,
    "FLAGGED": TemplateState.GENEHMIGT,
    "PENDING": TemplateState.GEPRUEFT,
    "IN_APPEAL": TemplateState.GEPRUEFT,
    "REJECTED": TemplateState.ABGELEHNT,
    "PAUSED": TemplateState.PAUSIERT,
    "DISABLED": TemplateState.GESPERRT,
    "LOCKED": TemplateState.GESPERRT,
    "LIMIT_EXCEEDED": TemplateState.GESPERRT,
    "ARCHIVED": TemplateState.GESPERRT,
    "PENDING_DELETION": TemplateState.GELOESCHT,
    "DELETED": TemplateState.GELOESCHT,
}
# What says nothing about a reason.
_NO_REASON = frozenset({"", "NONE"})


@dataclass(frozen=True, slots=True)
class Found:
    """A template as Meta lists it; `state` is None for a word that we do not know."""

    meta_id: str
    name: str
    language: str
    state: TemplateState | None
    category: str
    quality: str
    reason: str


@dataclass(frozen=True, slots=True)
class News:
    """What a webhook tells of one template; empty parts stay as they are."""

    meta_id: str
    state: TemplateState | None = None
    quality: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """What is submitted: the firm's own wording with a sample for each place in order."""

    name: str
    language: str
    category: str
    wording: str
    samples: Sequence[str]

    def components(self) -> list[dict[str, Any]]:
        """Return the parts of the template as the API wants them (a body alone)."""
        body: dict[str, Any] = {"type": "BODY", "text": self.wording}
        if self.samples:
            body["example"] = {"body_text": [list(self.samples)]}
        return [body]


def listed(cloud: Cloud, waba: str) -> tuple[Found, ...]:
    """Return all templates of a business account. Raises ConnectorError."""
    pages = cloud.pages(f"{waba}/message_templates", {"fields": FIELDS, "limit": _PAGE})
    return tuple(found for item in pages if (found := _found(item)) is not None)


def _found(item: dict[str, Any]) -> Found | None:
    meta_id, language, name = token(item.get("id")), token(item.get("language")), text(item.get("name"))
    if not (meta_id and name and language):
        return None
    reason = token(item.get("rejected_reason")) or ""
    return Found(
        meta_id,
        name,
        language,
        STATES.get(token(item.get("status")) or ""),
        token(item.get("category")) or "",
        token(mapping(item.get("quality_score")).get("score")) or "",
        "" if reason in _NO_REASON else reason,
    )


def create(cloud: Cloud, waba: str, writing: Writing) -> Found:
    """Submit a new template and return what Meta made of it. Raises ConnectorError."""
    body = {
        "name": writing.name,
        "language": writing.language,
        "category": writing.category,
        "components": writing.components(),
    }
    answer = cloud.post(f"{waba}/message_templates", body)
    meta_id = token(answer.get("id"))
    if not meta_id:
        raise Malformed("WhatsApp nennt keine Kennung für die Vorlage.")
    state = STATES.get(token(answer.get("status")) or "", TemplateState.GEPRUEFT)
    category = token(answer.get("category")) or writing.category
    return Found(meta_id, writing.name, writing.language, state, category, "", "")


def edit(cloud: Cloud, meta_id: str, writing: Writing) -> None:
    """Submit a changed wording. Meta takes it once a day and ten times a month. Raises ConnectorError."""
    cloud.post(meta_id, {"category": writing.category, "components": writing.components()})


def delete(cloud: Cloud, waba: str, meta_id: str, name: str) -> None:
    """Delete one language of a template; without its id Meta would delete all of them. Raises ConnectorError."""
    cloud.delete(f"{waba}/message_templates", {"name": name, "hsm_id": meta_id})


def heard(update: Update) -> News | None:
    """Return what an update tells of a template; None for all others."""
    if not update.id:
        return None
    if update.kind == "template_status":
        return News(update.id, state=STATES.get(update.status or ""))
    if update.kind == "template_quality":
        return News(update.id, quality=update.status or "")
    return News(update.id, category=update.status or "") if update.kind == "template_category" else None
