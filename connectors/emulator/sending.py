"""Plays POST /messages of the Cloud API: takes or refuses what is sent, and tells by webhook what became of it."""

import base64
import json
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.emulator.cloud import WABA, Wrong
from connectors.emulator.templates import Templates
from connectors.emulator.wire import Ask, Failed

_PATH = re.compile(r"(\d{1,40})/messages")
_NUMBER = re.compile(r"\+?\d{5,20}")
_USER = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_LONGEST_TEXT, _LONGEST_TAG = 4096, 512
# How a message goes on after it was taken, and how many seconds after the step before (in a demo).
_COURSE = (("sent", 0.3), ("delivered", 0.7), ("read", 4.0))


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken: between whom, under which id, with which tag."""

    id: str
    number_id: str
    number: str
    user_id: str
    tag: str
    kind: str
    template: str


@dataclass(slots=True)
class Sendings:
    """What was sent. `post` takes webhook bodies; `window` says whether words may go to somebody (131047 otherwise).

    `ends` maps a receiver to an error number that comes by webhook after the message was taken. `live` posts statuses
    from a thread of its own with pauses; otherwise they wait for `flush`.
    """

    templates: Templates
    post: Callable[[bytes], None]
    clock: Callable[[], datetime]
    window: Callable[[str, str], bool] = field(default=lambda _number_id, _person: True)
    ends: dict[str, int] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    live: bool = False
    _waiting: "queue.SimpleQueue[Taken | None]" = field(default_factory=queue.SimpleQueue)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __call__(self, path: str, ask: Ask) -> dict[str, Any] | None:
        """Answer POST /{number}/messages; None for everything else. Raises Wrong."""
        match = _PATH.fullmatch(path)
        return self._take(match[1], ask) if match and ask.method == "POST" else None

    def start(self) -> "Sendings":
        """Let statuses come by themselves; returns itself."""
        self.live = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Tell nothing more."""
        self._stop.set()
        self._waiting.put(None)

    def flush(self, *words: str) -> int:
        """Post statuses of everything that waits (all steps, or only these) and return of how many messages."""
        count = 0
        while not self._waiting.empty():
            one = self._waiting.get()
            if one is not None:
                count += 1
                for word in self._course(one):
                    if not words or word in words:
                        self.tell(one, word)
        return count

    def tell(self, one: Taken, word: str, number: int = 0) -> None:
        """Post one status of a message, with an error number for "failed"."""
        number = number or self.ends.get(one.number or one.user_id, 131026)
        status: dict[str, Any] = {"id": one.id, "status": word, "timestamp": str(int(self.clock().timestamp()))}
        status |= {"recipient_id": one.number} if one.number else {}
        status |= {"recipient_user_id": one.user_id} if one.user_id else {}
        status |= {"biz_opaque_callback_data": one.tag} if one.tag else {}
        if word == "failed":
            status["errors"] = [{"code": number, "title": "Error", "error_data": {"details": f"to {one.number}"}}]
        elif word in {"sent", "delivered"}:
            category = "utility" if one.template else "service"
            status["pricing"] = {"billable": bool(one.template), "pricing_model": "PMP", "category": category}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": one.number_id, "phone_number_id": one.number_id},
            "statuses": [status],
        }
        entry = {"id": WABA, "changes": [{"field": "messages", "value": value}]}
        self.post(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())

    def _course(self, one: Taken) -> tuple[str, ...]:
        return ("failed",) if (one.number or one.user_id) in self.ends else tuple(word for word, _ in _COURSE)

    def _run(self) -> None:
        while not self._stop.is_set():
            one = self._waiting.get()
            if one is None:
                return
            pauses = dict(_COURSE)
            for word in self._course(one):
                if self._stop.wait(pauses.get(word, 1.0)):
                    return
                self.tell(one, word)

    def _take(self, number_id: str, ask: Ask) -> dict[str, Any]:
        try:
            wanted = ask.json()
        except Failed:
            raise Wrong(100, "Invalid JSON") from None
        number, user_id = _whom(wanted)
        kind, tag = wanted.get("type"), str(wanted.get("biz_opaque_callback_data", ""))
        if wanted.get("messaging_product") != "whatsapp" or len(tag) > _LONGEST_TAG:
            raise Wrong(100, f"Invalid parameter: {wanted}")
        if kind == "text":
            self._check_text(number_id, number or user_id, wanted)
        elif kind == "template":
            self._check_template(number, wanted)
        else:
            raise Wrong(100, f"Param type must be one of text, template: {kind}")
        template = wanted.get("template", {}).get("name", "")
        one = Taken(self._id(number), number_id, number, user_id, tag, kind, template)
        self.taken.append(one)
        self._waiting.put(one)
        contact = {"input": number or user_id} | ({"wa_id": number} if number else {"user_id": user_id})
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": one.id}]}

    def _id(self, number: str) -> str:
        """Return an id that holds the receiver's number in readable form, as Meta's do."""
        inner = f"HBgN{number}FQIAERgS{len(self.taken):08X}"
        return f"wamid.{base64.b64encode(inner.encode()).decode()}"

    def _check_text(self, number_id: str, person: str, wanted: dict[str, Any]) -> None:
        body = str(wanted.get("text", {}).get("body", ""))
        if not body or len(body) > _LONGEST_TEXT:
            raise Wrong(100, f"Param text['body'] must be 1 to 4096 characters long: {body}")
        if not self.window(number_id, person):
            raise Wrong(131047, f"Re-engagement message: more than 24 hours have passed. {body}")

    def _check_template(self, number: str, wanted: dict[str, Any]) -> None:
        asked = wanted.get("template", {})
        found = self.templates.named(str(asked.get("name")), str(asked.get("language", {}).get("code")))
        if found is None or found.status == "PENDING":
            raise Wrong(132001, "Template name does not exist in the translation")
        if found.status == "PAUSED":
            raise Wrong(132015, "Template is paused")
        if found.status != "APPROVED":
            raise Wrong(132016, "Template is disabled")
        if found.category == "AUTHENTICATION" and not number:
            raise Wrong(131062, "Business-scoped user ids are not supported for this message")
        bodies = [part for part in asked.get("components", []) if part.get("type") == "body"]
        values = [value for part in bodies for value in part.get("parameters", [])]
        if len(values) != found.places:
            raise Wrong(132000, f"Number of parameters does not match: {values}")


def _whom(wanted: dict[str, Any]) -> tuple[str, str]:
    """Return (number, user id) of the receiver; the number wins, and a user id in its place is no number."""
    number, user_id = str(wanted.get("to") or ""), str(wanted.get("recipient") or "")
    if number and not _NUMBER.fullmatch(number):
        raise Wrong(131009, f"Parameter value is not valid: {number}")
    if not number and not _USER.fullmatch(user_id):
        raise Wrong(131008, "Required parameter is missing: to")
    return number.removeprefix("+"), "" if number else user_id
