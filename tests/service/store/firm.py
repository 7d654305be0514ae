"""An invented firm in a real database, for the tests of counts and figures."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from models.account import Account
from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.tables import METADATA
from models.terms import Category, Channel, ClockKind, ConversationState, Direction
from service.domain.hours import DEFAULT_HOURS
from service.domain.standing import reaction
from service.domain.windows import DEFAULT_TARGETS, window
from service.store import tallies
from service.store.engine import Database
from service.store.ids import message_id
from service.turn import NOBODY, Turn

# A Friday at noon in Germany.
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
WEEK = timedelta(days=7)
WINDOWS = {channel: window(target, DEFAULT_HOURS) for channel, target in DEFAULT_TARGETS.items()}


class Firm:
    """Builders that store rows together with their counts."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.serial = 0

    @contextmanager
    def turn(self, now: datetime = NOW) -> Iterator[Turn]:
        with self.database.write() as session:
            yield Turn(session, now, NOBODY)

    def account(self, turn: Turn, channel: Channel = Channel.EMAIL, people: int = 12) -> int:
        self.serial += 1
        account = Account(
            channel=channel, address=f"box{self.serial}@brandt.test", name=f"Postfach {self.serial}", people=people
        )
        turn.session.add(account)
        turn.session.flush()
        return account.id

    def conversation(
        self, turn: Turn, account_id: int, waiting_since: datetime | None = None, **fields: Any
    ) -> Conversation:
        self.serial += 1
        account = turn.session.get_one(Account, account_id)
        limits = WINDOWS[account.channel]
        values: dict[str, Any] = {
            "channel": account.channel,
            "thread": f"t{self.serial}",
            "account_id": account_id,
            "peer": f"eva{self.serial}@kunde.test",
            "opened_at": waiting_since or NOW - timedelta(days=1),
            "last_at": waiting_since or NOW - timedelta(days=1),
            "last_inbound_at": waiting_since,
            "waiting_since": waiting_since,
            "due_at": limits.calendar.add(waiting_since, limits.limit) if waiting_since else None,
            "strict_due_at": waiting_since + limits.limit if waiting_since else None,
            "state": ConversationState.OFFEN,
        }
        one = Conversation(**{**values, **fields})
        turn.session.add(one)
        turn.session.flush()
        return one

    def message(
        self,
        turn: Turn,
        one: Conversation,
        at: datetime,
        category: Category | None = None,
        direction: Direction = Direction.EINGANG,
    ) -> Message:
        self.serial += 1
        message = Message(
            id=message_id(at, one.account_id, f"s{self.serial}"),
            account_id=one.account_id,
            channel=one.channel,
            direction=direction,
            source_id=f"s{self.serial}",
            conversation_id=one.id,
            received_at=at,
            category=category,
        )
        turn.session.add(message)
        turn.session.flush()
        tallies.apply(turn, [tallies.arrived(one.account_id, direction, at, category)])
        return message

    def answer(
        self,
        turn: Turn,
        one: Conversation,
        started_at: datetime,
        at: datetime,
        category: Category | None = Category.KUNDE,
    ) -> ClockEvent:
        measured = reaction(started_at, at, WINDOWS[one.channel])
        event = ClockEvent(
            conversation_id=one.id,
            account_id=one.account_id,
            channel=one.channel,
            kind=ClockKind.STOPP,
            at=at,
            started_at=started_at,
            open_s=int(measured.open.total_seconds()),
            wall_s=int(measured.wall.total_seconds()),
            in_goal=measured.in_goal,
            category=category,
        )
        turn.session.add(event)
        turn.session.flush()
        tallies.apply(turn, [tallies.answered(event)])
        return event


def make(folder: Path) -> Firm:
    database = Database(f"sqlite:///{folder / 'firm.db'}")
    METADATA.create_all(database.engine)
    return Firm(database)


def some_traffic(firm: Firm, turn: Turn, rng: random.Random, account_ids: list[int], count: int = 60) -> None:
    """Store random conversations with messages, answers and waiting windows over ten weeks."""
    for _ in range(count):
        start = NOW - timedelta(minutes=rng.randrange(70 * 1440))
        account_id = rng.choice(account_ids)
        waits = rng.random() < 0.4
        categories = [rng.choice([*Category, None]) for _ in range(rng.randrange(1, 4))]
        one = firm.conversation(
            turn,
            account_id,
            start if waits else None,
            last_at=start,
            last_inbound_at=start,
            unclassified=categories.count(None),
            state=ConversationState.OFFEN if waits or rng.random() < 0.5 else ConversationState.ARCHIVIERT,
        )
        for index, category in enumerate(categories):
            firm.message(turn, one, start - timedelta(hours=index), category)
        if not waits:
            answer_at = min(NOW, start + timedelta(minutes=rng.randrange(5 * 1440)))
            firm.message(turn, one, answer_at, None, Direction.AUSGANG)
            firm.answer(turn, one, start, answer_at, categories[0])
