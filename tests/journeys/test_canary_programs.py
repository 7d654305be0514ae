"""The unique words of the canary again: commands, other programs, and a leak in the house itself, which would be seen."""

import json
import logging
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from models.terms import Channel
from service import telemetry
from service.commands import backup, classify, doctor, evaluate, import_, restore, train
from service.store import accounts, tokens
from service.store.accounts import Facts
from tests.journeys import ways
from tests.journeys.test_canary import House, house, look_around, loud, pytestmark, silent

__all__ = ["house", "loud", "pytestmark"]


def test_a_question_of_another_program_with_content_is_refused_without_quoting_it(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with house.runtime.turn() as turn:
        head = {"Authorization": f"Bearer {tokens.new(turn, 'crm', ('suggestions',))}"}
    good = {"sender": "frage@kunde.example", "received_at": "2026-03-02T08:00:00Z"}
    bodies = [
        {**good, "subject": house.canaries.word("api", "subject")},
        {**good, "body": {"content": house.canaries.word("api", "body")}},
        {**good, "received_at": house.canaries.word("api", "wrong instant")},
        {**good, "flags": {"auth_dmarc": [house.canaries.word("api", "wrong flag")]}},
        {**good, "channel": house.canaries.word("api", "wrong channel")},
        {**good, "sender": house.canaries.word("api", "sender that is none")},
    ]

    for number, body in enumerate(bodies):
        answer = house.browser.post("/api/v1/suggestions", json=body, headers=head)
        assert house.note(f"suggestion {number}", answer).status_code == 422
    broken = b'{"subject": "' + house.canaries.word("api", "broken JSON").encode()
    house.note("broken", house.browser.post("/api/v1/suggestions", data=broken, headers=head))
    assert house.note("good", house.browser.post("/api/v1/suggestions", json=good, headers=head)).status_code == 200

    silent(house, caplog, capfd)


def test_a_leak_in_the_house_itself_would_be_seen(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    word = house.canaries.word("plant", "text")
    with house.runtime.turn() as turn:
        accounts.ensure(turn, Channel.EMAIL, "x@firma-beispiel.de", Facts(name=f"Betreff {word}"))
    (house.runtime.config.data_dir / "vergessen.tmp").write_text(word)
    logging.getLogger("connectors.graph").debug("body %s", word)
    telemetry.log().info("bug", error=word)
    print(word)
    look_around(house)

    with pytest.raises(AssertionError, match="plant"):
        silent(house, caplog, capfd)

    seen = {hit.sink.rpartition("/")[2] for hit in house.sinks.find(house.canaries)}
    assert {"log", "stdout", "stderr", "vergessen.tmp"} <= seen
    assert any(name.startswith("postlotse.db") for name in seen)


def test_what_the_commands_write_holds_no_word(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = ways.archive(house.canaries, tmp_path / "quelle")
    CliRunner().invoke(import_.command, [*map(str, paths), "--account", ways.BOX])
    known = json.loads(paths[-1].read_text().partition("\n")[0])
    taught = tmp_path / "gelernt.jsonl"
    labels = ("Kunde", "Newsletter", "Intern", "Werbung")
    rows = (known | {"from_addr": f"{n}@k{n}.example", "label": labels[n % 4]} for n in range(200))
    taught.write_text("\n".join(map(json.dumps, rows)))
    out = house.runtime.config.data_dir
    orders: list[tuple[click.Command, list[str]]] = [
        (classify.command, [str(paths[-1])]),
        (evaluate.command, [str(taught)]),
        (train.command, [str(taught), "--out", str(out / "model.npz")]),
        (doctor.command, ["--json", "--offline"]),
        (doctor.command, ["--offline"]),
        (backup.command, [str(out / "sicherung.db")]),
        (restore.command, [str(out / "sicherung.db"), "--pruefen"]),
    ]

    for order, words in orders:
        done = CliRunner().invoke(order, words)
        assert done.output, order.name
        assert done.exception is None or isinstance(done.exception, SystemExit), order.name
        house.sinks.add(f"stdout of {order.name}", done.output)
    with house.runtime.turn() as turn:
        head = {"Authorization": f"Bearer {tokens.new(turn, 'crm', ('kpis',))}"}
    for path in ("/healthz", "/api/v1/health", "/api/v1/kpis", "/api/v1/openapi.json"):
        assert house.note(path, house.browser.get(path, headers=head)).status_code == 200, path

    silent(house, caplog, capfd)
    assert (out / "model.npz").exists()
    assert (out / "sicherung.db").exists()
