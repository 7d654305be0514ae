"""Mailboxes and numbers that we read, and how reading them went."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update

from models.account import Account, Chain
from models.terms import AccountState, Channel
from service.errors import NotFound
from service.store import settings
from service.store.engine import READING
from service.store.prepared import Ask, Prepared
from service.turn import Turn

# Setting: accounts that a person removed for good, as "channel:address"; the configuration may still name them.
REMOVED = "removed_accounts"

# In the place of an error code: a person has stopped the reading of this mailbox (docs/betrieb/fehlercodes.md).
PAUSED = "PL-2010"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an account when it is set up; `people` is how many members look after it."""

    name: str
    shared: bool = False
    people: int = 1
    sample: bool = False


def ensure(turn: Turn, channel: Channel, address: str, facts: Facts) -> Account:
    """Return the account with this address, made now if there is none."""
    found = find(turn, channel, address)
    if found is None:
        found = Account(
            channel=channel,
            address=address,
            name=facts.name,
            shared=facts.shared,
            people=facts.people,
            sample=facts.sample,
        )
        turn.session.add(found)
        turn.session.flush()
    return found


def name_configured(turn: Turn, channel: Channel, address: str, name: str) -> None:
    """Make an account that the configuration names, unless a person removed it for good."""
    if f"{channel.value}:{address}" not in settings.get(turn, REMOVED, []):
        ensure(turn, channel, address, Facts(name=name))


def find(turn: Turn, channel: Channel, address: str) -> Account | None:
    """Return the account with this address; None when the firm does not read it."""
    return turn.session.execute(
        select(Account).where(Account.channel == channel, Account.address == address)
    ).scalar_one_or_none()


def every(turn: Turn) -> tuple[Account, ...]:
    """Return all accounts by channel and name."""
    return tuple(turn.session.scalars(select(Account).order_by(Account.channel, Account.name)))


class Known(NamedTuple):
    """What pages say of an account; the fields are those of models/account.Account."""

    id: int
    channel: Channel
    address: str
    name: str
    people: int
    state: AccountState
    error_code: str
    last_ok_at: datetime | None
    incomplete_since: datetime | None


# Built once: every page of figures asks one of these.
_EVERY = select(*(getattr(Account, name) for name in Known._fields)).order_by(Account.name, Account.id)
ASK = Ask(Prepared(_EVERY))
DISTURBED = Ask(Prepared(_EVERY.where(Account.incomplete_since.is_not(None))))


def known(turn: Turn) -> tuple[Known, ...]:
    """Return all accounts by name; read once where nothing can change meanwhile: a page asks for them five times."""
    return _once(turn, _KNOWN, ASK)


def _once(turn: Turn, name: str, asked: Ask) -> tuple[Known, ...]:
    found: tuple[Known, ...] | None = turn.session.info.get(name)
    if found is None:
        found = tuple(Known(*row) for row in asked.rows(turn))
        if turn.session.info.get(READING):
            turn.session.info[name] = found
    return found


_KNOWN, _DISTURBED = "accounts", "disturbed accounts"


def chosen(turn: Turn, numbers: Collection[int] | None, channel: Channel | None = None) -> list[Known]:
    """Return those of `known` that are named (None = all) and of the channel (None = both)."""
    return within(known(turn), numbers, channel)


def within(found: Iterable[Known], numbers: Collection[int] | None, channel: Channel | None = None) -> list[Known]:
    """Return those accounts that are named (None = all) and of the channel (None = both)."""
    return [one for one in found if channel in (None, one.channel) and (numbers is None or one.id in numbers)]


def disturbed(turn: Turn) -> tuple[Known, ...]:
    """Return the accounts of which something may be missing since an instant, by name: figures about them are older."""
    if _KNOWN in turn.session.info:
        return tuple(one for one in known(turn) if one.incomplete_since is not None)
    return _once(turn, _DISTURBED, DISTURBED)


def report(turn: Turn, account_id: int, state: AccountState, error_code: str = "", *, warning_code: str = "") -> None:
    """Note how reading an account went; success stamps `last_ok_at`. Raises NotFound.

    From the first failure on, what came after the last success may be missing (`incomplete_since`). `warning_code`
    says what went well in a poorer way only. What a person has paused meanwhile stays paused.
    """
    account = turn.session.get(Account, account_id)
    if account is None:
        raise NotFound("Dieses Postfach gibt es nicht mehr.")
    if account.error_code == PAUSED:
        account.state = AccountState.ANGEHALTEN
        return
    account.state = state
    account.error_code = error_code
    if state is AccountState.BEREIT:
        account.last_ok_at = turn.now
        account.incomplete_since = None
        account.warning_code = warning_code
    else:
        account.incomplete_since = account.incomplete_since or account.last_ok_at or turn.now


def hold(turn: Turn, account_id: int) -> Account:
    """Return an account to be changed. Raises NotFound."""
    found = turn.session.get(Account, account_id, with_for_update=True)
    if found is None:
        raise NotFound("Dieses Postfach gibt es nicht (mehr).")
    return found


def pause(turn: Turn, account: Account) -> None:
    """Stop the reading of a mailbox: whoever reads it now cannot store another page; what comes from now on is missing.

    `last_ok_at` keeps saying when it was last read.
    """
    turn.session.execute(update(Chain).where(Chain.account_id == account.id).values(fence=Chain.fence + 1))
    account.state = AccountState.ANGEHALTEN
    account.error_code = PAUSED
    account.incomplete_since = account.incomplete_since or account.last_ok_at or turn.now


def resume(turn: Turn, account: Account) -> None:
    """Let a paused mailbox be read again; its figures stay incomplete until that has succeeded."""
    account.state = AccountState.BEREIT
    account.error_code = ""
    turn.session.flush()
