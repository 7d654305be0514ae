"""Webhook bodies by number, each with its own messages, statuses and duplicates, and what must be stored of each."""

import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from connectors.whatsapp import webhook

SECRET = "nur-fuer-dauerlaeufe"
_START = int(datetime(2026, 1, 5, 8, 0, tzinfo=UTC).timestamp())
_PEOPLE = 40


def signature(raw: bytes) -> str:
    """Return the header that proves a body."""
    return f"sha256={hmac.new(SECRET.encode(), raw, sha256).hexdigest()}"


def body(number: int) -> bytes:
    """Return the body of a number: one to three messages, some answered from the phone, each answer with its status."""
    ours, person = ("1001", "1002")[number % 2], 4915100000000 + number % _PEOPLE
    at = str(_START + number)
    held: dict[str, list[dict[str, Any]]] = {
        "messages": [
            {"id": f"wamid.{number}.{part}", "from": str(person), "timestamp": at, "type": "text",
             "from_user_id": f"DE.{person}", "text": {"body": "Guten Tag"}}
            for part in range(1 + number % 3)
        ]
    }  # fmt: skip
    if number % 4 == 0:
        # The same message once more in the same body.
        held["messages"].append(held["messages"][0])
    if number % 5 == 0:
        held["statuses"] = [
            {"id": f"wamid.antwort.{number}", "status": word, "timestamp": at, "recipient_id": str(person)}
            for word in ("read", "sent")
        ]
    changes = [_change("messages", ours, held)]
    if number % 5 == 0:
        echo = {"id": f"wamid.antwort.{number}", "from": "4940111", "to": str(person), "timestamp": at, "type": "text"}
        changes.append(_change("smb_message_echoes", ours, {"message_echoes": [echo]}))
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "77", "changes": changes}]}).encode()


def _change(field: str, number: str, held: dict[str, Any]) -> dict[str, Any]:
    metadata = {"phone_number_id": number, "display_phone_number": "4940111"}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **held}}


def keys(number: int) -> set[str]:
    """Return the keys under which the updates of a body must stand in the inbox."""
    return {update.dedup() for update in webhook.strip(body(number))}


def messages(number: int) -> set[str]:
    """Return the ids of the messages that a body brings."""
    found = {f"wamid.{number}.{part}" for part in range(1 + number % 3)}
    return found | ({f"wamid.antwort.{number}"} if number % 5 == 0 else set())
