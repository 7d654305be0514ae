"""Schedule: what recurs and how often; a due turn becomes jobs."""

from datetime import timedelta

from models.terms import CalendarKind
from service.domain import hours as opening
from service.domain import polling
from service.store import jobs, polls, settings
from service.turn import Turn

PULL = jobs.PULL
UPKEEP = "upkeep"
RECOUNT = jobs.RECOUNT
EVERYTHING = jobs.EVERYTHING
COVER = "cover"
CLOCKS = "clocks"
OUTLOOK = "outlook"
WATCH = "watch"
LEARN = jobs.LEARN
OBSERVE = "observe"
META = "meta"

_RECURRING = {
    UPKEEP: timedelta(hours=1),
    RECOUNT: timedelta(days=7),
    COVER: timedelta(minutes=1),
    CLOCKS: timedelta(minutes=1),
    WATCH: timedelta(minutes=5),
    LEARN: timedelta(days=1),
    OBSERVE: timedelta(days=1),
}

# More mailboxes than this due in the same instant (after a start) are spread over a base interval.
_TOGETHER = 16
_LONGEST_SPREAD = timedelta(minutes=1)


def enroll(turn: Turn, mailboxes: tuple[str, ...]) -> None:
    """Note, once per start, which mailboxes are to be looked into.

    Only configured mailboxes are read: an imported archive is an account too, but nobody can be asked for it.
    """
    polls.enroll(turn, mailboxes)


def enqueue_due(turn: Turn, poll: timedelta) -> None:
    """Turn everything that is due now into jobs; `poll` is the shortest pause between two reads of a mailbox."""
    found = polls.due(turn)
    if found:
        is_open, waiting = _is_open(turn), polls.waited_for(turn)
        spread = min(poll, _LONGEST_SPREAD) if len(found) > _TOGETHER else timedelta(0)
        for address, was in found:
            pause = polling.interval(poll, address, is_open=is_open, is_waited_for=address in waiting)
            if polls.move(turn, address, was, turn.now + pause):
                jobs.enqueue(turn, PULL, address, turn.now + spread * polling.phase(address))
    for name, every in _RECURRING.items():
        if jobs.plan(turn, name, every):
            jobs.enqueue(turn, name)


def enqueue_outlook(turn: Turn) -> None:
    """Have absences and domains looked up, where mailboxes are read at all."""
    if jobs.plan(turn, OUTLOOK, timedelta(minutes=15)):
        jobs.enqueue(turn, OUTLOOK)


def look_again(turn: Turn, poll: timedelta, address: str) -> None:
    """After new mail: the next look may have to come sooner, because somebody waits now."""
    waiting = address in polls.waited_for(turn)
    pause = polling.interval(poll, address, is_open=_is_open(turn), is_waited_for=waiting)
    polls.sooner(turn, address, turn.now + pause)


def _is_open(turn: Turn) -> bool:
    calendar = opening.calendar(CalendarKind.OEFFNUNG, settings.hours(turn))
    try:
        return calendar.clock_start(turn.now) == turn.now
    except ValueError:
        # A firm that never opens again is closed.
        return False


def enqueue_meta(turn: Turn) -> None:
    """Have WhatsApp asked whether we still hear everything; its counts come by the half hour."""
    if jobs.plan(turn, META, timedelta(minutes=30)):
        jobs.enqueue(turn, META)


def enqueue_notices(turn: Turn) -> None:
    """Have subscriptions looked after; a look finds nothing to do unless one is at half of its life or was lost."""
    if jobs.plan(turn, jobs.SUBSCRIBE, timedelta(minutes=5)):
        jobs.enqueue(turn, jobs.SUBSCRIBE)
