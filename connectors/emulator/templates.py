"""Plays template management of the Cloud API: list, create, edit, delete, and reviews that are told by webhook."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.emulator.cloud import WABA, Wrong
from connectors.emulator.wire import Ask, Failed

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_PLACE = re.compile(r"\{\{(\d+)\}\}")
_CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
_EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
_ALWAYS = ("id",)
_MOST, _LONGEST = 250, 1024


@dataclass(slots=True)
class Template:
    """One template in one language as Meta keeps it."""

    id: str
    name: str
    language: str
    category: str
    wording: str
    samples: int
    status: str = "PENDING"
    quality: str = "UNKNOWN"
    reason: str = "NONE"

    @property
    def places(self) -> int:
        """How many values a message with it needs."""
        return len(set(_PLACE.findall(self.wording)))

    def shown(self, fields: tuple[str, ...]) -> dict[str, Any]:
        """Return the fields that were asked for; the wording only with `components`."""
        full = {
            "id": self.id, "name": self.name, "language": self.language, "status": self.status,
            "category": self.category, "quality_score": {"score": self.quality, "date": 0},
            "rejected_reason": self.reason, "components": [{"type": "BODY", "text": self.wording}],
        }  # fmt: skip
        return {key: value for key, value in full.items() if key in fields or key in _ALWAYS}


@dataclass(slots=True)
class Templates:
    """All templates of the business account. `post` takes webhook bodies; `approve` decides reviews at once."""

    post: Callable[[bytes], None]
    approve: bool = False
    known: dict[str, Template] = field(default_factory=dict)
    _made: int = 0

    def __call__(self, path: str, ask: Ask) -> dict[str, Any] | None:
        """Answer what is about templates; None for everything else. Raises Wrong."""
        if path == f"{WABA}/message_templates":
            ways = {"GET": self._list, "POST": self._create, "DELETE": self._delete}
            return ways[ask.method](ask) if ask.method in ways else None
        if path in self.known and ask.method == "POST":
            return self._edit(self.known[path], ask)
        return None

    def named(self, name: str, language: str) -> Template | None:
        """Return the template of this name and language; None for none."""
        return next((t for t in self.known.values() if (t.name, t.language) == (name, language)), None)

    def review(self, template: Template, status: str, reason: str = "NONE") -> None:
        """Decide about a template and tell by webhook."""
        template.status, template.reason = status, reason
        self._tell("message_template_status_update", template, {"event": status, "reason": reason})

    def rate(self, template: Template, quality: str) -> None:
        """Change the quality of a template and tell by webhook."""
        before, template.quality = template.quality, quality
        said = {"previous_quality_score": before, "new_quality_score": quality}
        self._tell("message_template_quality_update", template, said)

    def recategorise(self, template: Template, category: str) -> None:
        """Put a template into another category, as Meta does by itself, and tell by webhook."""
        before, template.category = template.category, category
        self._tell("template_category_update", template, {"previous_category": before, "new_category": category})

    def _tell(self, what: str, template: Template, said: dict[str, Any]) -> None:
        value = {
            "message_template_id": int(template.id), "message_template_name": template.name,
            "message_template_language": template.language, **said,
        }  # fmt: skip
        entry = {"id": WABA, "time": 1_767_600_000, "changes": [{"field": what, "value": value}]}
        self.post(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())

    def _list(self, ask: Ask) -> dict[str, Any]:
        fields = tuple(ask.query.get("fields", "name,language,status,category,components").split(","))
        limit, after = int(ask.query.get("limit", "25")), ask.query.get("after", "")
        ids = list(self.known)
        start = ids.index(after) + 1 if after in ids else 0
        page = ids[start : start + limit]
        answer: dict[str, Any] = {"data": [self.known[one].shown(fields) for one in page]}
        if page:
            answer["paging"] = {"cursors": {"before": page[0], "after": page[-1]}}
            if start + limit < len(ids):
                # A whole address with the token in it, as Meta gives it; who follows it has lost.
                answer["paging"]["next"] = (
                    f"http://127.0.0.1:9/{WABA}/message_templates?access_token=x&after={page[-1]}"
                )
        return answer

    def _create(self, ask: Ask) -> dict[str, Any]:
        wanted = _body(ask)
        name, language = str(wanted.get("name")), str(wanted.get("language"))
        if not _NAME.fullmatch(name) or wanted.get("category") not in _CATEGORIES:
            raise Wrong(100, f"Invalid parameter: {name}")
        if self.named(name, language) is not None:
            raise Wrong(100, "Content in this language already exists", 2388024)
        if len(self.known) >= _MOST:
            raise Wrong(100, "Message template limit exceeded", 2388019)
        wording, samples = _checked(wanted)
        self._made += 1
        made = Template(f"{7_000_000_000_000 + self._made}", name, language, wanted["category"], wording, samples)
        self.known[made.id] = made
        answer = {"id": made.id, "status": "PENDING", "category": made.category}
        if self.approve:
            made.status = "APPROVED"
        return answer

    def _edit(self, template: Template, ask: Ask) -> dict[str, Any]:
        if template.status not in _EDITABLE:
            raise Wrong(100, "Message Template Can't be Edited", 2388025)
        wanted = _body(ask)
        template.wording, template.samples = _checked(wanted)
        template.category = wanted.get("category", template.category)
        template.status = "APPROVED" if self.approve else "PENDING"
        return {"success": True}

    def _delete(self, ask: Ask) -> dict[str, Any]:
        """Without hsm_id all languages of a name go, as at Meta."""
        gone = [
            one.id
            for one in self.known.values()
            if one.name == ask.query.get("name") and ask.query.get("hsm_id", one.id) == one.id
        ]
        if not gone:
            raise Wrong(100, "Message template not found", 2593002)
        for one in gone:
            del self.known[one]
        return {"success": True}


def _body(ask: Ask) -> dict[str, Any]:
    try:
        return ask.json()
    except Failed:
        raise Wrong(100, "Invalid JSON") from None


def _checked(wanted: dict[str, Any]) -> tuple[str, int]:
    """Return wording and number of samples of a submission. Raises Wrong for what Meta refuses."""
    (body,) = [part for part in wanted.get("components", []) if part.get("type") == "BODY"] or [{}]
    wording = str(body.get("text", ""))
    samples = body.get("example", {}).get("body_text", [[]])[0]
    numbers = sorted({int(number) for number in _PLACE.findall(wording)})
    if not wording or len(wording) > _LONGEST:
        raise Wrong(100, f"Message body is missing or too long: {wording}", 2388040)
    if numbers != list(range(1, len(numbers) + 1)) or len(samples) != len(numbers):
        raise Wrong(100, f"Body text variables and examples do not match: {wording}", 2388043)
    if re.match(r"\s*\{\{", wording) or re.search(r"\}\}\s*$", wording):
        raise Wrong(100, "Variables can't be at the start or end of the template.", 2388299)
    return wording, len(samples)
