"""Takes messages that are about to be deleted out of all counts, so that these stay what the rows that are left say."""

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.decision import Decision
from models.message import Message
from models.terms import Origin
from service.store import settings, taken_back, tallies
from service.store.tallies import Delta
from service.turn import Turn


def forget(turn: Turn, message_ids: Collection[bytes]) -> frozenset[int]:
    """Take these messages and the decisions about them out of the counts; returns their conversations.

    To be called before the rows go, `clocks.refresh` with the conversations afterwards: that takes out the answers.
    Where a copy of a deleted mail is left in another mailbox, the copy counts for the firm from now on.
    """
    zone = ZoneInfo(settings.zone(turn))
    wanted = sorted(message_ids)
    touched: set[int] = set()
    for start in range(0, len(wanted), 500):
        some = turn.session.scalars(select(Message).where(Message.id.in_(wanted[start : start + 500]))).all()
        touched |= {message.conversation_id for message in some}
        counted = [message for message in some if tallies.keeps(message) or message.removed_at is None]
        deltas = [tallies.times(tallies.of_row(message, zone), -1) for message in counted]
        deltas += _heirs(turn, [message for message in counted if not message.copied], set(wanted), zone)
        tallies.apply(turn, [*deltas, *_decisions(turn, some, zone)])
    return frozenset(touched)


def _heirs(turn: Turn, gone: Sequence[Message], leaving: set[bytes], zone: ZoneInfo) -> list[Delta]:
    """Let the first copy that stays count for the firm in the place of each mail that goes."""
    names = {message.internet_message_id: message.direction for message in gone if message.internet_message_id}
    copies = turn.session.scalars(
        select(Message)
        .where(Message.internet_message_id.in_(sorted(names)), Message.copied)
        .order_by(Message.received_at, Message.id)
    )
    deltas: list[Delta] = []
    for copy in copies:
        stays = copy.id not in leaving and (tallies.keeps(copy) or copy.removed_at is None)
        if stays and names.get(copy.internet_message_id) is copy.direction:
            del names[copy.internet_message_id]
            deltas.append(tallies.times(tallies.of_row(copy, zone), -1))
            copy.copied = False
            deltas.append(tallies.of_row(copy, zone))
    turn.session.flush()
    return deltas


def _decisions(turn: Turn, messages: Sequence[Message], zone: ZoneInfo) -> list[Delta]:
    places = {message.id: message.account_id for message in messages}
    made = turn.session.scalars(
        select(Decision).where(
            Decision.message_id.in_(sorted(places)), Decision.origin == Origin.PERSON, ~taken_back.condition()
        )
    )
    return [tallies.times(tallies.decided(one, places[one.message_id], zone), -1) for one in made]
