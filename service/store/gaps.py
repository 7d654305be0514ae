"""Gaps: when a number was last heard, and of which times messages may be missing, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from models.account import Account
from models.chat import ChatWatch, Gap
from models.message import Message
from models.terms import Channel, Direction
from service.store import statuses
from service.store.prepared import Ask, Prepared
from service.turn import Turn

# Meta keeps a webhook that we did not take for 36 hours (its documents also say seven days: the shorter counts).
KEPT = timedelta(hours=36)
# A message whose status or answer came first has this long to follow.
PATIENCE = timedelta(hours=1)
# A number that usually hears something every day and nothing for this long has probably lost its subscription.
SILENCE = timedelta(hours=48)
_USUAL = timedelta(days=14)
_USUAL_UPDATES = 28
# Replies to messages from before our time point to nothing; only younger ones are looked at.
_LOOK_BACK = timedelta(days=14)

OUTAGE, SILENT, SENT, REPLIED = "Ausfall", "Stille", "Gesendetes fehlt", "Bezug fehlt"
UNSUBSCRIBED = "Abonnement fehlt"


@dataclass(frozen=True, slots=True)
class Missing:
    """A time of which messages of a number may be missing; `until_at` None means up to now."""

    account: str
    cause: str
    from_at: datetime
    until_at: datetime | None
    pieces: int


def signed(turn: Turn, account_id: int, at: datetime) -> None:
    """Note that a genuine webhook came for a number at `at`."""
    _watch(turn, account_id)
    turn.session.execute(
        update(ChatWatch)
        .where(ChatWatch.account_id == account_id, func.coalesce(ChatWatch.signed_at < at, True))
        .values(signed_at=at),
        execution_options={"synchronize_session": False},
    )


def last_signed(turn: Turn) -> dict[int, datetime | None]:
    """Return for each WhatsApp number (but invented ones) when a genuine webhook last came for it; None when never."""
    rows = turn.session.execute(
        select(Account.id, ChatWatch.signed_at)
        .outerjoin(ChatWatch, ChatWatch.account_id == Account.id)
        .where(Account.channel == Channel.WHATSAPP, ~Account.sample)
    )
    return {row[0]: row[1] for row in rows}


def watch(turn: Turn) -> None:
    """Look for gaps of every number; to be called every few minutes, since it notes by that when we were there."""
    numbers = turn.session.scalars(select(Account.id).where(Account.channel == Channel.WHATSAPP, ~Account.sample)).all()
    for account_id in numbers:
        _watch(turn, account_id)
        seen = turn.session.get_one(ChatWatch, account_id, populate_existing=True)
        if seen.watched_at is not None and turn.now - seen.watched_at > KEPT:
            # What came in the last 36 hours of an outage is still sent again; what came before is not.
            _note(turn, account_id, OUTAGE, seen.watched_at, turn.now - KEPT)
        _silence(turn, account_id, seen.signed_at)
        _unknown(turn, account_id)
        seen.watched_at = turn.now
    turn.session.flush()


def subscription(turn: Turn, account_id: int, *, is_there: bool) -> None:
    """Note whether Meta says that our app gets what concerns a number; without that nothing of it comes any more."""
    _watch(turn, account_id)
    seen = turn.session.get_one(ChatWatch, account_id, populate_existing=True)
    open_one = turn.session.scalars(
        select(Gap).where(Gap.account_id == account_id, Gap.cause == UNSUBSCRIBED, Gap.until_at.is_(None))
    ).first()
    if not is_there and open_one is None:
        # It was there when Meta last said so, and when the last webhook came.
        known = [at for at in (seen.subscribed_at, seen.signed_at) if at is not None]
        _note(turn, account_id, UNSUBSCRIBED, max(known, default=turn.now), None)
    if is_there:
        seen.subscribed_at = turn.now
        if open_one is not None:
            open_one.until_at = turn.now
    turn.session.flush()


def possible(turn: Turn, since: datetime | None = None) -> Sequence[Missing]:
    """Return the gaps of the last 30 days (or since an instant), newest first."""
    return tuple(Missing(*row) for row in ask(turn, since).rows(turn))


def ask(turn: Turn, since: datetime | None = None) -> Ask:
    """Return what `possible` asks."""
    return Ask(_POSSIBLE, {"since": since or turn.now - timedelta(days=30)})


# Built once: every page of figures asks this.
_POSSIBLE = Prepared(
    select(Account.name, Gap.cause, Gap.from_at, Gap.until_at, Gap.pieces)
    .join(Account, Account.id == Gap.account_id)
    .where(Gap.until_at.is_(None) | (Gap.until_at >= bindparam("since")))
    .order_by(Gap.from_at.desc(), Gap.id)
)


def _watch(turn: Turn, account_id: int) -> None:
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    turn.session.execute(insert(ChatWatch).values(account_id=account_id).on_conflict_do_nothing())


def _silence(turn: Turn, account_id: int, signed_at: datetime | None) -> None:
    """Note an unusual silence as open, and close it once something came again."""
    open_one = turn.session.scalars(
        select(Gap).where(Gap.account_id == account_id, Gap.cause == SILENT, Gap.until_at.is_(None))
    ).first()
    if open_one is not None and signed_at is not None and signed_at > open_one.from_at:
        open_one.until_at = signed_at
    if signed_at is None or turn.now - signed_at <= SILENCE:
        return
    usual = turn.session.scalar(
        select(func.count()).where(
            Message.account_id == account_id, Message.received_at > signed_at - _USUAL, Message.received_at <= signed_at
        )
    )
    if int(usual or 0) >= _USUAL_UPDATES:
        _note(turn, account_id, SILENT, signed_at, None)


def _unknown(turn: Turn, account_id: int) -> None:
    """Note the times from which a status or a reply names messages that we do not have."""
    _replace(turn, account_id, SENT, statuses.orphans(turn, account_id, turn.now - PATIENCE))
    known = aliased(Message)
    number, first, last = turn.session.execute(
        select(func.count(Message.context_id.distinct()), func.min(Message.received_at), func.max(Message.received_at))
        .outerjoin(known, (known.account_id == Message.account_id) & (known.source_id == Message.context_id))
        .where(
            Message.account_id == account_id,
            Message.direction == Direction.EINGANG,
            Message.context_id != "",
            Message.received_at > turn.now - _LOOK_BACK,
            Message.received_at < turn.now - PATIENCE,
            known.id.is_(None),
        )
    ).one()
    _replace(turn, account_id, REPLIED, (int(number), first, last) if number else None)


def _replace(turn: Turn, account_id: int, cause: str, found: tuple[int, datetime, datetime] | None) -> None:
    """Keep one gap of this cause that spans all of its pieces; none when every piece has turned up."""
    present = turn.session.scalars(select(Gap).where(Gap.account_id == account_id, Gap.cause == cause)).first()
    if found is None:
        if present is not None:
            turn.session.delete(present)
        return
    number, first, last = found
    gap = present or Gap(account_id=account_id, cause=cause)
    gap.from_at, gap.until_at, gap.pieces = first, last, number
    turn.session.add(gap)


def _note(turn: Turn, account_id: int, cause: str, from_at: datetime, until_at: datetime | None) -> None:
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    turn.session.execute(
        insert(Gap)
        .values(account_id=account_id, cause=cause, from_at=from_at, until_at=until_at, pieces=0)
        .on_conflict_do_nothing()
    )
