"""Schedule: what recurs and how often; a due turn becomes jobs."""

from datetime import timedelta

from service.store import jobs
from service.turn import Turn

PULL = "pull"
UPKEEP = "upkeep"
RECOUNT = "recount"
COVER = "cover"


def enqueue_due(turn: Turn, poll: timedelta, mailboxes: tuple[str, ...]) -> None:
    """Turn everything that is due now into jobs; `poll` is the pause between two reads of a mailbox.

    Only configured mailboxes are read: an imported archive is an account too, but nobody can be asked for it.
    """
    if mailboxes and jobs.plan(turn, PULL, poll):
        for address in mailboxes:
            jobs.enqueue(turn, PULL, address)
    if jobs.plan(turn, UPKEEP, timedelta(hours=1)):
        jobs.enqueue(turn, UPKEEP)
    if jobs.plan(turn, RECOUNT, timedelta(days=7)):
        jobs.enqueue(turn, RECOUNT)
    if jobs.plan(turn, COVER, timedelta(minutes=1)):
        jobs.enqueue(turn, COVER)


def enqueue_notices(turn: Turn) -> None:
    """Have subscriptions looked after; a look finds nothing to do unless one is at half of its life or was lost."""
    if jobs.plan(turn, jobs.SUBSCRIBE, timedelta(minutes=5)):
        jobs.enqueue(turn, jobs.SUBSCRIBE)
