"""Who has which row open just now: one row per member, so that two people do not do the same work."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from models.duty import Presence
from models.staff import Member
from service.store import reach
from service.turn import Turn

# Without a new sign for so long, a person has gone on or gone home.
FRESH = timedelta(seconds=60)


def see(turn: Turn, member_id: int, conversation_id: int) -> None:
    """Note that a member has this row open, and no other any more."""
    turn.session.execute(
        delete(Presence).where(Presence.member_id == member_id, Presence.conversation_id != conversation_id)
    )
    connection = turn.session.connection()
    insert = sqlite_insert if connection.dialect.name == "sqlite" else pg_insert
    connection.execute(
        insert(Presence)
        .values(conversation_id=conversation_id, member_id=member_id, seen_at=turn.now)
        .on_conflict_do_update(index_elements=["conversation_id", "member_id"], set_={"seen_at": turn.now})
    )


def others(turn: Turn) -> dict[int, tuple[str, ...]]:
    """Return by conversation which colleagues have it open, as far as this person may see it; one small query."""
    query = (
        select(Presence.conversation_id, Member.name)
        .join(Member, Member.id == Presence.member_id)
        .where(
            Presence.seen_at > turn.now - FRESH,
            Presence.member_id != turn.actor.member_id,
            *reach.within(turn, Presence.conversation_id),
        )
        .order_by(Presence.conversation_id, Member.name)
    )
    found: dict[int, tuple[str, ...]] = {}
    for number, name in turn.session.execute(query):
        found[number] = (*found.get(number, ()), name)
    return found


def sweep(turn: Turn, before: datetime) -> None:
    """Remove what was last seen before an instant."""
    turn.session.execute(delete(Presence).where(Presence.seen_at < before))
