"""Pull: reads one mailbox through its source and notes how that went; rows and cursor of each page are one commit."""

from classifier.learned import Learned
from connectors.base import Source
from connectors.errors import ConnectorError, Refused, Unreachable
from models.terms import AccountState, Channel
from service.errors import NotFound
from service.jobs import reading
from service.jobs.reading import Progress, Reader
from service.runtime import Runtime
from service.store import accounts, chains, header_lines, sightings


def _silent(_account: str, _count: int) -> None:
    """Report to nobody."""


def account(runtime: Runtime, address: str, source: Source, model: Learned | None, progress: Progress = _silent) -> int:
    """Read everything new of one mailbox; returns the number of new messages.

    Raises Unreachable after noting it at the account, and Conflict when another process reads the mailbox on; a
    refusal is noted and the account paused. What a person has paused is left alone.
    """
    with runtime.turn() as turn:
        found = accounts.find(turn, Channel.EMAIL, address)
        if found is None:
            raise NotFound("Dieses Postfach gibt es nicht mehr.")
        if found.error_code == accounts.PAUSED:
            return 0
        account_id = found.id
        header_lines.remind(turn, found, source.bare)
        number = chains.begin(turn, account_id)
        chains.open_tree(turn, account_id, source.version)
        held = chains.take(turn, account_id, source.version)
        overdue = sightings.overdue(turn, account_id, number, reading.MOST_ASKED)
    reader = Reader(runtime, source, model, account_id, address, number, progress)
    try:
        new = reader.read(held, overdue)
    except Unreachable as error:
        _report(runtime, account_id, AccountState.GESTOERT, error)
        raise
    except Refused as error:
        _report(runtime, account_id, AccountState.ANGEHALTEN, error)
        return 0
    with runtime.turn() as turn:
        accounts.report(turn, account_id, AccountState.BEREIT, warning_code=reader.warning)
        header_lines.note(turn, account_id, source.bare.get(address))
    return new


def _report(runtime: Runtime, account_id: int, state: AccountState, error: ConnectorError) -> None:
    with runtime.turn() as turn:
        accounts.report(turn, account_id, state, error.code)
