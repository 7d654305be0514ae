"""Schedule: what recurs and how often; a due turn becomes jobs."""

from datetime import timedelta

from models.terms import Channel
from service.store import accounts, jobs
from service.turn import Turn

PULL = "pull"
UPKEEP = "upkeep"
RECOUNT = "recount"


def enqueue_due(turn: Turn, poll: timedelta, *, mail: bool) -> None:
    """Turn everything that is due now into jobs; `poll` is the pause between two reads of a mailbox."""
    if mail and jobs.plan(turn, PULL, poll):
        for account in accounts.every(turn):
            if account.channel is Channel.EMAIL:
                jobs.enqueue(turn, PULL, account.address)
    if jobs.plan(turn, UPKEEP, timedelta(hours=1)):
        jobs.enqueue(turn, UPKEEP)
    if jobs.plan(turn, RECOUNT, timedelta(days=7)):
        jobs.enqueue(turn, RECOUNT)
