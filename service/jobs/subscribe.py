"""Subscribe: keeps a subscription to notifications for every mailbox; without one, polling alone goes on."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from secrets import token_urlsafe

from connectors.errors import ConnectorError, Refused, Unreachable
from connectors.notices import LIFE, Notices
from service.runtime import Runtime
from service.store import jobs, subscriptions
from service.store.subscriptions import Due
from service.telemetry import log

# A refusal passes when a person has acted: no use to press.
_REFUSED_WAIT = timedelta(hours=1)


def keep(runtime: Runtime, mailboxes: tuple[str, ...], notices: Callable[[], Notices]) -> int:
    """Make, renew and end subscriptions as far as that is due now; return how many mailboxes were looked after.

    `notices` is called only when there is something to do. What goes wrong with one mailbox is noted at its
    subscription and tried again later; it neither stops the others nor the reading.
    """
    url = runtime.config.notification_url
    wanted = mailboxes if url else ()
    with runtime.look() as turn:
        due = subscriptions.due(turn, wanted) if wanted else ()
        unwanted = subscriptions.others(turn, wanted)
    for one in due:
        _guarded(runtime, one, partial(_kept, runtime, one, notices, url))
    for one in unwanted:
        _end(runtime, one, notices)
    return len(due) + len(unwanted)


def _guarded(runtime: Runtime, one: Due, work: Callable[[], None]) -> None:
    try:
        work()
    except ConnectorError as error:
        wait = timedelta(seconds=error.retry_after) if isinstance(error, Unreachable) else _REFUSED_WAIT
        log().warning("Keine Benachrichtigungen, nur Abruf", account_id=one.account_id, code=error.code)
        with runtime.turn() as turn:
            subscriptions.failed(turn, one.account_id, error.code, wait)


def _kept(runtime: Runtime, one: Due, notices: Callable[[], Notices], url: str) -> None:
    """Open the door and keep one subscription. Raises ConnectorError."""
    _keep(runtime, one, notices(), url)


def _keep(runtime: Runtime, one: Due, notices: Notices, url: str) -> None:
    """Renew what there is, else make a new one. Raises ConnectorError."""
    if one.graph_id:
        try:
            held = notices.renew(one.address, one.graph_id, runtime.clock.now() + LIFE)
        except Refused as error:
            if error.why != "missing":
                raise
        else:
            with runtime.turn() as turn:
                subscriptions.renewed(turn, one.account_id, held.expires_at)
            return
    secret = token_urlsafe(32)
    held = notices.create(one.address, url, secret, runtime.clock.now() + LIFE)
    with runtime.turn() as turn:
        subscriptions.made(turn, one.account_id, held.id, secret, held.expires_at)
        # What came while there was no subscription is not told: look once.
        jobs.hasten(turn, jobs.PULL, one.address, turn.now)


def _end(runtime: Runtime, one: Due, notices: Callable[[], Notices]) -> None:
    """End a subscription that nobody wants; where Graph does not listen it runs out by itself, without effect."""
    try:
        if one.graph_id:
            notices().remove(one.address, one.graph_id)
    except ConnectorError as error:
        log().warning("Abonnement nicht beendet", account_id=one.account_id, code=error.code)
    with runtime.turn() as turn:
        subscriptions.drop(turn, one.account_id)
