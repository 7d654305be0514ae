"""Plays the WhatsApp Cloud API: turns invented chat messages into signed webhook bodies and posts them."""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Event
from typing import Any

import requests

from connectors.emulator.letters import ChatMessage
from connectors.errors import Refused, Unreachable
from models.terms import Direction

# Meta allows up to 1,000 updates in one body; usual are a few.
BATCH = 50
_WABA = "102290129340398"
_MEDIA = ("image", "audio", "document", "video", "sticker")
_CONNECT_SECONDS, _ANSWER_SECONDS = 5, 30
# Seconds between the tries of one body: shorter than Meta's own schedule, so that a demo goes on quickly.
_PAUSES = (0.2, 1.0, 3.0, 10.0)


def sign(raw: bytes, secret: str) -> str:
    """Return the header X-Hub-Signature-256 that Meta would send for `raw`."""
    return f"sha256={hmac.new(secret.encode(), raw, sha256).hexdigest()}"


def _content(message: ChatMessage) -> dict[str, Any]:
    """Return what the message says, in the shape of its kind; the product must drop every word of it."""
    held = message.content
    if message.kind == "text":
        return {"text": {"body": f"{held.body} Grüße aus Köln, 20 € 🙂"}}
    if message.kind in _MEDIA:
        return {
            message.kind: {
                "id": "1003383421387256",
                "mime_type": "application/octet-stream",
                "sha256": held.preview,
                "caption": held.subject,
                "filename": held.attachment,
            }
        }
    if message.kind == "location":
        return {"location": {"latitude": 49.0, "longitude": 8.4, "name": held.subject, "address": held.preview}}
    if message.kind == "contacts":
        return {"contacts": [{"name": {"formatted_name": held.subject}, "phones": [{"phone": held.preview}]}]}
    if message.kind == "reaction":
        return {"reaction": {"message_id": message.context, "emoji": "👍"}}
    return {message.kind: {"body": held.body}}


def _message(message: ChatMessage, display: str) -> dict[str, Any]:
    """Return one item of `messages` or `message_echoes`, with only the identifiers that this person has."""
    shown: dict[str, Any] = {"id": message.id, "timestamp": str(int(message.at.timestamp())), "type": message.kind}
    ours, theirs = ("from", "to") if message.direction is Direction.AUSGANG else ("to", "from")
    if message.wa_id:
        shown[theirs] = message.wa_id
    if message.user_id:
        shown[f"{theirs}_user_id"] = message.user_id
    if ours == "from":
        shown["from"] = _digits(display)
    if message.context and message.kind != "reaction":
        shown["context"] = {"from": _digits(display), "id": message.context}
    return shown | _content(message)


def _digits(display: str) -> str:
    return "".join(c for c in display if c.isdigit())


def _contact(message: ChatMessage) -> dict[str, Any]:
    known = {"wa_id": message.wa_id, "user_id": message.user_id}
    return {"profile": {"name": message.name}} | {key: value for key, value in known.items() if value}


def _change(messages: Sequence[ChatMessage], display: str) -> dict[str, Any]:
    """Return one change: messages of one number in one direction."""
    first = messages[0]
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": display, "phone_number_id": first.number_id},
    }
    items = [_message(message, display) for message in messages]
    if first.direction is Direction.AUSGANG:
        return {"field": "smb_message_echoes", "value": value | {"message_echoes": items}}
    people = {(message.wa_id, message.user_id): _contact(message) for message in messages}
    return {"field": "messages", "value": value | {"contacts": list(people.values()), "messages": items}}


def change_of(field_name: str, number_id: str, displays: Mapping[str, str], held: Mapping[str, Any]) -> dict[str, Any]:
    """Return one change of a field with what it holds for one of our numbers."""
    metadata = {"display_phone_number": displays.get(number_id, number_id), "phone_number_id": number_id}
    return {"field": field_name, "value": {"messaging_product": "whatsapp", "metadata": metadata, **held}}


def bodies(messages: Sequence[ChatMessage], displays: Mapping[str, str], batch: int = BATCH) -> Iterator[bytes]:
    """Yield webhook bodies with up to `batch` messages each, in order; `displays` maps number id to display form.

    Everything that is not ASCII is written as an escape, as Meta does.
    """
    for start in range(0, len(messages), batch):
        groups: dict[tuple[str, Direction], list[ChatMessage]] = {}
        for message in messages[start : start + batch]:
            groups.setdefault((message.number_id, message.direction), []).append(message)
        changes = [_change(group, displays.get(number, number)) for (number, _), group in groups.items()]
        body = {"object": "whatsapp_business_account", "entry": [{"id": _WABA, "changes": changes}]}
        yield json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()


@dataclass(slots=True)
class Meta:
    """Posts bodies to `url`, signed with `secret`, and tries again while the other side is not ready.

    `stop` ends the waiting between tries early.
    """

    url: str
    secret: str
    displays: Mapping[str, str]
    stop: Event = field(default_factory=Event)
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, messages: Sequence[ChatMessage], batch: int = BATCH) -> int:
        """Post messages and return how many bodies were taken.

        Raises Unreachable when a body is not taken after five tries, Refused when the signature is not accepted.
        """
        sent = 0
        for body in bodies(messages, self.displays, batch):
            self.post(body)
            sent += 1
        return sent

    def post(self, body: bytes) -> None:
        """Post one body. Raises like `send`."""
        for pause in (*_PAUSES, 0.0):
            status = self._try(body)
            if status == requests.codes.ok:
                return
            if status in {requests.codes.forbidden, requests.codes.not_found}:
                raise Refused(f"The webhook answered {status}.", why="webhook")
            if self.stop.wait(pause):
                break
        raise Unreachable("The webhook does not take the body.")

    def _try(self, body: bytes) -> int:
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, self.secret)}
        try:
            answer = self.session.post(
                self.url, body, headers=headers, timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS), allow_redirects=False
            )
        except requests.RequestException:
            return 0
        return answer.status_code
