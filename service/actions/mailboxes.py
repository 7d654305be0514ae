"""Mailboxes: somebody has one read now, stops reading it, or lets it be read again."""

from models.account import Account
from models.terms import Channel
from service.errors import Invalid
from service.store import accounts, jobs, polls, trail
from service.turn import Turn


def read_now(turn: Turn, account_id: int) -> None:
    """Have a mailbox read as soon as a worker is free. Raises NotFound, and Invalid where nobody can be asked for mail.

    A mailbox that Microsoft asked us to leave alone for a while keeps that pause.
    """
    account = _readable(turn, account_id)
    if account.error_code == accounts.PAUSED:
        raise Invalid("Dieses Postfach ist angehalten.", {"postfach": "Zuerst fortsetzen."})
    jobs.enqueue(turn, jobs.PULL, account.address)
    jobs.hasten(turn, jobs.PULL, account.address, turn.now)
    trail.note(turn, "Abruf verlangt", f"account:{account.id}")


def pause(turn: Turn, account_id: int) -> None:
    """Stop the reading of a mailbox until somebody resumes it. Raises NotFound, Invalid. Twice changes nothing."""
    account = _readable(turn, account_id)
    if account.error_code == accounts.PAUSED:
        return
    before = account.error_code or account.state.value
    accounts.pause(turn, account)
    trail.note(turn, "Lesen angehalten", f"account:{account.id}", before, account.error_code)


def resume(turn: Turn, account_id: int) -> None:
    """Let a paused mailbox be read again, at once. Raises NotFound, Invalid. Twice changes nothing."""
    account = _readable(turn, account_id)
    if account.error_code != accounts.PAUSED:
        return
    accounts.resume(turn, account)
    jobs.enqueue(turn, jobs.PULL, account.address)
    jobs.hasten(turn, jobs.PULL, account.address, turn.now)
    trail.note(turn, "Lesen fortgesetzt", f"account:{account.id}", accounts.PAUSED, account.state.value)


def _readable(turn: Turn, account_id: int) -> Account:
    """Return a mailbox that is read from a server, to be changed."""
    account = accounts.hold(turn, account_id)
    if account.channel is not Channel.EMAIL or not polls.planned(turn, [account.address]):
        raise Invalid("Dieses Postfach ruft Postlotse nicht ab.", {"postfach": "Hier ist nichts zu holen."})
    return account
