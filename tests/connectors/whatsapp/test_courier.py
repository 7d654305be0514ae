"""Webhooks as Meta delivers them: batches, copies, late ones, retries for 36 hours; and what another reader sees."""

import json
from datetime import UTC, timedelta
from itertools import pairwise
from typing import Any

import pytest
import pywa

from connectors.emulator import courier
from connectors.emulator.courier import GIVES_UP, Courier
from connectors.emulator.letters import ChatMessage
from connectors.emulator.whatsapp import bodies
from connectors.whatsapp.webhook import record, strip
from models.terms import Direction
from tests.connectors.whatsapp.test_emulator import DISPLAYS, NOW, chat, mixed, read

HOUR = 3600.0


def ids(found: list[bytes]) -> list[str]:
    return [one.source_id for raw in found for one in read(raw)]


def sent(number: int, **more: Any) -> ChatMessage:
    return chat(number, direction=Direction.AUSGANG, kind="text", context="", **more)


def test_batches_of_every_size_carry_every_message_some_of_them_twice_and_out_of_order() -> None:
    messages = mixed()

    found = courier.mixed(messages, DISPLAYS, seed=3)

    came = ids(found)
    assert set(came) == {message.id for message in messages}
    assert len(came) > len(messages)
    assert came != sorted(came)
    assert len({len(read(raw)) for raw in found}) > 3


def test_bodies_overtake_each_other_come_twice_and_the_same_seed_does_the_same() -> None:
    def play(seed: int) -> list[bytes]:
        heard: list[bytes] = []
        post = Courier(lambda body: heard.append(body) or 200, seed=seed, twice=0.3, jitter=20.0)
        post.put(bodies([chat(n) for n in range(60)], DISPLAYS, 1))
        post.run()
        assert post.taken == post.posts == len(heard)
        return heard

    heard = play(7)

    assert len(set(heard)) == 60
    assert 60 < len(heard) < 90
    assert ids(heard) != sorted(ids(heard))
    assert play(7) == heard
    assert play(8) != heard


def test_what_is_not_taken_comes_again_less_and_less_often_and_ends_after_36_hours() -> None:
    times: list[float] = []
    post = Courier(lambda body: times.append(post.now) or 503)
    post.put([b"{}"])

    post.run()

    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert (pauses[0], max(pauses)) == (10.0, 6 * HOUR)
    assert 24 * HOUR < times[-1] <= GIVES_UP
    assert (post.given_up, post.taken) == (1, 0)


def test_an_outage_that_ends_in_time_loses_nothing() -> None:
    heard: list[bytes] = []
    passed: list[float] = []
    post = Courier(lambda body: 503 if post.now < 30 * HOUR else heard.append(body) or 200, wait=passed.append)
    post.put(bodies([chat(n) for n in range(9)], DISPLAYS, 3))

    post.run(until=20 * HOUR)
    before = len(heard)
    post.run()

    assert (before, len(ids(heard)), post.given_up) == (0, 9, 0)
    assert sum(passed) == pytest.approx(post.now)


def test_statuses_say_what_became_of_a_message_also_to_somebody_without_a_number() -> None:
    told = [
        (sent(0), "sent", NOW),
        (sent(0), "delivered", NOW + timedelta(seconds=2)),
        (sent(1), "failed", NOW),
        (sent(2, wa_id=""), "read", NOW),
    ]

    found = strip(courier.statuses(told, DISPLAYS))

    assert [(one.kind, one.id, one.status, one.recipient, one.error_codes) for one in found] == [
        ("status", told[0][0].id, "sent", told[0][0].wa_id, ()),
        ("status", told[1][0].id, "delivered", told[1][0].wa_id, ()),
        ("status", told[2][0].id, "failed", told[2][0].wa_id, (131026,)),
        ("status", told[3][0].id, "read", None, ()),
    ]
    assert found[3].to_user_id == told[3][0].user_id


def test_the_past_of_a_phone_comes_in_chunks_of_both_directions_and_asks_nothing() -> None:
    messages = [message for message in mixed() if message.number_id == "7001"]

    found = [one for raw in courier.history(messages, DISPLAYS, chunk=20) for one in strip(raw)]

    records = [record(one, NOW) for one in found]
    assert [one.source_id for one in records if one] == sorted((m.id for m in messages), key=ids_of(found).index)
    assert {one.kind for one in found} == {"history_message"}
    assert not any(one.opens_clock for one in records if one and one.direction is Direction.EINGANG)
    by_id = {message.id: message.direction for message in messages}
    assert all(one.direction is by_id[one.source_id] for one in records if one)


def ids_of(found: list[Any]) -> list[str]:
    return [one.id for one in found]


@pytest.fixture(scope="module")
def client() -> Any:
    return pywa.WhatsApp(phone_id="7001", token="kein-echtes", validate_updates=False)


def test_an_independent_reader_agrees_on_statuses(client: Any) -> None:
    for word in ("sent", "delivered", "read", "failed"):
        raw = courier.statuses([(sent(4), word, NOW)], DISPLAYS)
        body = json.loads(raw)
        # The reader knows statuses only with the person's contact, which Meta leaves out of some.
        value = body["entry"][0]["changes"][0]["value"]
        value["contacts"] = [{"wa_id": sent(4).wa_id, "user_id": sent(4).user_id, "profile": {"name": "E"}}]

        theirs = pywa.types.MessageStatus.from_update(client=client, update=body)
        (ours,) = strip(raw)

        assert (theirs.id, str(theirs.status.value), theirs.timestamp.astimezone(UTC)) == (ours.id, ours.status, NOW)
        assert theirs.from_user.wa_id == ours.recipient


def test_an_independent_reader_agrees_on_echoes_and_on_people_without_a_number(client: Any) -> None:
    (bare,) = bodies([chat(0, wa_id="")], DISPLAYS)

    theirs = pywa.types.Message.from_update(client=client, update=json.loads(bare))
    (ours,) = strip(bare)

    assert (theirs.id, theirs.from_user.wa_id) == (ours.id, None)
    assert theirs.from_user.bsuid == ours.from_user_id
