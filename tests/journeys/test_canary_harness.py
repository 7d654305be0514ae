"""The canary harness finds what is planted, however it is wrapped, and names it; without that its silence proves nothing."""

import base64
import gzip
import io
import json
import logging
import quopri
import sqlite3
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest
import structlog

from service import telemetry
from tests.journeys.canary import MARK, Canaries, Hit, Sinks, encodings, listen

SECRET = Canaries().word("plant", "text")

PLANTS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda word: f"Betreff: {word}!".encode(),
    "shouted": lambda word: word.upper().encode(),
    "utf-16": lambda word: f"x{word}".encode("utf-16"),
    "base64 +0": lambda word: base64.b64encode(f"{word} Ende".encode()),
    "base64 +1": lambda word: base64.b64encode(f"a{word} Ende".encode()),
    "base64 +2": lambda word: base64.b64encode(f"aä{word}".encode()),
    "base64url": lambda word: base64.urlsafe_b64encode(f"????{word}".encode()),
    "quoted-printable": lambda word: "".join(f"={ord(c):02X}" for c in word).encode(),
    "soft quoted-printable": lambda word: quopri.encodestring(f"ä {word} ö".encode()),
    "percent": lambda word: "".join(f"%{ord(c):02X}" for c in word).encode(),
    "form": lambda word: urllib.parse.urlencode({"betreff": word + "ü"}).encode(),
    "hex": lambda word: word.encode().hex().upper().encode(),
    "json": lambda word: json.dumps({"a": word + "ä"}).encode(),
    "json escapes": lambda word: "".join(f"\\u{ord(c):04X}" for c in word).encode(),
    "html": lambda word: escape(f"<b>{word}</b>").encode(),
    "html codes": lambda word: "".join(f"&#{ord(c)};" for c in word).encode(),
    "gzip": lambda word: gzip.compress(word.encode() * 3),
    "zlib inside": lambda word: b"stream\n" + zlib.compress(f"({word}) Tj".encode()) + b"\nendstream",
}


def find(sinks: Sinks) -> list[Hit]:
    canaries = Canaries()
    canaries.word("plant", "text")
    canaries.word("other", "field")
    return sinks.find(canaries)


@pytest.mark.parametrize("how", sorted(PLANTS))
def test_a_planted_word_is_found_and_named_however_it_is_wrapped(how: str) -> None:
    sinks = Sinks()
    sinks.add("datei", b"davor \x00" + PLANTS[how](SECRET) if how not in {"gzip", "utf-16"} else PLANTS[how](SECRET))

    hits = find(sinks)

    assert {(hit.way, hit.field) for hit in hits} == {("plant", "text")}


def test_a_word_in_a_zip_archive_is_found() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("modell.txt", SECRET)
    sinks = Sinks()
    sinks.add("modell.npz", buffer.getvalue())

    assert find(sinks)


@pytest.mark.parametrize("checkpointed", [True, False])
def test_a_word_in_a_database_is_found_in_the_file_or_in_its_wal(tmp_path: Path, checkpointed: bool) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO t VALUES (?)", (SECRET,))
    connection.commit()
    if checkpointed:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sinks = Sinks()
    sinks.add_files(tmp_path)
    connection.close()

    assert {hit.sink for hit in find(sinks)} == {"x.db" if checkpointed else "x.db-wal"}


def test_a_word_in_a_file_name_is_found(tmp_path: Path) -> None:
    (tmp_path / f"{SECRET}.pdf").write_bytes(b"")
    sinks = Sinks()
    sinks.add_files(tmp_path)

    assert len(find(sinks)) == 1


def test_a_logged_payload_a_print_and_a_quoting_error_are_found(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    listen()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("irgendwo").debug("payload %r", {"body": SECRET})
    telemetry.log().debug(f"unbekannt: {SECRET}")
    print(f"gelesen {SECRET}")
    structlog.reset_defaults()
    printed = capfd.readouterr()
    sinks = Sinks()
    sinks.add("log", caplog.text)
    sinks.add("stderr", printed.err)
    sinks.add("stdout", printed.out)
    sinks.add("error", str(ValueError(f"no number: {SECRET}")))

    assert {hit.sink for hit in find(sinks)} == {"log", "stderr", "stdout", "error"}


def test_a_clean_sink_is_silent_and_an_allowed_text_is_found() -> None:
    sinks = Sinks()
    sinks.add("datei", b"erika@kunde.example zqkanar kanarie " + bytes(range(256)) * 20)

    assert find(sinks) == []
    assert sinks.holds("erika@kunde.example")
    assert not sinks.holds("otto@kunde.example")


def test_a_marked_word_of_nobody_is_reported_too() -> None:
    sinks = Sinks()
    sinks.add("datei", MARK + "fremd")

    assert [hit.way for hit in find(sinks)] == ["unknown"]


def test_every_encoding_of_the_mark_is_long_enough_not_to_occur_by_chance() -> None:
    assert min(len(needle) for needle in encodings(MARK).values()) >= 9
