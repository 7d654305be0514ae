"""A message on its way in: posted, stripped, answered, taken in by the worker without anybody asking, and shown."""

import io
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import select

from connectors.emulator import courier
from connectors.emulator.courier import Courier
from connectors.emulator.whatsapp import bodies, sign
from models.message import Conversation, Message
from models.terms import Channel
from service.clock import SystemClock
from service.config import Config
from service.hooks import doors
from service.jobs import drain
from service.jobs import worker as working
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import accounts, inbox, statuses, tallies
from service.store.accounts import Facts
from service.store.engine import Database
from tests.connectors.whatsapp.test_emulator import DISPLAYS, mixed
from tests.fakes import FakeClock

SECRET = "s3cret"
# Two seconds are promised; a machine that is busy with other tests may take longer to look at all.
_PATIENCE = 20.0
WORDS = ("sent", "delivered", "read")


def posted(gate: doors.Gate, raw: bytes) -> str:
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/webhooks/whatsapp", "CONTENT_LENGTH": str(len(raw)),
        "HTTP_X_HUB_SIGNATURE_256": sign(raw, SECRET), "wsgi.input": io.BytesIO(raw),
    }  # fmt: skip
    gate(environ, lambda status, headers: said.append(status))
    return said[0]


def test_the_worker_takes_a_stored_message_in_by_itself_and_within_its_pause(
    sqlite_database: Database, tmp_path: Path
) -> None:
    runtime = Runtime(Config(data_dir=tmp_path, whatsapp_app_secret=SECRET), SystemClock(), sqlite_database)  # type: ignore[arg-type]  # pydantic makes a secret of it
    with runtime.turn() as turn:
        accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Zentrale"))
    worker = Worker(runtime)
    gate = doors.build(runtime, lambda *_: [], worker.wake.set)
    at = int(datetime.now(UTC).timestamp())
    message = {"id": "wamid.1", "from": "4915155501234", "timestamp": str(at), "type": "text"}
    value = {"metadata": {"phone_number_id": "1001"}, "messages": [message]}
    raw = json.dumps({"entry": [{"id": "77", "changes": [{"field": "messages", "value": value}]}]}).encode()

    worker.start()
    status = posted(gate, raw)
    found, until = None, monotonic() + _PATIENCE
    while found is None and monotonic() < until:
        sleep(0.02)
        with runtime.look() as turn:
            found = turn.session.scalars(select(Conversation)).first()
    worker.stop()
    gate.close()

    assert status == "200 OK"
    assert found is not None
    assert found.meta_until == datetime.fromtimestamp(at + 86_400, UTC)
    with runtime.look() as turn:
        assert inbox.counts(turn) == {inbox.DONE: 1}
    # It looks at least so often even when nobody wakes it.
    assert working._PAUSE <= 2


def test_copies_batches_retries_and_any_order_end_in_each_message_once_with_its_last_status(database: Database) -> None:
    clock = FakeClock(datetime(2026, 1, 6, 12, 0, tzinfo=UTC))
    runtime = Runtime(Config(whatsapp_app_secret=SECRET), clock, database)  # type: ignore[arg-type]  # pydantic makes a secret of it
    with runtime.turn() as turn:
        for number in DISPLAYS:
            accounts.ensure(turn, Channel.WHATSAPP, number, Facts(number))
    gate = doors.build(runtime, lambda *_: [])
    chance, messages = random.Random(5), mixed()

    def deliver(raw: bytes) -> int:
        if chance.random() < 0.3:
            return 503
        status = posted(gate, raw)
        if chance.random() < 0.2:
            drain.drain(runtime)
        # The answer may be lost on the way back, too: then Meta sends it again.
        return int(status[:3]) if chance.random() < 0.8 else 0

    ours = [message for message in messages if message.direction.value == "Ausgang"]
    told = [(message, word, message.at + timedelta(seconds=n)) for message in ours for n, word in enumerate(WORDS)]
    meta = Courier(deliver, seed=5, twice=0.3, jitter=30.0)
    meta.put(courier.mixed(messages, DISPLAYS, seed=5) + [courier.statuses([one], DISPLAYS) for one in told])
    meta.put(bodies(messages[:40], DISPLAYS, 40))
    meta.run()
    while drain.drain(runtime):
        pass
    gate.close()

    assert meta.given_up == 0
    with runtime.turn() as turn:
        rows = dict(turn.session.execute(select(Message.source_id, Message.id)).all())
        assert set(rows) == {message.id for message in messages}
        assert set(statuses.of(turn, [rows[message.id] for message in ours]).values()) == {"read"}
        assert inbox.counts(turn).keys() == {inbox.DONE}
        assert not tallies.recount(turn)
