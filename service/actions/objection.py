"""Objection: a person told a colleague to get no more messages over WhatsApp, or to get them again."""

from models.terms import OptOutSource
from service.errors import Invalid
from service.store import messages, opt_outs, sendings, trail
from service.turn import Turn


def note(turn: Turn, conversation_id: int, *, wanted: bool) -> None:
    """Note what the person of a conversation wants, with a line in the trail. Raises NotFound, Invalid (a group)."""
    (conversation,) = messages.hold(turn, (conversation_id,))
    whom = sendings.person(turn, conversation)
    if whom is None:
        raise Invalid("Das geht nur bei einzelnen Personen auf WhatsApp.")
    before = opt_outs.standing(turn, whom.key) is None
    if before == wanted:
        return
    opt_outs.note(turn, whom.key, wanted=wanted, source=OptOutSource.MITGLIED, at=turn.now)
    trail.note(turn, "WhatsApp-Abmeldung", f"conversation:{conversation.id}", before, wanted)
