"""Measures how long Microsoft Graph waits for an answer to its notifications: a real server, 100 of them in a body."""

import http.client
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from models.terms import Channel
from service import runtime as running
from service.config import GRAPH_HOOK, Config
from service.store import accounts, subscriptions
from service.store.accounts import Facts
from tests.bench.figures import Figure
from tests.bench.webhooks import server

_MAILBOXES = 100
_POSTS = 300
# Graph calls an endpoint slow that needs longer than ten seconds now and then; promised is a fiftieth of that.
_PROMISE_MS = 200.0


def measure() -> Iterator[Figure]:
    """Yield the 50th and 99th percentile of the answer to a body about 100 mailboxes, nothing of which is noted yet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _subscribe(folder)
        body = json.dumps({"value": [_notice(number) for number in range(_MAILBOXES)]}).encode()
        with server("gate", folder) as port:
            took = sorted(_post(folder, port, body))
    for percent in (50, 99):
        value = took[len(took) * percent // 100] * 1e3
        title = f"answer to {_MAILBOXES} notifications of Graph, {percent} % of {_POSTS} within"
        yield Figure(title, value, "ms", _PROMISE_MS)


def _subscribe(folder: Path) -> None:
    runtime = running.start(Config(data_dir=folder))
    with runtime.turn() as turn:
        for number in range(_MAILBOXES):
            address = f"box{number}@firma.example"
            account = accounts.ensure(turn, Channel.EMAIL, address, Facts(address))
            until = turn.now + timedelta(days=2)
            subscriptions.made(turn, account.id, f"abo-{number}", f"Geheimnis {number}", until)
    runtime.database.dispose()


def _notice(number: int) -> dict[str, object]:
    """Return one notification as Graph writes it (learn.microsoft.com, changeNotification)."""
    where = f"Users/{number:032x}/Messages/AAMkAGI2{number:0100x}"
    data = {
        "@odata.type": "#Microsoft.Graph.Message",
        "@odata.id": where,
        "@odata.etag": 'W/"CQAAABYAAAD"',
        "id": where,
    }
    return {
        "subscriptionId": f"abo-{number}",
        "subscriptionExpirationDateTime": "2026-11-24T09:00:00+00:00",
        "clientState": f"Geheimnis {number}",
        "changeType": "created,updated",
        "resource": where,
        "resourceData": data,
        "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
    }


def _post(folder: Path, port: int, body: bytes) -> Iterator[float]:
    """Yield the seconds of each answer; whatever was noted before is gone, so that every post stores all of it."""
    with (
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection,
        closing(sqlite3.connect(folder / "postlotse.db", isolation_level=None, timeout=10)) as beside,
    ):
        for turn in range(_POSTS + 10):
            beside.execute("DELETE FROM job")
            since = perf_counter()
            connection.request("POST", GRAPH_HOOK, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 202, answer.status
            if turn >= 10:  # the first ones build what is built once
                yield perf_counter() - since
        noted = beside.execute("SELECT count(*) FROM job").fetchone()[0]
        assert noted == _MAILBOXES, noted


if __name__ == "__main__":
    for figure in measure():
        print(figure.line(), flush=True)
