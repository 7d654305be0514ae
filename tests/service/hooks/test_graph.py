"""Over real HTTP: genuine notifications mean "read this mailbox soon", everything else means nothing at all."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from models.account import Account
from models.job import Job
from models.subscription import Subscription, SubscriptionState
from models.terms import Channel
from service.hooks import graph
from service.store import accounts, jobs, subscriptions
from service.store.accounts import Facts
from service.store.engine import Database
from tests.service.hooks.conftest import NOW, House, opened

SECRET = "ein-Geheimnis-je-Postfach"
MAILBOX = "info@firma.example"
CANARY = "KANARIE"
RICH = {
    "resource": f"users/x/messages/{CANARY}",
    "resourceData": {"id": CANARY, "subject": CANARY, "bodyPreview": CANARY, "nested": [{"body": CANARY}] * 3},
    "encryptedContent": {"data": CANARY, "dataKey": CANARY, "dataSignature": CANARY},
}


@dataclass
class Ear:
    """A house whose two mailboxes have a subscription each."""

    house: House

    @property
    def url(self) -> str:
        return f"{self.house.url}/hooks/graph"

    def post(self, *items: dict[str, Any] | str) -> int:
        body = items[0] if items and isinstance(items[0], str) else json.dumps({"value": items})
        return requests.post(self.url, body, timeout=30).status_code

    def jobs(self) -> list[tuple[str, str]]:
        with self.house.runtime.look() as turn:
            return [tuple(row) for row in turn.session.execute(select(Job.kind, Job.key).order_by(Job.id))]

    def count(self, name: str) -> int:
        return self.house.gate.counts.read().get(f"graph.{name}", 0)


def prepare(house: House) -> Ear:
    with house.runtime.turn() as turn:
        for number, address in enumerate((MAILBOX, "verkauf@firma.example")):
            account = accounts.ensure(turn, Channel.EMAIL, address, Facts(address))
            subscriptions.made(turn, account.id, f"abo-{number}", SECRET + str(number), NOW + timedelta(days=2))
    return Ear(house)


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    with opened(tmp_path, "") as house:
        yield prepare(house)


@pytest.fixture
def any_ear(database: Database, tmp_path: Path) -> Iterator[Ear]:
    """The same on SQLite and on PostgreSQL."""
    with opened(tmp_path, "", database) as house:
        yield prepare(house)


def told(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"subscriptionId": f"abo-{number}", "clientState": f"{SECRET}{number}", "changeType": "created"} | more


def test_a_genuine_notification_has_the_mailbox_read_soon(any_ear: Ear) -> None:
    answer = any_ear.post(told(), told(1))

    assert answer == 202
    assert any_ear.jobs() == [("pull", MAILBOX), ("pull", "verkauf@firma.example")]


def test_many_notifications_become_one_read(any_ear: Ear) -> None:
    for _ in range(5):
        any_ear.post(*[told()] * 20)

    assert any_ear.jobs() == [("pull", MAILBOX)]
    assert any_ear.count("accepted") == 100


def test_a_read_that_is_planned_for_later_is_brought_forward_and_a_failed_one_keeps_its_pause(any_ear: Ear) -> None:
    runtime = any_ear.house.runtime
    with runtime.turn() as turn:
        jobs.enqueue(turn, "pull", MAILBOX, NOW + timedelta(minutes=15))
        jobs.enqueue(turn, "pull", "verkauf@firma.example", NOW + timedelta(minutes=15))
        turn.session.connection().execute(
            Job.__table__.update().where(Job.key == "verkauf@firma.example").values(attempt=1)
        )

    any_ear.post(told(), told(1))

    with runtime.look() as turn:
        when = {row.key: row.run_at - NOW for row in turn.session.execute(select(Job.key, Job.run_at))}
    assert when == {MAILBOX: timedelta(seconds=2), "verkauf@firma.example": timedelta(minutes=15)}


def test_two_hundred_forged_notifications_have_no_effect(ear: Ear) -> None:
    rng, good = random.Random(7), f"{SECRET}0"
    forged: list[Any] = ["", None, SECRET, good[:-1], good + "0", good.upper(), f"{SECRET}1"]
    while len(forged) < 200:
        at = rng.randrange(len(good))
        changed = good[:at] + rng.choice("abcXYZ0189-ä ") + good[at + 1 :]
        forged += [changed] if changed != good else []

    answers = {
        ear.post(*[told(clientState=state) for state in forged[start : start + 20]]) for start in range(0, 200, 20)
    }
    missing = told()
    del missing["clientState"]
    answers.add(ear.post(missing))

    assert answers == {202}
    assert ear.jobs() == []
    assert ear.count("forged") == 201


def test_unknown_subscriptions_have_no_effect_and_learn_nothing(ear: Ear) -> None:
    status = ear.post(told(subscriptionId="abo-9"), told(subscriptionId=""), {"value": 1})

    assert status == 202
    assert ear.jobs() == []
    assert ear.count("foreign") == 3


def test_every_secret_is_compared_in_constant_time(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []
    real = graph.compare_digest

    def spy(left: str, right: str) -> bool:
        compared.append((left, right))
        return real(left, right)

    monkeypatch.setattr(graph, "compare_digest", spy)
    ear.post(told(), told(clientState="falsch"), told(subscriptionId="fremd"))

    assert len(compared) == 3
    assert {len(side) for pair in compared for side in pair} == {64}


def test_the_table_holds_no_secret(ear: Ear) -> None:
    with ear.house.runtime.look() as turn:
        stored = repr(turn.session.execute(select(*Subscription.__table__.c)).all())

    assert SECRET not in stored
    assert SECRET.encode() not in ear.house.bytes_on_disk()


def test_content_that_comes_by_mistake_is_dropped(ear: Ear, capfd: pytest.CaptureFixture[str]) -> None:
    status = ear.post(told(**RICH), told(1, **RICH, clientState="falsch"), told(subscriptionId=CANARY, **RICH))
    broken = ear.post(json.dumps({"value": [told(**RICH)], "x": CANARY})[:-2])

    assert (status, broken) == (202, 400)
    assert ear.jobs() == [("pull", MAILBOX)]
    assert CANARY.encode() not in ear.house.bytes_on_disk()
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in repr(ear.house.gate.counts.read())


@pytest.mark.parametrize(
    "word", ["einfach", "Validation: Request-Id: 1 +/=?&%", "<script>alert(1)</script>", "a" * 4096]
)
def test_the_handshake_repeats_the_decoded_token_as_plain_text_alone(ear: Ear, word: str) -> None:
    answer = requests.post(ear.url, params={"validationToken": word}, data=b"egal", timeout=30)

    assert (answer.status_code, answer.text) == (200, word)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ear.jobs() == []


@pytest.mark.parametrize(
    "query",
    [
        "validationToken=",
        "validationToken=a%0d%0aSet-Cookie:x",
        "validationToken=%00",
        "validationToken=%c3%a4",
        "validationToken=" + "a" * 4097,
        "validationToken=" + "a" * 20_000,
        "validationToken=a&validationToken=b",
    ],
)
def test_what_is_no_token_is_not_repeated(ear: Ear, query: str) -> None:
    answer = requests.post(f"{ear.url}?{query}", timeout=30)

    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "body", ["", "{}", "[]", '{"value": 1}', '{"value": ["x"]}', "nichts", "[" * 100_000, "\udcff"]
)
def test_malformed_bodies_are_refused_and_change_nothing(ear: Ear, body: str) -> None:
    raw = body.encode("utf-8", "surrogateescape")

    answer = requests.post(ear.url, raw, timeout=30)

    assert (answer.status_code, answer.content) == (400, b"")
    assert ear.jobs() == []


def test_bodies_that_are_too_long_and_other_methods_are_refused(ear: Ear) -> None:
    long = requests.post(ear.url, b" " * (graph.LONGEST_BODY + 1), timeout=30)
    other = requests.get(ear.url, timeout=30)

    assert long.status_code == 413
    assert (other.status_code, other.headers["Allow"]) == (405, "POST")


def test_without_a_database_microsoft_is_asked_to_come_again(ear: Ear) -> None:
    with ear.house.runtime.turn() as turn:
        turn.session.connection().exec_driver_sql("ALTER TABLE subscription RENAME TO weg")
    answer = requests.post(ear.url, json={"value": [told()]}, timeout=30)
    with ear.house.runtime.turn() as turn:
        turn.session.connection().exec_driver_sql("ALTER TABLE weg RENAME TO subscription")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert ear.post(told()) == 202


@pytest.mark.parametrize(
    ("event", "state", "due"),
    [
        ("missed", SubscriptionState.AKTIV, False),
        ("reauthorizationRequired", SubscriptionState.AKTIV, True),
        ("subscriptionRemoved", SubscriptionState.FEHLT, True),
        ("etwasNeues", SubscriptionState.AKTIV, False),
    ],
)
def test_every_lifecycle_event_ends_in_a_read_and_renewal_where_it_is_needed(
    any_ear: Ear, event: str, state: SubscriptionState, due: bool
) -> None:
    any_ear.post(told(lifecycleEvent=event), told(lifecycleEvent=event))

    with any_ear.house.runtime.look() as turn:
        row = turn.session.get(Subscription, turn.session.scalar(select(Account.id).where(Account.address == MAILBOX)))
        addresses = [one.address for one in subscriptions.due(turn, [MAILBOX])]
    assert row is not None
    assert row.state is state
    assert addresses == ([MAILBOX] if due else [])
    assert any_ear.jobs() == [*([("subscribe", "")] if due else []), ("pull", MAILBOX)]
    if state is SubscriptionState.FEHLT:
        assert any_ear.post(told()) == 202
        assert any_ear.count("foreign") == 1
