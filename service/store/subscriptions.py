"""Subscriptions to change notifications: which there are, whose calls are genuine, and which are due for renewal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.account import Account
from models.subscription import Subscription, SubscriptionState
from models.terms import Channel
from service.turn import Turn

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Known:
    """A subscription as its notifications are checked: the mailbox, and the digest of the secret they carry."""

    account_id: int
    address: str
    digest: str


@dataclass(frozen=True, slots=True)
class Due:
    """A mailbox whose subscription has to be made (`graph_id` is "") or renewed."""

    account_id: int
    address: str
    graph_id: str


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: enough to recognise it, useless to whoever reads the table."""
    return sha256(secret.encode()).hexdigest()


def named(turn: Turn, graph_ids: Iterable[str]) -> dict[str, Known]:
    """Return the subscriptions that are ours among these ids."""
    rows = turn.session.execute(
        select(Subscription.graph_id, Account.id, Account.address, Subscription.client_state)
        .join(Account, Account.id == Subscription.account_id)
        .where(Subscription.graph_id.in_(list(graph_ids)))
    )
    return {row.graph_id: Known(*row[1:]) for row in rows}


def due(turn: Turn, addresses: Iterable[str]) -> tuple[Due, ...]:
    """Return those of these mailboxes that have no subscription yet or whose next look is due."""
    rows = turn.session.execute(
        select(Account.id, Account.address, Subscription.graph_id)
        .outerjoin(Subscription, Subscription.account_id == Account.id)
        .where(
            Account.channel == Channel.EMAIL,
            Account.address.in_(list(addresses)),
            or_(Subscription.renew_at.is_(None), Subscription.renew_at <= turn.now),
        )
        .order_by(Account.id)
    )
    return tuple(Due(row.id, row.address, row.graph_id or "") for row in rows)


def made(turn: Turn, account_id: int, graph_id: str, secret: str, expires_at: datetime) -> None:
    """Note a new subscription in the place of the one before; it is looked at again at half of its life."""
    values = {
        "graph_id": graph_id,
        "client_state": digest_of(secret),
        "state": SubscriptionState.AKTIV,
        "expires_at": expires_at,
        "renew_at": turn.now + (expires_at - turn.now) / 2,
        "error": "",
    }
    _put(turn, account_id, values)


def renewed(turn: Turn, account_id: int, expires_at: datetime) -> None:
    """Note that a subscription lives longer now."""
    half = turn.now + (expires_at - turn.now) / 2
    _change(turn, account_id, state=SubscriptionState.AKTIV, expires_at=expires_at, renew_at=half, error="")


def failed(turn: Turn, account_id: int, error: str, wait: timedelta = _FIRST_WAIT) -> None:
    """Note that making or renewing failed (`error` is a code), to be tried again after `wait`, at most an hour."""
    values = {
        "state": SubscriptionState.GESTOERT,
        "renew_at": turn.now + min(max(wait, _FIRST_WAIT), _LONGEST_WAIT),
        "error": error,
    }
    _put(turn, account_id, values)


def lost(turn: Turn, account_id: int) -> None:
    """Note that Microsoft has ended a subscription: a new one is due at once, notifications of the old one are void."""
    _change(turn, account_id, graph_id=None, client_state="", state=SubscriptionState.FEHLT, renew_at=None)


def hasten(turn: Turn, account_id: int) -> None:
    """Let a subscription be renewed at once."""
    _change(turn, account_id, renew_at=turn.now)


def others(turn: Turn, addresses: Iterable[str]) -> tuple[Due, ...]:
    """Return the subscriptions of mailboxes that are not among these: nobody wants them any more."""
    rows = turn.session.execute(
        select(Account.id, Account.address, Subscription.graph_id)
        .join(Account, Account.id == Subscription.account_id)
        .where(Account.address.not_in(list(addresses)))
    )
    return tuple(Due(row.id, row.address, row.graph_id or "") for row in rows)


def drop(turn: Turn, account_id: int) -> None:
    """Forget the subscription of a mailbox."""
    turn.session.execute(delete(Subscription).where(Subscription.account_id == account_id))


def states(turn: Turn) -> dict[str, tuple[SubscriptionState, str]]:
    """Return state and error of each mailbox that has a subscription, by address."""
    rows = turn.session.execute(
        select(Account.address, Subscription.state, Subscription.error).join(
            Account, Account.id == Subscription.account_id
        )
    )
    return {row.address: (row.state, row.error) for row in rows}


def _change(turn: Turn, account_id: int, **values: object) -> None:
    turn.session.execute(
        update(Subscription).where(Subscription.account_id == account_id).values(**values),
        execution_options={"synchronize_session": False},
    )


def _put(turn: Turn, account_id: int, values: dict[str, object]) -> None:
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    whole = {"account_id": account_id, "client_state": "", **values}
    turn.session.execute(
        insert(Subscription).values(whole).on_conflict_do_update(index_elements=["account_id"], set_=values)
    )
