"""What the page of a WhatsApp conversation shows for answering: whether and how one may send, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from models.message import Conversation
from models.sending import Template
from models.terms import Channel, SendKind, SendState
from service import guards
from service.actions import send
from service.domain import wording
from service.domain.wording import Place
from service.errors import Invalid, ServiceError
from service.store import forecast, halts, opt_outs, sendings, settings, templates
from service.store.sendings import Person, Shown
from service.turn import Turn
from service.web import session
from service.web.expected import expected


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form that was refused: it goes back to the browser and nowhere else."""

    problem: ServiceError
    key: str = ""
    words: str = field(default="", repr=False)
    template_id: int = 0
    values: Sequence[str] = field(default=(), repr=False)

    @property
    def fields(self) -> dict[str, str]:
        """Return what is wrong with which field."""
        return dict(self.problem.fields) if isinstance(self.problem, Invalid) else {}


class Choice(NamedTuple):
    """A template in the chooser: its wording in pieces, places to fill in with what stands there, its form's mark."""

    row: Template
    pieces: tuple[str | int, ...]
    places: tuple[Place, ...]
    key: str
    filled: tuple[str, ...]


class Sent(NamedTuple):
    """A sending as people read it: who, what, when, how it stands (look, icon, word), and why not."""

    who: str
    what: str
    at: datetime
    look: str
    icon: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that the panel shows. `closed` says why nothing can be sent at all; "" when one may."""

    closed: str
    may_switch: bool
    is_open: bool
    until: datetime | None
    key: str
    seen: int
    answered: int
    choices: tuple[Choice, ...]
    objection: str
    uncertain: bool
    typed: Typed | None


def panel(turn: Turn, conversation: Conversation, typed: Typed | None = None) -> Panel | None:
    """Return what the page shows for answering; None where there is nobody to answer to over WhatsApp."""
    whom = sendings.person(turn, conversation)
    if whom is None:
        return None
    last = sendings.newest(turn, conversation.id)
    closed = _closed(turn, whom)
    same = typed if typed is not None and typed.key else None
    return Panel(
        closed=closed,
        may_switch=bool(closed) and turn.actor.role in guards.TEMPLATES,
        is_open=send.open_for_words(turn, conversation),
        until=conversation.meta_until,
        key=same.key if same and not same.template_id else send.fresh_key(),
        seen=last.id if last is not None else 0,
        answered=conversation.outbound,
        choices=() if closed else _choices(turn, conversation, same),
        objection=_objection(turn, whom),
        uncertain=last is not None and last.state is SendState.UNGEWISS,
        typed=typed,
    )


def _closed(turn: Turn, whom: Person) -> str:
    if turn.actor.role not in guards.SEND:
        return "Ihre Rolle sendet nicht über WhatsApp."
    if not session.runtime().sends:
        return "Senden aus Postlotse ist nicht eingerichtet. Antworten Sie in der WhatsApp-App."
    if not settings.get(turn, sendings.SWITCH, default=False):
        return "Senden aus Postlotse ist abgeschaltet. Antworten Sie in der WhatsApp-App."
    halted = halts.number(turn)
    if halted is not None:
        return f"Das Senden steht still: {send.sentence(halted)}"
    return "" if whom.number or whom.user_id else "Von dieser Person ist weder Nummer noch Kennung bekannt."


class Switch(NamedTuple):
    """How sending stands for the firm: switched on, possible at all, and why it stands still ("" while it does not)."""

    on: bool
    ready: bool
    halted: str
    number: int


def switch(turn: Turn) -> Switch:
    """Return how sending stands, for the page of settings."""
    number = halts.number(turn)
    on = bool(settings.get(turn, sendings.SWITCH, default=False))
    halted = "" if number is None else send.sentence(number)
    return Switch(on, session.runtime().sends, halted, number or 0)


def _choices(turn: Turn, conversation: Conversation, typed: Typed | None) -> tuple[Choice, ...]:
    found = [(row, templates.places(row)) for row in templates.sendable(turn)]
    likely = ""
    if any(place.kind == wording.FORECAST for _, places in found for place in places):
        likely = _likely(turn, conversation)
    return tuple(_choice(row, places, typed, likely) for row, places in found)


def _likely(turn: Turn, conversation: Conversation) -> str:
    """Return by when somebody who writes now is likely to get an answer, as text; "" for a firm that never opens."""
    try:
        found = forecast.now(turn, conversation.channel, conversation.account_id)
    except ValueError:
        return ""
    return expected(found, turn.now, turn.now).latest.removeprefix("bis ") + " Uhr"


def _choice(row: Template, places: tuple[Place, ...], typed: Typed | None, likely: str) -> Choice:
    mine = typed is not None and typed.template_id == row.id
    key = typed.key if typed is not None and mine else send.fresh_key()
    filled = tuple(likely if place.kind == wording.FORECAST else "" for place in places)
    return Choice(row, wording.pieces(row.wording), places, key, filled)


def _objection(turn: Turn, whom: Person) -> str:
    found = opt_outs.standing(turn, whom.key)
    return "" if found is None else f"Möchte keine Nachrichten ({found.source.value})"


def sent(turn: Turn, conversation: Conversation) -> tuple[Sent, ...]:
    """Return the last sendings of a conversation, newest first."""
    if conversation.channel is not Channel.WHATSAPP:
        return ()
    return tuple(_sent(one) for one in sendings.shown(turn, conversation.id))


# State or status -> look, icon, word.
_STATES = {
    SendState.SENDET: ("calm", "clock", "wird gesendet"),
    SendState.UNGEWISS: ("warn", "warn", "ungewiss"),
    SendState.FEHLGESCHLAGEN: ("bad", "bad", "fehlgeschlagen"),
}
_STATUSES = {
    "delivered": ("good", "check", "zugestellt"),
    "read": ("good", "done", "gelesen"),
    "played": ("good", "done", "abgespielt"),
    "failed": ("bad", "bad", "fehlgeschlagen"),
}
_TAKEN = ("calm", "check", "angenommen")


def _sent(one: Shown) -> Sent:
    row = one.row
    look, icon, word = _STATES.get(row.state) or _STATUSES.get(one.status, _TAKEN)
    why = ""
    if word == "fehlgeschlagen":
        why = send.sentence(one.error_number)
    elif row.state is SendState.UNGEWISS:
        why = "Die Antwort von WhatsApp ging verloren. Postlotse wartet auf die Bestätigung und sieht vorher nach."
    what = "Freitext" if row.kind is SendKind.TEXT else f"Vorlage „{one.template}“"
    return Sent(one.who or "Postlotse", what, row.tried_at, look, icon, word, why)
