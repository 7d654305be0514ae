"""Pull: reads one account through its source, page by page; rows and cursor are one commit."""

from collections.abc import Callable
from dataclasses import replace

from classifier.learned import Learned
from connectors.base import Folder, Page, Source
from connectors.errors import ConnectorError, CursorExpired, Refused, Unreachable
from models.account import Account, Chain
from models.terms import AccountState, Channel
from service.actions import intake
from service.errors import NotFound, Rejected
from service.runtime import Runtime
from service.store import accounts, keys
from service.telemetry import log

Progress = Callable[[str, int], None]


def _silent(_account: str, _count: int) -> None:
    """Report to nobody."""


def account(runtime: Runtime, address: str, source: Source, model: Learned | None, progress: Progress = _silent) -> int:
    """Read everything new of one mailbox; returns the number of new messages.

    Raises Unreachable after noting it at the account; a refusal is noted and the account paused.
    """
    with runtime.turn() as turn:
        found = accounts.find(turn, Channel.EMAIL, address)
        if found is None:
            raise NotFound("Dieses Postfach gibt es nicht mehr.")
        accounts.report(turn, found.id, AccountState.LIEST)
    try:
        new = sum(_folder(runtime, found, folder, (source, model), progress) for folder in source.folders(address))
    except Unreachable as error:
        _report(runtime, found, AccountState.GESTOERT, error)
        raise
    except Refused as error:
        _report(runtime, found, AccountState.ANGEHALTEN, error)
        return 0
    with runtime.turn() as turn:
        accounts.report(turn, found.id, AccountState.BEREIT)
    return new


def _report(runtime: Runtime, found: Account, state: AccountState, error: ConnectorError) -> None:
    with runtime.turn() as turn:
        accounts.report(turn, found.id, state, error.code)


def _folder(
    runtime: Runtime, found: Account, folder: Folder, how: tuple[Source, Learned | None], progress: Progress
) -> int:
    source, model = how
    with runtime.turn() as turn:
        chain = accounts.take_chain(turn, found.id, folder.id, folder.kind)
        cursor = chain.cursor
    try:
        new = 0
        for page in source.pages(found.address, folder, cursor):
            new += _store(runtime, found, page, (chain, model))
            progress(found.address, _size(page))
        return new
    except CursorExpired:
        # Full round into the same rows: what is known is skipped, decisions and clocks stay.
        with runtime.turn() as turn:
            accounts.restart_chain(turn, chain.id)
        return _folder(runtime, found, folder, how, progress) if cursor else 0


def _store(runtime: Runtime, found: Account, page: Page, how: tuple[Chain, Learned | None]) -> int:
    """Store one page and its cursor in one commit; a record that the database refuses is left out, the rest stays."""
    try:
        return _commit(runtime, found, page, how)
    except Rejected:
        for record in page.records:
            try:
                _commit(runtime, found, Page((record,), "", complete=False), (None, how[1]))
            except Rejected:
                log().warning("Datensatz ausgelassen", account_id=found.id, code=Rejected.code)
        return _commit(runtime, found, replace(page, records=()), how)


def _commit(runtime: Runtime, found: Account, page: Page, how: tuple[Chain | None, Learned | None]) -> int:
    chain, model = how
    with runtime.turn() as turn:
        # Most polls bring nothing: they must not cost the reading of the address book.
        new = (
            intake.take_in(turn, page.records, found.id, intake.Judge(keys.book(turn), model)).new
            if page.records
            else 0
        )
        intake.change(turn, found.id, page.changes)
        if chain is not None:
            accounts.move_chain(turn, chain, page.cursor, complete=page.complete)
    return new


def _size(page: Page) -> int:
    return len(page.records) + len(page.changes) + len(page.removed)
