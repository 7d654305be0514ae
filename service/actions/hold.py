"""Hold: a person says that a message of ours was no answer yet ("Wir melden uns"), or that it was one after all."""

from models.message import Message
from models.terms import Direction
from service.errors import Invalid, NotFound
from service.store import clocks, messages, trail
from service.turn import Turn


def hold(turn: Turn, message_id: bytes, *, holding: bool) -> int:
    """Mark a message of ours as a holding reply, or not; its clock is computed anew. Return its conversation.

    A holding reply stops no clock (D4, X6). Raises NotFound, and Invalid for what came in.
    """
    message = turn.session.get(Message, message_id)
    if message is None:
        raise NotFound("Diese Nachricht gibt es nicht (mehr).")
    messages.hold(turn, [message.conversation_id])
    if message.direction is not Direction.AUSGANG and not message.answers:
        raise Invalid("Nur eigene Nachrichten können ein Zwischenbescheid sein.", {"nachricht": "Eingang"})
    if message.holding is not holding:
        about = f"conversation:{message.conversation_id}"
        said = {True: "Zwischenbescheid", False: "Antwort"}
        trail.note(turn, "Zwischenbescheid geändert", about, said[message.holding], said[holding])
        message.holding = holding
        clocks.refresh(turn, [message.conversation_id])
    return message.conversation_id
