"""Subscriptions are made, renewed at half of their life and made again; without them polling goes on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from connectors.base import Source
from connectors.errors import ConnectorError, Refused, Unreachable
from connectors.notices import LIFE, Held
from models.account import Account
from models.job import Job
from models.subscription import Subscription, SubscriptionState
from models.terms import Channel
from service.config import Config
from service.jobs import subscribe
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import accounts, subscriptions
from service.store.accounts import Facts
from service.store.engine import Database
from tests.fakes import FakeClock, FakeSource

INFO, SALES = "info@firma.example", "verkauf@firma.example"


@dataclass
class Graph:
    """Plays the calls of Graph: notes them, fails as told."""

    clock: FakeClock
    calls: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    fails: dict[str, ConnectorError] = field(default_factory=dict)
    made: int = 0

    def create(self, account: str, url: str, secret: str, until: datetime) -> Held:
        self._note("create", account)
        self.secrets.append(secret)
        self.made += 1
        assert url == "https://post.firma.example/hooks/graph"
        return Held(f"abo-{self.made}", until)

    def renew(self, account: str, subscription: str, until: datetime) -> Held:
        self._note("renew", account)
        return Held(subscription, until)

    def remove(self, account: str, subscription: str) -> None:
        self._note("remove", account)

    def _note(self, what: str, account: str) -> None:
        self.calls.append((what, account))
        for name in (what, account):
            if name in self.fails:
                raise self.fails[name]


@dataclass
class Scene:
    """A runtime with two mailboxes and a Graph that can be subscribed to."""

    runtime: Runtime
    graph: Graph
    clock: FakeClock

    def keep(self, *mailboxes: str) -> int:
        return subscribe.keep(self.runtime, mailboxes or (INFO, SALES), lambda: self.graph)

    def rows(self) -> dict[str, tuple[str, str | None, str]]:
        with self.runtime.look() as turn:
            return {
                row.address: (row.state.value, row.graph_id, row.error)
                for row in turn.session.execute(
                    select(Account.address, Subscription.state, Subscription.graph_id, Subscription.error).join(
                        Account, Account.id == Subscription.account_id
                    )
                )
            }


def scene_of(database: Database, **settings: object) -> Scene:
    clock = FakeClock()
    config = Config(
        **{
            "graph_notifications": True,
            "public_url": "https://post.firma.example/",
            "graph_mailboxes": INFO,
            **settings,
        }
    )
    runtime = Runtime(config, clock, database)
    with runtime.turn() as turn:
        for address in (INFO, SALES):
            accounts.ensure(turn, Channel.EMAIL, address, Facts(address))
    return Scene(runtime, Graph(clock), clock)


@pytest.fixture
def scene(database: Database) -> Iterator[Scene]:
    return scene_of(database)


def test_every_mailbox_gets_a_subscription_with_a_secret_of_its_own_and_is_read_once(scene: Scene) -> None:
    scene.keep()
    again = scene.keep()

    assert scene.graph.calls == [("create", INFO), ("create", SALES)]
    assert again == 0
    assert len(set(scene.graph.secrets)) == 2
    assert all(len(secret) >= 32 for secret in scene.graph.secrets)
    with scene.runtime.look() as turn:
        assert set(turn.session.scalars(select(Job.dedup))) == {f"pull:{INFO}", f"pull:{SALES}"}
        known = subscriptions.named(turn, ["abo-1"])["abo-1"]
    assert known.digest == subscriptions.digest_of(scene.graph.secrets[0])


def test_a_subscription_is_renewed_at_half_of_its_life(scene: Scene) -> None:
    scene.keep(INFO)
    scene.clock.move(LIFE / 2 - timedelta(minutes=1))
    early = scene.keep(INFO)
    scene.clock.move(timedelta(minutes=2))

    scene.keep(INFO)
    soon = scene.keep(INFO)

    assert (early, soon) == (0, 0)
    assert scene.graph.calls == [("create", INFO), ("renew", INFO)]


def test_one_that_graph_has_forgotten_or_ended_is_made_again(scene: Scene) -> None:
    scene.keep(INFO)
    scene.graph.fails["renew"] = Refused("weg", "missing")
    scene.clock.move(LIFE)
    scene.keep(INFO)
    with scene.runtime.turn() as turn:
        account = accounts.find(turn, Channel.EMAIL, INFO)
        assert account is not None
        subscriptions.lost(turn, account.id)

    scene.keep(INFO)

    assert [what for what, _ in scene.graph.calls] == ["create", "renew", "create", "create"]
    assert scene.rows()[INFO] == ("aktiv", "abo-3", "")


@pytest.mark.parametrize(
    ("error", "wait", "code"),
    [
        (Unreachable("weg", 600), timedelta(minutes=10), "PL-2001"),
        (Unreachable("weg", 1), timedelta(minutes=5), "PL-2001"),
        (Unreachable("weg", 90_000), timedelta(hours=1), "PL-2001"),
        (Refused("nein", "access"), timedelta(hours=1), "PL-2009"),
    ],
)
def test_a_failure_is_noted_tried_again_later_and_stops_nobody_else(
    scene: Scene, error: ConnectorError, wait: timedelta, code: str
) -> None:
    scene.graph.fails[INFO] = error

    scene.keep()
    failed = scene.rows()
    scene.clock.move(wait - timedelta(seconds=1))
    early = scene.keep()
    scene.clock.move(timedelta(seconds=2))
    del scene.graph.fails[INFO]
    scene.keep()

    assert failed[INFO] == ("gestört", None, code)
    assert failed[SALES][0] == SubscriptionState.AKTIV.value
    assert early == 0
    assert scene.rows()[INFO][0] == "aktiv"


def test_a_renewal_that_fails_leaves_the_subscription_as_it_is(scene: Scene) -> None:
    scene.keep(INFO)
    scene.graph.fails["renew"] = Refused("nein", "access")
    scene.clock.move(LIFE)

    scene.keep(INFO)

    assert scene.rows()[INFO] == ("gestört", "abo-1", "PL-2009")


def test_a_mailbox_that_is_not_read_any_more_has_its_subscription_ended(scene: Scene) -> None:
    scene.keep()
    scene.graph.fails["remove"] = Unreachable("weg")

    scene.keep(INFO)

    assert scene.graph.calls[-1] == ("remove", SALES)
    assert set(scene.rows()) == {INFO}


@pytest.mark.parametrize(
    "settings",
    [{"graph_notifications": False}, {"public_url": ""}, {"public_url": "http://post.firma.example"}],
)
def test_without_a_public_address_nobody_is_asked_to_call_us(database: Database, settings: dict[str, object]) -> None:
    scene = scene_of(database, **settings)

    assert scene.keep() == 0
    assert scene.graph.calls == []


def test_the_worker_goes_on_polling_when_the_source_knows_no_notifications(scene: Scene) -> None:
    source: Source = FakeSource({})
    worker = Worker(scene.runtime, lambda: source)

    worker.tick()
    worker.tick()

    assert scene.rows()[INFO] == ("gestört", None, "PL-2002")
    with scene.runtime.look() as turn:
        assert turn.session.scalar(select(Job.id).where(Job.kind == "pull")) is None
