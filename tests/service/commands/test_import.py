"""Real mail comes in from files, once however often it is read, and damage stops nothing."""

import base64
import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors.archive.files import ArchiveSource
from connectors.base import Page
from service import runtime as running
from service.commands import import_
from service.commands.import_ import Order, run
from service.config import Config
from service.runtime import Runtime
from tests.shared import shared_file

WIRE = Path(__file__).parents[2] / "wire" / "archive"


class Frozen:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 3, 5, 9, 0, tzinfo=UTC)

    def ticks(self) -> float:
        return 0.0


@pytest.fixture
def runtime(tmp_path: Path, migrated: Path) -> Iterator[Runtime]:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "postlotse.db").write_bytes(migrated.read_bytes())
    made = running.start(Config(data_dir=tmp_path / "var", own_domains=""), Frozen())
    yield made
    made.database.dispose()


def dump(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(sql).fetchall()


def test_a_folder_comes_in_with_conversations_and_damage(runtime: Runtime, tmp_path: Path) -> None:
    summary = run(runtime, Order((WIRE,), "vertrieb@firma-beispiel.de", ("firma-beispiel.de",)))

    assert (summary.new, summary.known, len(summary.damaged)) == (8, 2, 3)
    found = rows(tmp_path / "var/postlotse.db", "select peer, inbound, outbound from conversation order by peer")
    assert ("erika.muster@bau-muster.de", 1, 1) in found
    assert ("newsletter@werkzeug-laden.de", 1, 0) in found


def test_reading_again_changes_no_byte(runtime: Runtime, tmp_path: Path) -> None:
    order = Order((WIRE,), "Archiv", ("firma-beispiel.de",))
    run(runtime, order)
    before = dump(tmp_path / "var/postlotse.db")

    again = run(runtime, order)

    assert (again.new, again.known) == (0, 10)
    assert dump(tmp_path / "var/postlotse.db") == before


def test_a_moved_and_seen_mail_is_the_same_mail(runtime: Runtime, tmp_path: Path) -> None:
    run(runtime, Order((WIRE / "anfrage.eml",)))
    moved = tmp_path / "cur"
    moved.mkdir()
    (moved / "neu.eml:2,S").write_bytes(b"Status: RO\n" + (WIRE / "anfrage.eml").read_bytes())

    assert run(runtime, Order((moved,))).new == 0


def test_drafts_stay_out(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "cur").mkdir()
    (tmp_path / "cur" / "1:2,D").write_bytes((WIRE / "antwort.eml").read_bytes())

    summary = run(runtime, Order((tmp_path / "cur",)))

    assert (summary.new, summary.drafts) == (0, 1)
    assert any("Entwürfe" in line for line in import_.tell(summary, runtime.config))


def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *words: str) -> Result:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path / "var"))
    return CliRunner().invoke(import_.command, list(words))


def test_the_command_says_what_came_in_and_what_comes_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = invoke(monkeypatch, tmp_path, str(WIRE / "post.mbox"), "--own-domain", "firma-beispiel.de")

    assert done.exit_code == 0
    assert "Neu: 3   schon bekannt: 0   beschädigt: 1" in done.output
    assert "post.mbox: Mail 3: keine Kopfzeilen einer Mail" in done.output
    assert "postlotse serve" in done.output
    assert "WORT" not in done.output


def test_the_command_asks_for_the_own_domain_and_fails_only_when_nothing_is_readable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "müll.mbox").write_bytes(b"\x00" * 100)

    one = invoke(monkeypatch, tmp_path, str(WIRE / "anfrage.eml"), str(tmp_path / "müll.mbox"))
    none = invoke(monkeypatch, tmp_path, str(tmp_path / "müll.mbox"), str(tmp_path / "fehlt"))

    assert one.exit_code == 0
    assert "--own-domain" in one.output
    assert none.exit_code == 1
    assert "fehlt: Datei nicht gefunden oder nicht lesbar" in none.output


def test_file_names_reach_the_terminal_as_plain_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (b"\x1b[31mrot.eml", b"zwei\nZeilen.eml", b"\xff.eml"):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).touch()

    done = invoke(monkeypatch, tmp_path, str(tmp_path), str(WIRE / "anfrage.eml"))

    assert done.exit_code == 0
    assert all(f"{name}: leere Datei" in done.output for name in ("?[31mrot.eml", "zwei?Zeilen.eml", "?.eml"))


def test_a_folder_without_mail_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "leer").mkdir()

    assert "liegt keine Post" in invoke(monkeypatch, tmp_path, str(tmp_path / "leer")).output


def test_an_interrupted_import_says_what_to_do_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    box = tmp_path / "viele.jsonl"
    box.write_text("".join(f'{{"id": "{n}", "from_addr": "a@kunde.example"}}\n' for n in range(1200)))
    real = ArchiveSource.pages

    def cut(self: ArchiveSource, *words: Any) -> Iterator[Page]:
        for page in real(self, *words):
            yield page
            raise KeyboardInterrupt

    with monkeypatch.context() as short:
        short.setattr(ArchiveSource, "pages", cut)
        stopped = invoke(monkeypatch, tmp_path, str(box))
    again = invoke(monkeypatch, tmp_path, str(box))

    assert stopped.exit_code == 130
    assert "Abgebrochen" in stopped.output
    assert "Neu: 700   schon bekannt: 500" in again.output


def test_configured_and_named_domains_are_both_ours_and_a_second_run_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("POSTLOTSE_OWN_DOMAINS", "firma-alt.de")
    words = (str(WIRE / "antwort.eml"), "--own-domain", "@Firma-Beispiel.de")
    invoke(monkeypatch, tmp_path, *words)
    before = dump(tmp_path / "var/postlotse.db")

    invoke(monkeypatch, tmp_path, *words)

    assert dump(tmp_path / "var/postlotse.db") == before
    found = rows(tmp_path / "var/postlotse.db", "select value from setting where name = 'own_domains'")
    assert found == [('["firma-alt.de", "firma-beispiel.de"]',)]


def test_all_hostile_header_blocks_come_in_or_are_named(runtime: Runtime, tmp_path: Path) -> None:
    lines = shared_file("data/hostile/mail_headers.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "post").mkdir()
    for number, line in enumerate(lines):
        (tmp_path / "post" / f"{number:04}.eml").write_bytes(base64.b64decode(json.loads(line)["raw_b64"]))

    summary = run(runtime, Order((tmp_path / "post",)))

    assert summary.read == len(lines) == 635
    assert (summary.new, summary.known, len(summary.damaged)) == (614, 18, 3)


def test_one_mail_that_the_database_refuses_costs_no_other(runtime: Runtime, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "var/postlotse.db") as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON message WHEN NEW.sender = 'newsletter@werkzeug-laden.de' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    summary = run(runtime, Order((WIRE,), own_domains=("firma-beispiel.de",)))

    assert (summary.new, len(summary.damaged)) == (7, 4)
    assert "von der Datenbank abgewiesen" in {item.why for item in summary.damaged}


def test_an_unusable_model_is_said_and_the_rules_go_on(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime.model_path.write_bytes(b"kein Modell")

    summary = run(runtime, Order((WIRE / "anfrage.eml",)))

    assert summary.new == 1
    assert "nur die Regeln" in capsys.readouterr().err


def test_more_than_ten_damaged_places_are_named_in_a_file_and_ten_on_the_screen(
    runtime: Runtime, tmp_path: Path
) -> None:
    for number in range(14):
        (tmp_path / f"{number:02}.eml").write_text("kein Kopf")

    lines = import_.tell(run(runtime, Order(tuple(sorted(tmp_path.glob("*.eml"))))), runtime.config)

    assert sum("keine Kopfzeilen" in line for line in lines) == 10
    assert any("und 4 weitere" in line for line in lines)
    listed = runtime.config.data_dir / "import-beschaedigt.txt"
    assert len(listed.read_text(encoding="utf-8").splitlines()) == 14
    assert listed.stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.unmeasured
def test_the_real_corpora_come_in_whole_and_only_once(runtime: Runtime) -> None:
    files = tuple(shared_file(f"data/mail/{name}.jsonl.gz") for name in ("messages", "bounces"))
    order = Order(files, own_domains=("enron.com",))

    first = run(runtime, order)
    second = run(runtime, order)

    assert (first.read, first.damaged) == (10_726, [])
    assert (second.new, second.known) == (0, 10_726)
