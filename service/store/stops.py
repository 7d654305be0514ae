"""Stops: brings the stored ends of response windows in line with what the messages say, and notes the difference."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from models.clock_event import ClockEvent
from models.terms import Category, Channel, ClockKind
from service.domain.standing import Reaction
from service.store import bulk, tallies
from service.store.tallies import Delta
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answered window counts: conversation, account, channel, and the class of its last inbound message."""

    conversation_id: int
    account_id: int
    channel: Channel
    category: Category | None


@dataclass(slots=True)
class Ledger:
    """The stops of some conversations, and what has to change so that they are right."""

    stored: dict[int, dict[datetime, ClockEvent]]
    zone: ZoneInfo
    gone: list[int] = field(default_factory=list)
    fresh: list[dict[str, Any]] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)

    def settle(self, place: Place, reactions: Iterable[Reaction]) -> None:
        """Compare one conversation's stored stops with its reactions."""
        left = dict(self.stored.get(place.conversation_id, {}))
        for reaction in reactions:
            row = _row(place, reaction)
            known = left.pop(reaction.stopped_at, None)
            if known is not None and all(getattr(known, name) == value for name, value in row.items()):
                continue
            if known is not None:
                self._drop(known)
            self.fresh.append(row)
            self.deltas.append(tallies.answered(SimpleNamespace(**row), self.zone))
        for event in left.values():
            self._drop(event)

    def _drop(self, event: ClockEvent) -> None:
        self.gone.append(event.id)
        self.deltas.append(tallies.times(tallies.answered(event, self.zone), -1))

    def write(self, turn: Turn) -> list[Delta]:
        """Store the differences; return what they add to the counts."""
        if self.gone:
            turn.session.execute(
                delete(ClockEvent).where(ClockEvent.id.in_(self.gone)),
                execution_options={"synchronize_session": False},
            )
        bulk.add(turn, ClockEvent, self.fresh)
        return self.deltas


def ledger(turn: Turn, conversation_ids: Sequence[int], zone: ZoneInfo) -> Ledger:
    """Return the stops of these conversations as they are stored; `zone` gives the local day of each."""
    stored: dict[int, dict[datetime, ClockEvent]] = defaultdict(dict)
    for event in turn.session.scalars(
        select(ClockEvent).where(ClockEvent.conversation_id.in_(conversation_ids), ClockEvent.kind == ClockKind.STOPP)
    ):
        stored[event.conversation_id][event.at] = event
    return Ledger(stored, zone)


def _row(place: Place, reaction: Reaction) -> dict[str, Any]:
    return {
        "conversation_id": place.conversation_id,
        "account_id": place.account_id,
        "channel": place.channel,
        "kind": ClockKind.STOPP,
        "at": reaction.stopped_at,
        "started_at": reaction.started_at,
        "open_s": int(reaction.open.total_seconds()),
        "wall_s": int(reaction.wall.total_seconds()),
        "in_goal": reaction.in_goal,
        "category": place.category,
    }
