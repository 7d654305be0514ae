"""Upkeep: what has to happen now and then so that the machine stays healthy and erased data really go."""

from datetime import timedelta

from sqlalchemy import delete, text

from models.staff import LoginLink, WebSession
from service.runtime import Runtime
from service.store import exports, firm_days, gaps, groups, inbox, presence, sendings, snapshots, tallies
from service.telemetry import log

# Days that may still change by late mail or corrections; older ones are left as they were reported.
_RECOUNTED = timedelta(days=35)
_ABSOLUTE = timedelta(hours=8)
# Meta repeats a webhook for up to seven days; keys of what was taken in are kept twice as long.
_RETRIES = timedelta(days=14)


def hourly(runtime: Runtime) -> None:
    """Remove ended sessions and links; on SQLite empty the write-ahead log, so that erased rows leave the disk."""
    with runtime.turn() as turn:
        turn.session.execute(delete(WebSession).where(WebSession.created_at < turn.now - _ABSOLUTE))
        inbox.sweep(turn, turn.now - _RETRIES)
        exports.sweep(turn)
        groups.record(turn)
        presence.sweep(turn, turn.now - timedelta(days=1))
        snapshots.fill(turn)
        firm_days.fill(turn)
        turn.session.execute(delete(LoginLink).where(LoginLink.expires_at < turn.now - timedelta(days=1)))
    if runtime.database.is_sqlite:
        with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def watch(runtime: Runtime) -> None:
    """Look whether messages of a WhatsApp number may be missing; call uncertain what a dead process was sending."""
    with runtime.turn() as turn:
        gaps.watch(turn)
        sendings.expire(turn)


def weekly(runtime: Runtime, *, everything: bool = False) -> int:
    """Count the last weeks (or everything) anew from messages and events; returns how many counts were mended."""
    with runtime.turn() as turn:
        today = turn.now.date()
        since = "" if everything else (today - _RECOUNTED).isoformat()
        mended = len(tallies.recount(turn, since=since))
        # What arrived late also changes how past days ended.
        snapshots.write(turn, today - _RECOUNTED, today - timedelta(days=1))
    if mended:
        log().warning("Zählung berichtigt", rows=mended)
    return mended
