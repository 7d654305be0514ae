"""Finish: a person says that no answer is needed, archives a conversation, or opens it again. Ours alone (X8)."""

from collections.abc import Mapping, Sequence

from models.terms import ConversationState
from service.errors import Conflict
from service.store import clocks, closures, latest, messages, trail
from service.turn import Turn


def finish(
    turn: Turn, conversation_ids: Sequence[int], state: ConversationState, versions: Mapping[int, int] | None = None
) -> int:
    """Bring conversations into `state`; returns how many changed. Closing stops the clock, counted apart (D6).

    A new inbound message opens a closed conversation again and starts a new clock. `versions` are those that the
    person saw. Raises NotFound, and Conflict where a colleague changed one meanwhile.
    """
    changed = []
    seen = versions or {}
    for conversation in messages.hold(turn, list(dict.fromkeys(conversation_ids))):
        if conversation.state is state:
            continue
        if seen.get(conversation.id, conversation.version) != conversation.version:
            raise Conflict(latest.word(turn, conversation))
        before = conversation.state.value
        trail.note(turn, latest.STATE, f"conversation:{conversation.id}", before, state.value)
        closing = state is not ConversationState.OFFEN
        if closing and conversation.state is ConversationState.OFFEN:
            closures.close(turn, conversation)
        elif not closing:
            closures.reopen(turn, [conversation.id])
        # What was done with stays done since then, by whatever name: only an open one is closed.
        if not closing or conversation.state is ConversationState.OFFEN:
            conversation.closed_at = turn.now if closing else None
        conversation.state = state
        conversation.raised_at = None if closing else conversation.raised_at
        conversation.version += 1
        changed.append(conversation.id)
    clocks.refresh(turn, changed)
    return len(changed)
