"""Webhook updates for the tests of taking them in, put into the inbox as the hook does."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.whatsapp import webhook
from service.jobs import drain
from service.runtime import Runtime
from service.store import inbox
from service.store.inbox import Row

NUMBER = "491718388958"
USER = "DE.7000003145"


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def inbound(source_id: str, at: datetime, **more: Any) -> Mapping[str, Any]:
    message = {"id": source_id, "from": NUMBER, "timestamp": seconds(at), "type": "text", "text": {"body": "geheim"}}
    return {"messages": [{key: value for key, value in (message | more).items() if value is not None}]}


def echo(source_id: str, at: datetime, **more: Any) -> Mapping[str, Any]:
    message = {"id": source_id, "from": "4940111", "to": NUMBER, "timestamp": seconds(at), "type": "text"}
    return {"message_echoes": [{key: value for key, value in (message | more).items() if value is not None}]}


def status(source_id: str, word: str, at: datetime, **more: Any) -> Mapping[str, Any]:
    return {"statuses": [{"id": source_id, "status": word, "timestamp": seconds(at), "recipient_id": NUMBER} | more]}


def call(source_id: str, at: datetime, **more: Any) -> Mapping[str, Any]:
    return {"calls": [{"id": source_id, "from": NUMBER, "event": "connect", "direction": "USER_INITIATED",
                       "timestamp": seconds(at)} | more]}  # fmt: skip


def tell(runtime: Runtime, *values: Mapping[str, Any], field: str = "messages", number: str = "1001") -> None:
    """Put values of one field into the inbox, each once for good, and take in what waits."""
    changes = [
        {"field": field, "value": {"metadata": {"phone_number_id": number, "display_phone_number": "4940111"}, **value}}
        for value in values
    ]
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "77", "changes": changes}]}).encode()
    now = runtime.clock.now()
    with runtime.turn() as turn:
        rows = [Row(update.dedup(), update.account, webhook.to_json(update), now) for update in webhook.strip(raw)]
        inbox.add(turn.session, rows)
    while drain.drain(runtime):
        pass


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
