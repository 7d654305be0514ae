"""Over real HTTP: new mail, a notification, a read by the worker, long before the mailbox would have been polled."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest
from sqlalchemy import func, select

from connectors import registry
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from models.message import Message
from service import runtime as running
from service.config import Config
from service.hooks.doors import build
from service.jobs.worker import Worker
from service.runtime import Runtime
from tests.connectors.graph.conftest import ADDRESS, NOON, mail
from tests.fakes import FakeClock
from tests.service.hooks.conftest import _Quiet, _Server, behind

_PATIENCE = 10


@dataclass
class Scene:
    """A mailbox, the service before it, and a clock that only the test moves."""

    mailboxes: Mailboxes
    emulator: GraphEmulator
    runtime: Runtime
    worker: Worker
    clock: FakeClock

    def stored(self) -> int:
        with self.runtime.look() as turn:
            return int(turn.session.execute(select(func.count()).select_from(Message)).scalar_one())

    def work(self) -> None:
        while self.worker.tick():
            pass

    def hear(self, count: int) -> None:
        """Wait until so many notifications were taken."""
        for _ in range(_PATIENCE * 100):
            if self.emulator.subscriptions.delivered >= count:
                return
            threading.Event().wait(0.01)
        raise AssertionError("Nothing was delivered.")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    clock = FakeClock(NOON)
    mailboxes = Mailboxes([ADDRESS], [mail(n) for n in range(3)])
    emulator = GraphEmulator(mailboxes, clock=clock.now).start()
    server = make_server("127.0.0.1", 0, behind, server_class=_Server, handler_class=_Quiet)
    config = Config(
        data_dir=tmp_path,
        graph_base=emulator.base,
        graph_client_secret="emulator",
        graph_mailboxes=ADDRESS,
        graph_notifications=True,
        graph_poll_seconds=3600,
        port=server.server_port,
        own_domains="firma.example",
    )
    process = running.start(config, clock)
    worker = Worker(process, partial(registry.open_source, "graph", config))
    gate = build(process, behind)
    server.set_app(gate)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    found = Scene(mailboxes, emulator, process, worker, clock)
    found.work()
    yield found
    server.shutdown()
    server.server_close()
    gate.close()
    emulator.stop()
    process.database.dispose()


@pytest.mark.unmeasured
def test_new_mail_is_read_by_notification_without_waiting_for_the_poll(scene: Scene) -> None:
    before = scene.stored()
    scene.emulator.subscriptions.copies = 3

    scene.mailboxes.deliver(mail(10))
    scene.mailboxes.deliver(mail(11))
    scene.hear(6)
    scene.clock.move(timedelta(seconds=3))
    asked = scene.emulator.requests
    scene.work()

    assert (before, scene.stored()) == (3, 5)
    assert 0 < scene.emulator.requests - asked < 30


def test_a_subscription_that_was_removed_is_made_again_and_works(scene: Scene) -> None:
    (subscription,) = scene.emulator.subscriptions.known

    scene.emulator.subscriptions.lifecycle(subscription, "subscriptionRemoved")
    scene.hear(1)
    scene.mailboxes.deliver(mail(12))
    scene.clock.move(timedelta(seconds=3))
    scene.work()
    missed = scene.stored()
    scene.mailboxes.deliver(mail(13))
    scene.hear(2)
    scene.clock.move(timedelta(seconds=3))
    scene.work()

    assert subscription not in scene.emulator.subscriptions.known
    assert (missed, scene.stored()) == (4, 5)


def test_when_notifications_fall_silent_the_poll_finds_the_mail(scene: Scene) -> None:
    scene.emulator.subscriptions.silent = True

    scene.mailboxes.deliver(mail(14))
    scene.clock.move(timedelta(hours=2))
    scene.work()

    assert scene.stored() == 4
