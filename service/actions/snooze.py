"""Put aside: a person looks at a conversation again later. Its deadline goes on and stays in sight (D9)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, update

from models.clock_event import ClockEvent
from models.message import Conversation
from models.terms import ClockKind
from service.errors import Invalid
from service.store import clocks, messages, trail
from service.turn import Turn

_LONGEST = timedelta(days=366)


def snooze(turn: Turn, conversation_id: int, until: datetime) -> None:
    """Put a conversation aside until an instant. Raises NotFound, and Invalid for one that is over or too far ahead."""
    (conversation,) = messages.hold(turn, [conversation_id])
    if not turn.now < until <= turn.now + _LONGEST:
        raise Invalid("Bitte einen Zeitpunkt in der Zukunft wählen, höchstens ein Jahr voraus.", {"bis": "Zeitpunkt"})
    _end(turn, conversation)
    turn.session.execute(
        insert(ClockEvent).values(
            conversation_id=conversation.id,
            account_id=conversation.account_id,
            channel=conversation.channel,
            kind=ClockKind.PAUSE,
            at=turn.now,
            until=until,
            member_id=turn.actor.member_id,
        )
    )
    _note(turn, conversation, "Zurückgestellt", until)


def follow_up(turn: Turn, conversation_ids: Sequence[int], until: datetime) -> int:
    """Have several looked at again on a day (S4.28); returns how many. Raises NotFound and Invalid: then none is."""
    numbers = list(dict.fromkeys(conversation_ids))
    for number in numbers:
        snooze(turn, number, until)
    return len(numbers)


def wake(turn: Turn, conversation_id: int) -> None:
    """Take back what was put aside: the conversation is there again at once. Raises NotFound."""
    (conversation,) = messages.hold(turn, [conversation_id])
    if conversation.snoozed_until is not None:
        _end(turn, conversation)
        _note(turn, conversation, "Wieder vorgelegt", None)


def _end(turn: Turn, conversation: Conversation) -> None:
    """Let every pause that still runs end now."""
    turn.session.execute(
        update(ClockEvent)
        .where(
            ClockEvent.conversation_id == conversation.id,
            ClockEvent.kind == ClockKind.PAUSE,
            ClockEvent.until > turn.now,
        )
        .values(until=turn.now),
        execution_options={"synchronize_session": False},
    )


def _note(turn: Turn, conversation: Conversation, verb: str, until: datetime | None) -> None:
    before = conversation.snoozed_until
    trail.note(
        turn,
        verb,
        f"conversation:{conversation.id}",
        before.isoformat() if before else None,
        until.isoformat() if until else None,
    )
    clocks.refresh(turn, [conversation.id])
