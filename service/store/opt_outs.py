"""Who wants no messages over WhatsApp: what people wrote or chose, what WhatsApp told us, what staff entered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from connectors.whatsapp.told import Wish
from models.chat import ChatPerson
from models.sending import OptOut
from models.terms import OptOutSource
from service.store import chatters
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Objection:
    """That somebody wants no messages, since when, and how we know."""

    at: datetime
    source: OptOutSource


def hear(turn: Turn, told: Iterable[Wish]) -> None:
    """Store what people said; told again or out of order it changes nothing more."""
    for wish in told:
        thread = chatters.thread(turn, wish.names, wish.at)
        source = OptOutSource.WORT if wish.by_word else OptOutSource.WHATSAPP
        note(turn, thread, wanted=not wish.stop, source=source, at=wish.at)


def note(turn: Turn, thread: str, *, wanted: bool, source: OptOutSource, at: datetime) -> None:
    """Store that the person of this key wants messages, or none; the same again changes nothing."""
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    person = turn.session.scalars(select(ChatPerson.id).where(ChatPerson.thread == thread)).first()
    if person is not None:
        row = insert(OptOut).values(
            chat_person_id=person, at=at, wanted=wanted, source=source, member_id=turn.actor.member_id
        )
        turn.session.execute(row.on_conflict_do_nothing())


def standing(turn: Turn, thread: str) -> Objection | None:
    """Return the objection that holds for the person of this key; None for nobody who objected.

    Of several words the latest counts, of the same instant the objection. All whom staff said to be one count together.
    """
    people = _family(turn, thread)
    if not people:
        return None
    last = turn.session.scalars(
        select(OptOut)
        .where(OptOut.chat_person_id.in_(people))
        .order_by(OptOut.at.desc(), OptOut.wanted, OptOut.id.desc())
        .limit(1)
    ).first()
    return None if last is None or last.wanted else Objection(last.at, last.source)


def _family(turn: Turn, thread: str) -> set[int]:
    """Return the person of a key and everybody who is that person, too."""
    person = turn.session.scalars(select(ChatPerson).where(ChatPerson.thread == thread)).first()
    found = {chatters.root(turn, person).id} if person is not None else set()
    while more := set(turn.session.scalars(select(ChatPerson.id).where(ChatPerson.same_as_id.in_(found)))) - found:
        found |= more
    return found
