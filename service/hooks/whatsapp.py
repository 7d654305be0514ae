"""The webhook of WhatsApp: signature first, strip in memory, store, and only then say yes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import parse_qs

from msgspec.structs import replace

from connectors.whatsapp import webhook
from connectors.whatsapp.webhook import Update
from service.clock import Clock
from service.config import Config, names
from service.errors import Unavailable
from service.hooks.counts import Counts
from service.hooks.gate import Answer, Call
from service.hooks.writer import Writer
from service.store.inbox import Row
from service.telemetry import log

PATH = "/webhooks/whatsapp"
_CHALLENGE = re.compile(r"[\x20-\x7e]{1,4096}")
# Seconds after which Meta may try again; its own schedule is slower.
_RETRY_AFTER = "30"
# The phone's address book and shapes we do not know are counted and never stored.
_UNSTORED = frozenset({"contact_sync", "other"})
_STORED = Answer()
_MESSAGES = frozenset({"message", "echo", "status"})


@dataclass(frozen=True, slots=True)
class Secrets:
    """What proves that a call is meant for us: app secrets (several while rotating), the word for the handshake."""

    app: tuple[str, ...]
    verify: str

    @classmethod
    def of(cls, config: Config) -> "Secrets":
        """Return the secrets of the configuration; empty ones let nobody in."""
        return cls(
            names(config.whatsapp_app_secret.get_secret_value()), config.whatsapp_verify_token.get_secret_value()
        )


def numbers(config: Config) -> frozenset[str]:
    """Return the phone_number_ids that the firm reads; empty = every number that Meta signs for."""
    return frozenset(entry.partition("=")[0].strip() for entry in names(config.whatsapp_numbers))


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """The hook: what Meta calls. `known` limits the numbers that are stored (empty = all)."""

    secrets: Secrets
    known: frozenset[str]
    clock: Clock
    writer: Writer
    counts: Counts

    def __call__(self, call: Call) -> Answer:
        """Answer a handshake (GET) or a webhook (POST)."""
        if call.method == "GET":
            return self._handshake(call.query)
        if call.method == "POST":
            return self._take(call)
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET, POST"),))

    def _handshake(self, query: str) -> Answer:
        """Return the challenge of a subscriber that knows our word (Meta, webhooks, "Verification requests")."""
        fields = parse_qs(query, errors="replace") if len(query) < 8192 else {}
        mode, word, challenge = (fields.get(f"hub.{key}", [""])[0] for key in ("mode", "verify_token", "challenge"))
        known = compare_digest(word.encode(), self.secrets.verify.encode())
        if mode == "subscribe" and known and self.secrets.verify and _CHALLENGE.fullmatch(challenge):
            self.counts.add("whatsapp.handshake")
            return Answer(body=challenge.encode())
        self.counts.add("whatsapp.handshake_refused")
        return Answer(HTTPStatus.FORBIDDEN)

    def _take(self, call: Call) -> Answer:
        raw = call.body(webhook.LONGEST_BODY)
        if isinstance(raw, Answer):
            self.counts.add("whatsapp.too_long")
            return raw
        if not webhook.check(raw, call.header("X-Hub-Signature-256"), self.secrets.app):
            self.counts.add("whatsapp.forged")
            return Answer(HTTPStatus.FORBIDDEN)
        rows = self._rows(webhook.strip(raw), self.clock.now())
        try:
            self.writer.store(rows)
        except Unavailable:
            self.counts.add("whatsapp.unavailable")
            log().warning("webhook.unavailable", rows=len(rows), status=503)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, headers=(("Retry-After", _RETRY_AFTER),))
        self.counts.add("whatsapp.accepted")
        self.counts.add("whatsapp.updates", len(rows))
        return _STORED

    def _rows(self, updates: Sequence[Update], now: datetime) -> list[Row]:
        """Return what is stored of a body; the rest is counted by kind and shape."""
        left_out = []
        rows = []
        for update in map(self._placed, updates):
            if update.kind in _UNSTORED:
                left_out.append(f"whatsapp.{update.kind}:{update.shape}")
            elif self.known and update.account and update.account not in self.known:
                left_out.append("whatsapp.foreign_number")
            else:
                rows.append(Row(update.dedup(), update.account, webhook.to_json(update), now))
        if left_out:
            for name, number in Counter(left_out).items():
                self.counts.add(name, number)
        return rows

    def _placed(self, update: Update) -> Update:
        """Return the update with our number, which `standby` may leave out: it is clear when we have only one."""
        if update.account or update.kind not in _MESSAGES:
            return update
        if len(self.known) != 1:
            self.counts.add("whatsapp.without_number")
            return update
        (only,) = self.known
        return replace(update, account=only)
