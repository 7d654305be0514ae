"""The webhook of Microsoft Graph: every genuine notification means "read this mailbox now", and nothing more.

Notifications are a hint: each mailbox is polled anyway, so whatever is lost here is found a little later. Nothing that
they say about a message is looked at, let alone kept (learn.microsoft.com, "Receive change notifications through
webhooks").
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import parse_qs

import msgspec

from service.config import GRAPH_HOOK
from service.errors import Unavailable
from service.hooks.counts import Counts
from service.hooks.gate import Answer, Call
from service.runtime import Runtime
from service.store import jobs, subscriptions
from service.store.subscriptions import Known
from service.telemetry import log
from service.turn import Turn

PATH = GRAPH_HOOK
LONGEST_BODY = 256 * 1024
_MOST_ITEMS = 1000
# Printable ASCII alone, as plain text: whatever somebody puts into the handshake comes back inert.
_WORD = re.compile(r"[\x20-\x7e]{1,4096}")
_LONGEST_QUERY = 16_384
_RETRY_AFTER = "30"
# Several notifications per mail are usual: they gather this long and become one read.
_GATHER = timedelta(seconds=2)
# What an unknown subscription is compared with, so that it takes as long as a known one.
_NOBODY = Known(0, "", "0" * 64)


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of a notification. Everything else in it is skipped by the decoder and never becomes a value."""

    subscription_id: str = ""
    client_state: str | None = None
    lifecycle_event: str | None = None


class _Body(msgspec.Struct, frozen=True):
    value: list[_Item]


_DECODER = msgspec.json.Decoder(_Body)


@dataclass(frozen=True, slots=True)
class Graph:
    """The hook: what Microsoft Graph calls, both for changes and for the life of a subscription."""

    runtime: Runtime
    counts: Counts

    def __call__(self, call: Call) -> Answer:
        """Answer a handshake or take notifications."""
        if call.method != "POST":
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "POST"),))
        if "validationToken=" in call.query:
            return self._handshake(call.query)
        raw = call.body(LONGEST_BODY)
        if isinstance(raw, Answer):
            self.counts.add("graph.too_long")
            return raw
        try:
            items = _DECODER.decode(raw).value[:_MOST_ITEMS]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.counts.add("graph.malformed")
            return Answer(HTTPStatus.BAD_REQUEST)
        return self._take(items)

    def _handshake(self, query: str) -> Answer:
        """Return the token that Graph wants to see again, decoded, as plain text, and nothing else."""
        fields = parse_qs(query, errors="replace", max_num_fields=20) if len(query) < _LONGEST_QUERY else {}
        words = fields.get("validationToken", [])
        if len(words) != 1 or not _WORD.fullmatch(words[0]):
            self.counts.add("graph.handshake_refused")
            return Answer(HTTPStatus.BAD_REQUEST)
        self.counts.add("graph.handshake")
        return Answer(body=words[0].encode())

    def _take(self, items: list[_Item]) -> Answer:
        try:
            genuine = self._genuine(items)
            if genuine:
                with self.runtime.turn() as turn:
                    _note(turn, genuine)
        except Unavailable:
            self.counts.add("graph.unavailable")
            log().warning("webhook.unavailable", rows=len(items), status=503)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, headers=(("Retry-After", _RETRY_AFTER),))
        self.counts.add("graph.accepted", len(genuine))
        # Accepted even when nothing in it was for us: a stranger learns nothing from the answer.
        return Answer(HTTPStatus.ACCEPTED)

    def _genuine(self, items: list[_Item]) -> list[tuple[Known, str]]:
        """Return the subscription and the event of each item that carries the secret of its subscription."""
        with self.runtime.look() as turn:
            known = subscriptions.named(turn, {item.subscription_id for item in items})
        found = []
        for item in items:
            one = known.get(item.subscription_id, _NOBODY)
            given = subscriptions.digest_of(item.client_state or "")
            if compare_digest(given, one.digest) and one is not _NOBODY:
                found.append((one, item.lifecycle_event or ""))
            else:
                self.counts.add("graph.foreign" if one is _NOBODY else "graph.forged")
        return found


def _note(turn: Turn, genuine: list[tuple[Known, str]]) -> None:
    """Have each mailbox read soon, once; renew or make its subscription again where its life is at an end."""
    for one, event in set(genuine):
        if event == "subscriptionRemoved":
            subscriptions.lost(turn, one.account_id)
        elif event == "reauthorizationRequired":
            subscriptions.hasten(turn, one.account_id)
    if any(event in {"subscriptionRemoved", "reauthorizationRequired"} for _, event in genuine):
        jobs.hasten(turn, jobs.SUBSCRIBE, "", turn.now)
    jobs.hasten_all(turn, jobs.PULL, sorted({one.address for one, _ in genuine}), turn.now + _GATHER)
