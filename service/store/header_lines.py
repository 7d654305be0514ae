"""Remembers which mailboxes give no header lines, so that a restart does not ask for them again before a while."""

from collections.abc import MutableMapping
from datetime import timedelta

from sqlalchemy import update

from models.account import Account, Chain
from service.turn import Turn

# Rights change seldom; a refusal in vain costs one request per folder.
_ASKED_AGAIN_AFTER = timedelta(days=7)


def remind(turn: Turn, account: Account, refused: MutableMapping[str, bool]) -> None:
    """Tell a source what is remembered of a mailbox: True = refused lately; otherwise it finds out by itself."""
    if account.bare_since is not None and turn.now - account.bare_since < _ASKED_AGAIN_AFTER:
        refused[account.address] = True
    else:
        refused.pop(account.address, None)


def note(turn: Turn, account_id: int, refused: bool | None) -> None:
    """Note what a read found out (None = nothing).

    Where header lines come again, every folder gets a full round: its link still names what was asked for without.
    """
    account = turn.session.get_one(Account, account_id)
    if refused and (account.bare_since is None or turn.now - account.bare_since >= _ASKED_AGAIN_AFTER):
        account.bare_since = turn.now
    elif refused is False and account.bare_since is not None:
        account.bare_since = None
        turn.session.execute(update(Chain).where(Chain.account_id == account_id).values(select_version=0))
