"""Delivers webhooks as Meta does: in batches, twice, out of order, and again for 36 hours when nobody takes them."""

import heapq
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from connectors.emulator.letters import ChatMessage
from connectors.emulator.whatsapp import bodies, change_of

# Meta sends again "with decreasing frequency" and gives up after 36 hours (webhooks, "Create a webhook endpoint"); its
# overview says seven days, so a retry of seven days ago may still come. Pauses double from here to the longest one.
FIRST_PAUSE, LONGEST_PAUSE, GIVES_UP = 10.0, 6 * 3600.0, 36 * 3600.0
# A copy of what was taken comes so many seconds later at most.
_LATE_COPY = 5.0
_TAKEN = 200
# The phone app hands its past over in three phases (coexistence, history).
PHASES = 3


@dataclass(slots=True)
class Courier:
    """Posts bodies in virtual time: `deliver` returns the status, `wait` is told how many seconds pass in between.

    Of ten bodies `twice` * 10 come again, and each is late by up to `jitter` seconds, so that they overtake each other.
    """

    deliver: Callable[[bytes], int]
    seed: int = 0
    twice: float = 0.0
    jitter: float = 0.0
    wait: Callable[[float], object] = lambda seconds: None
    now: float = 0.0
    posts: int = 0
    taken: int = 0
    given_up: int = 0
    _queue: list[tuple[float, int, float, float, bytes]] = field(default_factory=list)
    _places: "count[int]" = field(default_factory=count)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def put(self, found: Iterable[bytes]) -> None:
        """Hand bodies over; they go out with `run`."""
        for body in found:
            self._later(self.now + self._chance.uniform(0.0, self.jitter), self.now, FIRST_PAUSE, body)
            if self._chance.random() < self.twice:
                late = self.now + self._chance.uniform(0.2, _LATE_COPY + self.jitter)
                self._later(late, self.now, FIRST_PAUSE, body)

    def run(self, until: float = float("inf")) -> None:
        """Post what is due until then (seconds of virtual time), retries among it."""
        while self._queue and self._queue[0][0] <= until:
            at, _, since, pause, body = heapq.heappop(self._queue)
            if at > self.now:
                self.wait(at - self.now)
                self.now = at
            self.posts += 1
            if self.deliver(body) == _TAKEN:
                self.taken += 1
            elif at + pause - since > GIVES_UP:
                self.given_up += 1
            else:
                self._later(at + pause, since, min(pause * 2, LONGEST_PAUSE), body)

    def _later(self, at: float, since: float, pause: float, body: bytes) -> None:
        heapq.heappush(self._queue, (at, next(self._places), since, pause, body))


def mixed(messages: Sequence[ChatMessage], displays: Mapping[str, str], seed: int, most: int = 20) -> list[bytes]:
    """Return messages in batches of every size up to `most`, each sent in one to three bodies that overlap."""
    chance = random.Random(seed)
    found, start = [], 0
    while start < len(messages):
        size = chance.randint(1, most)
        batch = list(messages[start : start + size])
        found += list(bodies(batch, displays, size))
        if len(batch) > 1 and chance.random() < 0.3:
            # The same message once more, in another company.
            found += list(bodies(chance.sample(batch, len(batch) // 2), displays, size))
        start += size
    chance.shuffle(found)
    return found


def statuses(told: Iterable[tuple[ChatMessage, str, datetime]], displays: Mapping[str, str]) -> bytes:
    """Return one body with what became of messages that we sent ("sent", "delivered", "read", "failed")."""
    changes = []
    for message, word, at in told:
        one: dict[str, Any] = {"id": message.id, "status": word, "timestamp": str(int(at.timestamp()))}
        if message.wa_id:
            one["recipient_id"] = message.wa_id
        if message.user_id:
            one["recipient_user_id"] = message.user_id
        if word == "failed":
            one["errors"] = [{"code": 131026, "title": "Message undeliverable", "message": "Message undeliverable"}]
        elif word in {"sent", "delivered"}:
            one["pricing"] = {"billable": False, "pricing_model": "PMP", "category": "service", "type": "regular"}
        changes.append(change_of("messages", message.number_id, displays, {"statuses": [one]}))
    return envelope(changes)


def history(messages: Sequence[ChatMessage], displays: Mapping[str, str], chunk: int = 50) -> list[bytes]:
    """Return what the phone app hands over once when a number comes to the API: old talk by person, in chunks."""
    found = []
    pieces = [messages[start : start + chunk] for start in range(0, len(messages), chunk)]
    for place, piece in enumerate(pieces):
        threads: dict[str, list[dict[str, Any]]] = {}
        for message in piece:
            threads.setdefault(message.wa_id or message.user_id, []).append(_past(message, displays[message.number_id]))
        held = {
            "metadata": {
                "phase": place * PHASES // len(pieces),
                "chunk_order": place + 1,
                "progress": 100 * (place + 1) // len(pieces),
            },
            "threads": [{"id": person, "messages": items} for person, items in threads.items()],
        }
        found.append(envelope([change_of("history", piece[0].number_id, displays, {"history": [held]})]))
    return found


def _past(message: ChatMessage, display: str) -> dict[str, Any]:
    ours = "".join(c for c in display if c.isdigit())
    person = message.wa_id or message.user_id
    sent = message.direction.value == "Ausgang"
    ends = {"from": ours, "to": person} if sent else {"from": person}
    shown = {"id": message.id, "timestamp": str(int(message.at.timestamp())), "type": "text"}
    return shown | ends | {"text": {"body": message.content.body}, "history_context": {"status": "READ"}}


def envelope(changes: Sequence[Mapping[str, Any]]) -> bytes:
    """Return one body of these changes, written as Meta writes it."""
    body = {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": list(changes)}]}
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
