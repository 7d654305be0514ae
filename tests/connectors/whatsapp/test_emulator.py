"""What the emulated Cloud API sends is what the real one would send: read by us, read by an independent reader."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from connectors.emulator.letters import ChatMessage
from connectors.emulator.names import SECRET_STEM
from connectors.emulator.whatsapp import Meta, bodies
from connectors.errors import Refused, Unreachable
from connectors.whatsapp.webhook import check, record, strip, to_json
from models.record import MessageRecord
from models.terms import Direction

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DISPLAYS = {"7001": "+49 721 5550100", "7002": "+49 721 5550101"}
KINDS = ("text", "image", "audio", "document", "location", "reaction", "contacts")


def chat(number: int, **more: Any) -> ChatMessage:
    kind = KINDS[number % len(KINDS)]
    known: dict[str, Any] = {
        "id": f"wamid.ERFUNDEN{number:05d}",
        "number_id": "7001",
        "wa_id": f"49151555{number % 9:05d}",
        "user_id": f"DE.70010020{number % 9:05d}",
        "name": f"Erika Beispiel {number % 9}",
        "direction": Direction.EINGANG,
        "at": NOW - timedelta(minutes=200 - number),
        "kind": kind,
        "context": "wamid.FRAGE" if kind == "reaction" else "",
    }
    return ChatMessage(**(known | more))


def mixed() -> list[ChatMessage]:
    return [
        chat(
            n,
            number_id="7002" if n % 3 == 0 else "7001",
            **({"direction": Direction.AUSGANG, "kind": "text", "context": ""} if n % 4 == 0 else {}),
        )
        for n in range(120)
    ]


def read(raw: bytes) -> list[MessageRecord]:
    return [found for update in strip(raw) if (found := record(update, NOW)) is not None]


def test_every_message_comes_back_with_its_own_facts_and_without_content() -> None:
    messages = mixed()

    raw = list(bodies(messages, DISPLAYS))
    found = {one.source_id: one for body in raw for one in read(body)}

    assert len(raw) == 3
    assert len(found) == 120
    for message in messages:
        one = found[message.id]
        assert (one.account, one.direction, one.kind) == (message.number_id, message.direction, message.kind)
        assert one.received_at == message.at
        assert one.user_id == message.user_id
        assert (one.sender or one.to[0]) is not None
        assert message.wa_id in ((one.sender,) if one.direction is Direction.EINGANG else one.to)
    assert all(SECRET_STEM.encode() in body for body in raw)
    assert not any(SECRET_STEM in to_json(update) for body in raw for update in strip(body))


def test_bodies_are_ascii_with_escapes_as_meta_writes_them() -> None:
    (raw,) = bodies([chat(0)], DISPLAYS)

    assert raw.isascii()
    assert b"\\u00fc" in raw


def test_somebody_with_a_user_id_alone_is_sent_without_a_number() -> None:
    (raw,) = bodies([chat(0, wa_id="")], DISPLAYS)

    (one,) = read(raw)
    assert (one.sender, one.user_id) == ("", "DE.7001002000000")
    assert b'"from":' not in raw


def test_an_independent_reader_agrees_on_single_messages() -> None:
    pywa = pytest.importorskip("pywa")
    client = pywa.WhatsApp(phone_id="7001", token="kein-echtes", validate_updates=False)
    numbers = [number for number in range(len(KINDS)) if KINDS[number] != "contacts"]

    for number in numbers:
        (raw,) = bodies([chat(number)], DISPLAYS)
        theirs = pywa.types.Message.from_update(client=client, update=json.loads(raw))
        (ours,) = read(raw)

        assert theirs.id == ours.source_id
        assert theirs.from_user.wa_id == ours.sender
        assert theirs.from_user.name == ours.sender_name
        assert theirs.timestamp.astimezone(UTC) == ours.received_at
        assert str(theirs.type.value) == ours.kind


class _Webhook(BaseHTTPRequestHandler):
    answers: list[int] = []
    seen: list[tuple[bytes, str]] = []

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((raw, self.headers["X-Hub-Signature-256"]))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    _Webhook.answers, _Webhook.seen = [], []
    server = HTTPServer(("127.0.0.1", 0), _Webhook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/webhooks/whatsapp"
    server.shutdown()
    thread.join()
    server.server_close()


def test_bodies_are_posted_signed_and_again_while_the_database_is_away(url: str) -> None:
    _Webhook.answers = [503, 200]

    sent = Meta(url, "s3cret", DISPLAYS).send(mixed(), batch=100)

    assert sent == 2
    assert len(_Webhook.seen) == 3
    assert _Webhook.seen[0] == _Webhook.seen[1]
    assert all(check(raw, header, ["s3cret"]) for raw, header in _Webhook.seen)


def test_a_refused_signature_is_not_tried_again(url: str) -> None:
    _Webhook.answers = [403]

    with pytest.raises(Refused):
        Meta(url, "falsch", DISPLAYS).send([chat(0)])

    assert len(_Webhook.seen) == 1


def test_a_webhook_that_stays_away_is_reported_when_told_to_stop() -> None:
    meta = Meta("http://127.0.0.1:1/", "s3cret", DISPLAYS)
    meta.stop.set()

    with pytest.raises(Unreachable):
        meta.send([chat(0)])
