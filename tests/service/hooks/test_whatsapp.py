"""Over real HTTP: forged calls store nothing, accepted ones are on disk before the answer, content nowhere."""

import base64
import json
import logging
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from connectors.emulator.whatsapp import sign
from connectors.whatsapp.webhook import LONGEST_BODY, from_json, record
from service.store.engine import Database
from tests.service.hooks.conftest import NOW, SECRET, WORD, House, opened
from tests.shared import shared_file

WIRE = Path(__file__).resolve().parents[2] / "wire" / "whatsapp"
BODY = (WIRE / "text.json").read_bytes()
CANARY = b"KANARIE"


def body_of(count: int, start: int = 0) -> bytes:
    many = [
        {"id": f"wamid.{n}", "from": "4915155501234", "timestamp": "1767600000", "type": "text", "text": {"body": "x"}}
        for n in range(start, start + count)
    ]
    value = {"metadata": {"phone_number_id": "1"}, "messages": many}
    return json.dumps({"entry": [{"id": "9", "changes": [{"field": "messages", "value": value}]}]}).encode()


def test_a_signed_message_is_stored_before_the_answer_and_becomes_a_record(house: House) -> None:
    answer = house.post(BODY)

    (row,) = house.rows()
    found = record(from_json(row.payload), row.received_at)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (row.account, row.received_at) == ("700100200300401", NOW)
    assert found is not None
    assert found.sender == "4915155501234"


def test_two_hundred_forged_signatures_store_nothing(house: House) -> None:
    good, rng = sign(BODY, SECRET), random.Random(7)
    forged = ["", "sha256=", "sha1=" + "0" * 40, sign(BODY, ""), sign(BODY, "falsch"), sign(BODY + b"\n", SECRET)]
    while len(forged) < 200:
        at = rng.randrange(len(good))
        letter = rng.choice("0123456789abcdefgx=- ")
        mutated = good[:at] + letter + good[at + 1 :]
        if mutated.strip() != good:
            forged.append(mutated.strip())

    answers = {house.post(BODY, signature).status_code for signature in forged}
    unsigned = requests.post(f"{house.url}/webhooks/whatsapp", BODY, timeout=30)

    assert answers == {403}
    assert unsigned.status_code == 403
    assert house.rows() == []
    assert house.gate.counts.read()["whatsapp.forged"] == 201


def test_the_same_body_fifty_times_in_parallel_is_one_row(any_house: House) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: any_house.post(BODY).status_code, range(50)))

    assert answers == [200] * 50
    assert len(any_house.rows()) == 1


def test_the_same_body_fifty_times_on_four_writers_of_one_database_is_one_row(any_house: House, tmp_path: Path) -> None:
    numbers = "700100200300401=Zentrale"
    with ExitStack() as stack:
        given = [
            Database(any_house.runtime.database.engine.url.render_as_string(hide_password=False)) for _ in range(3)
        ]
        others = [stack.enter_context(opened(tmp_path, numbers, database)) for database in given]
        houses = [any_house, *others]

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda n: houses[n % 4].post(BODY).status_code, range(50)))

        assert answers == [200] * 50
        assert len(any_house.rows()) == 1


def test_a_message_that_does_not_name_our_only_number_belongs_to_it(any_house: House, open_house: House) -> None:
    held = {"messages": [{"id": "wamid.1", "from": "4915155501234", "timestamp": "1767600000", "type": "text"}]}
    raw = json.dumps({"entry": [{"changes": [{"field": "standby", "value": {"standby": held}}]}]}).encode()

    answers = [any_house.post(raw).status_code, open_house.post(raw).status_code]

    assert answers == [200, 200]
    assert [row.account for row in any_house.rows()] == ["700100200300401"]
    assert open_house.gate.counts.read()["whatsapp.without_number"] == 1


def test_different_bodies_in_parallel_are_all_stored(house: House) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: house.post(body_of(3, start=3 * n)).status_code, range(40)))

    assert answers == [200] * 40
    assert len(house.rows()) == 120


def test_a_thousand_updates_of_one_body_are_all_stored(house: House) -> None:
    answer = house.post(body_of(1000))

    assert answer.status_code == 200
    assert len(house.rows()) == 1000


def test_a_locked_database_answers_503_and_the_retry_is_stored_once(house: House) -> None:
    # The one connection that is open is the one that the writer takes and keeps.
    with house.runtime.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    house.post(body_of(1))
    other = sqlite3.connect(house.folder / "postlotse.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    refused = house.post(BODY)
    other.execute("ROLLBACK")
    other.close()
    accepted = house.post(BODY)
    again = house.post(BODY)

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert (accepted.status_code, again.status_code) == (200, 200)
    assert len(house.rows()) == 2


def test_a_missing_table_answers_503_and_the_writer_goes_on(house: House) -> None:
    with house.runtime.turn() as turn:
        turn.session.connection().exec_driver_sql("ALTER TABLE inbox RENAME TO weg")
    refused = house.post(BODY)
    with house.runtime.turn() as turn:
        turn.session.connection().exec_driver_sql("ALTER TABLE weg RENAME TO inbox")

    accepted = house.post(BODY)

    assert (refused.status_code, accepted.status_code) == (503, 200)
    assert len(house.rows()) == 1


def test_a_body_above_three_megabytes_is_refused_and_one_just_below_is_taken(house: House) -> None:
    filler = LONGEST_BODY - len(BODY) - 2
    fits = BODY + b" " * filler
    too_long = BODY + b" " * (LONGEST_BODY + 1 - len(BODY))

    assert house.post(fits).status_code == 200
    try:
        status = house.post(too_long).status_code
    except requests.ConnectionError:
        status = 413  # the server may hang up while the client still sends
    assert status == 413
    assert house.gate.counts.read()["whatsapp.too_long"] == 1


def test_unknown_fields_and_unreadable_bodies_are_accepted_counted_and_not_stored(house: House) -> None:
    unknown = house.post((WIRE / "unknown_field.json").read_bytes())
    broken = house.post(b"{")
    book = house.post((WIRE / "address_book.json").read_bytes())

    assert [unknown.status_code, broken.status_code, book.status_code] == [200, 200, 200]
    assert house.rows() == []
    counts = house.gate.counts.read()
    assert counts["whatsapp.other:metadata,novel_list"] == 1
    assert counts["whatsapp.other:unreadable"] == 1
    assert counts["whatsapp.contact_sync:"] == 1


def test_a_number_that_is_not_ours_is_accepted_and_not_stored(house: House) -> None:
    foreign = BODY.replace(b"700100200300401", b"999999999999999")

    assert house.post(foreign).status_code == 200
    assert house.rows() == []
    assert house.gate.counts.read()["whatsapp.foreign_number"] == 1


def test_hostile_json_with_a_valid_signature_is_never_an_error(house: House) -> None:
    lines = shared_file("data/hostile/json.jsonl").read_text("utf-8").splitlines()

    answers = {house.post(base64.b64decode(json.loads(line)["raw_b64"])).status_code for line in lines}

    assert answers == {200}
    assert house.rows() == []


def test_no_word_of_any_shape_reaches_database_or_log(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for path in sorted(WIRE.glob("*.json")):
        assert house.post(path.read_bytes()).status_code == 200

    kept = house.bytes_on_disk()

    assert CANARY not in kept
    assert b"wamid.ERFUNDEN0001" in kept
    logged = caplog.text + "".join(capfd.readouterr())
    assert CANARY.decode() not in logged
    assert "wamid" not in logged
    assert "4915155501234" not in logged


@pytest.mark.unmeasured
def test_no_content_of_public_payloads_reaches_the_database(open_house: House) -> None:
    folder = shared_file("data/whatsapp")
    cases = [json.loads(line) for line in (folder / "canaries.jsonl").read_text("utf-8").splitlines()]
    for case in cases:
        assert open_house.post((folder / case["file"]).read_bytes()).status_code == 200

    kept = open_house.bytes_on_disk()

    # Shorter words ("Test", "title") stand in names of columns and people, digits in the times of other updates.
    words = {word for case in cases for word in case["content"] if len(word) >= 8 and not word.isdigit()}
    assert len(words) > 100
    assert len(open_house.rows()) > 150
    assert sorted(word for word in words if word.encode() in kept) == []


def test_the_handshake_returns_the_challenge_to_who_knows_the_word(house: House) -> None:
    url = f"{house.url}/webhooks/whatsapp"

    good = requests.get(
        url, {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444"}, timeout=9
    )

    assert (good.status_code, good.text) == (200, "1158201444")
    assert good.headers["Content-Type"].startswith("text/plain")
    assert good.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "subscribe", "hub.verify_token": "falsch", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"},
        {"hub.mode": "unsubscribe", "hub.verify_token": WORD, "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "a\r\nSet-Cookie: b"},
        {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "x" * 5000},
        {
            "hub.mode": "subscribe",
            "hub.verify_token": "ä€\udcff".encode("utf-8", "surrogateescape"),
            "hub.challenge": "1",
        },
    ],
)
def test_any_other_handshake_is_refused(house: House, query: dict[str, str]) -> None:
    answer = requests.get(f"{house.url}/webhooks/whatsapp", query, timeout=9)

    assert (answer.status_code, answer.content) == (403, b"")


def test_other_methods_are_refused_and_other_paths_go_through(house: House) -> None:
    put = requests.put(f"{house.url}/webhooks/whatsapp", BODY, timeout=9)
    page = requests.get(f"{house.url}/kennzahlen", timeout=9)

    assert (put.status_code, put.headers["Allow"]) == (405, "GET, POST")
    assert page.text == "pages"
