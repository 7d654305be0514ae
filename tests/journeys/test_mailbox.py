"""A mailbox from the server to the figures, with Microsoft's own library over HTTP: moves, deletions, resets, quota."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from connectors.emulator.graph import Fault, GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.graph.client import Client
from connectors.graph.source import GraphSource
from models.account import Account, Chain
from models.message import Conversation, Message
from models.terms import AccountState, Category, Channel
from service.actions import configure, confirm
from service.actions.confirm import Choice
from service.config import Config
from service.jobs import pull
from service.runtime import Runtime
from service.store import accounts, tallies
from service.store.accounts import Facts
from service.store.engine import Database
from tests.connectors.graph.conftest import ADDRESS, NOON, mail
from tests.fakes import FakeClock


@dataclass
class House:
    """The service before an emulated mailbox; `faults` are answered first, one a request."""

    runtime: Runtime
    clock: FakeClock
    mailboxes: Mailboxes
    source: GraphSource
    faults: list[Fault | None]

    def pull(self, rounds: int = 1) -> int:
        new = 0
        for _ in range(rounds):
            self.clock.move(timedelta(minutes=11))
            new += pull.account(self.runtime, ADDRESS, self.source, None)
        return new

    def account(self) -> Account:
        with self.runtime.look() as turn:
            return turn.session.execute(select(Account)).scalar_one()

    def there(self) -> int:
        with self.runtime.look() as turn:
            there = select(func.count()).select_from(Message).where(Message.removed_at.is_(None))
            return int(turn.session.execute(there).scalar_one())

    def recount(self) -> None:
        with self.runtime.turn() as turn:
            assert tallies.recount(turn) == ()


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    """Seven mails of a customer in the inbox, one answer among the sent items."""
    mailboxes = Mailboxes([ADDRESS], [*(mail(n) for n in range(7)), mail(10, "sentitems")])
    faults: list[Fault | None] = []
    server = GraphEmulator(mailboxes, token="gut", faults=lambda ask: faults.pop(0) if faults else None).start()

    async def at_once(seconds: float) -> None:
        """Wait for nothing."""

    source = GraphSource(Client(server.base, lambda claims: "gut", at_once))
    clock = FakeClock()
    runtime = Runtime(Config(graph_history_days=0), clock, database)
    with runtime.turn() as turn:
        configure.own_domains(turn, ("firma.example",))
        accounts.ensure(turn, Channel.EMAIL, ADDRESS, Facts(ADDRESS, people=6))
    yield House(runtime, clock, mailboxes, source, faults)
    source.close()
    server.stop()


def test_a_mailbox_is_read_once_and_polls_bring_nothing_new(house: House) -> None:
    assert (house.pull(), house.pull(3)) == (8, 0)
    assert house.there() == 8
    with house.runtime.look() as turn:
        kinds = turn.session.scalars(select(Chain.kind).order_by(Chain.kind)).all()
    assert sorted(kinds) == ["archive", "inbox", "inbox", "inbox", "ordner", "sentitems"]
    house.recount()


def test_a_moved_mail_keeps_its_class_and_a_deleted_one_goes_after_its_grace(house: House) -> None:
    house.pull()
    with house.runtime.turn() as turn:
        ids = turn.session.scalars(select(Conversation.id)).all()
        confirm.confirm(turn, Choice(tuple(ids[:1]), Category.NEWSLETTER))
        classes = turn.session.execute(select(Message.source_id, Message.category).order_by(Message.source_id)).all()

    house.mailboxes.move(ADDRESS, "k1", "inbox", "erledigt")
    house.mailboxes.delete(ADDRESS, "inbox", "k2")
    house.mailboxes.toggle(ADDRESS, "inbox", "k3")
    house.pull(2)
    in_grace = house.there()
    house.pull(2)

    assert (in_grace, house.there()) == (8, 7)
    with house.runtime.look() as turn:
        after = turn.session.execute(select(Message.source_id, Message.category).order_by(Message.source_id)).all()
        read = turn.session.scalars(select(Message.is_read).where(Message.is_read)).all()
    assert after == classes
    assert len(read) >= 1
    house.recount()


def test_expired_links_in_every_folder_lose_and_double_nothing(house: House) -> None:
    house.pull()
    with house.runtime.look() as turn:
        before = turn.session.execute(select(Conversation.id, Conversation.waiting_since, Conversation.due_at)).all()

    house.mailboxes.delete(ADDRESS, "inbox", "k2")
    house.mailboxes.deliver(mail(20))
    for folder in ("inbox", "sentitems", "archive", "erledigt"):
        house.mailboxes.expire(ADDRESS, folder)
    new = house.pull()
    with house.runtime.look() as turn:
        resync = turn.session.execute(select(Conversation.id, Conversation.waiting_since, Conversation.due_at)).all()
    house.pull(4)

    assert new == 1
    assert set(before) <= set(resync)
    assert house.there() == 8
    house.recount()


def test_a_full_mailbox_still_shows_new_mail_and_says_that_it_is_full(house: House) -> None:
    house.pull()
    house.mailboxes.deliver(mail((house.clock.now() - NOON) // timedelta(minutes=1)))
    full = Fault(403, body=b'{"error": {"code": "ErrorQuotaExceeded", "message": "GEHEIM"}}')
    house.faults += [None, full]

    new = house.pull()
    warned = house.account()
    house.pull()

    assert new == 1
    assert (warned.state, warned.warning_code, warned.error_code) == (AccountState.BEREIT, "PL-2007", "")
    assert house.account().warning_code == ""


def test_a_mailbox_without_licence_and_a_sign_in_lost_in_mid_run_are_named_and_pass(house: House) -> None:
    house.pull()
    unlicensed = Fault(404, body=b'{"error": {"code": "MailboxNotEnabledForRESTAPI", "message": "GEHEIM"}}')
    denied = Fault(401, body=b'{"error": {"code": "InvalidAuthenticationToken", "message": "GEHEIM"}}')

    codes = []
    for fault in (unlicensed, denied):
        house.faults += [None, fault, fault, fault]
        house.pull()
        codes.append(house.account().error_code)
        house.faults.clear()
    house.pull()

    assert codes == ["PL-2006", "PL-2005"]
    assert (house.account().state, house.account().incomplete_since) == (AccountState.BEREIT, None)
