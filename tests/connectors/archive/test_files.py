"""Files and folders of mail are read as pages; damage has a position and stops nothing."""

import gzip
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from connectors.archive import files
from connectors.archive.files import ArchiveSource
from connectors.archive.headers import Own
from connectors.base import Page
from models.record import MessageRecord
from models.terms import Direction

WIRE = Path(__file__).parents[2] / "wire" / "archive"
OWN = Own(domains=frozenset({"firma-beispiel.de"}))


def source(*paths: Path) -> ArchiveSource:
    return ArchiveSource(paths, OWN)


def pages(archive: ArchiveSource) -> list[Page]:
    (folder,) = archive.folders("archiv")
    return list(archive.pages("archiv", folder, ""))


def records(archive: ArchiveSource) -> list[MessageRecord]:
    return [record for page in pages(archive) for record in page.records]


def damage(archive: ArchiveSource) -> list[tuple[str, str]]:
    return [(item.position, item.why) for item in archive.progress.damaged]


def test_an_mbox_is_read_mail_by_mail_and_damage_is_named_by_position() -> None:
    archive = source(WIRE / "post.mbox")

    found = records(archive)

    assert [item.internet_message_id for item in found] == [
        "<anfrage-1@bau-muster.de>",
        "<antwort-2@firma-beispiel.de>",
        "<dritte-3@lieferant-beispiel.de>",
    ]
    assert [item.direction for item in found] == [Direction.EINGANG, Direction.AUSGANG, Direction.EINGANG]
    assert damage(archive) == [("post.mbox: Mail 3", "keine Kopfzeilen einer Mail")]


def test_metadata_lines_are_read_and_bad_ones_named_by_number() -> None:
    archive = source(WIRE / "zeilen.jsonl")

    found = records(archive)

    assert [item.source_id for item in found][:2] == ["z1", "z2"]
    assert len(found) == 3
    assert damage(archive) == [
        ("zeilen.jsonl: Zeile 4", "Zeile ist kein JSON"),
        ("zeilen.jsonl: Zeile 5", "kein JSON-Objekt"),
    ]


def test_a_folder_is_read_in_order_with_everything_below_it(tmp_path: Path) -> None:
    shutil.copytree(WIRE, tmp_path / "post")
    (tmp_path / "post" / "INBOX.msf").write_text("index")
    (tmp_path / "post" / ".verborgen").write_text("x")

    archive = source(tmp_path / "post")

    assert len(records(archive)) == 4 + 3 + 3
    assert len(archive.progress.damaged) == 3
    assert archive.progress.done == archive.progress.total > 0
    assert archive.progress.read == 10


def test_reading_again_yields_the_same_records() -> None:
    assert records(source(WIRE)) == records(source(WIRE))


def test_a_maildir_gives_marks_from_names_and_leaves_out_what_is_still_being_delivered(tmp_path: Path) -> None:
    box = tmp_path / "Maildir"
    for folder in ("cur", "new", "tmp", ".Gesendete Objekte/cur"):
        (box / folder).mkdir(parents=True)
    shutil.copy(WIRE / "anfrage.eml", box / "cur" / "1.M1.rechner:2,RS")
    shutil.copy(WIRE / "rundbrief.eml", box / "new" / "2.M2.rechner")
    shutil.copy(WIRE / "abwesend.eml", box / "tmp" / "3.M3.rechner")
    shutil.copy(WIRE / "antwort.eml", box / ".Gesendete Objekte" / "cur" / "4.M4.rechner:2,DS")

    found = {item.internet_message_id: item for item in records(source(box))}

    assert len(found) == 3
    assert found["<anfrage-1@bau-muster.de>"].is_read is True
    assert found["<nl-7@mailjet.com>"].is_read is False
    assert found["<antwort-2@firma-beispiel.de>"].folder == "sentitems"
    assert found["<antwort-2@firma-beispiel.de>"].is_draft


def test_a_page_holds_at_most_five_hundred_records(tmp_path: Path) -> None:
    file = tmp_path / "viele.jsonl"
    file.write_text("".join(f'{{"id": "{number}"}}\n' for number in range(1201)) + "kaputt\n")

    found = pages(source(file))

    assert [len(page.records) for page in found] == [500, 500, 201]
    assert [page.complete for page in found] == [False, False, True]
    assert [page.damaged for page in found] == [0, 0, 1]
    assert {page.cursor for page in found} == {""}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("müll.mbox", os.urandom(5000) + b"\x00", "keine Mail und keine JSON-Zeilen"),
        ("müll.jsonl", b"\x00\x01" * 3000, "keine Mail und keine JSON-Zeilen"),
        ("leer.eml", b"", "leere Datei"),
        ("text.txt", b"Guten Tag\n\nInhalt\n", "keine Kopfzeilen einer Mail"),
        ("bild.pdf", b"%PDF-1.4\nxref\n", "keine Kopfzeilen einer Mail"),
    ],
)
def test_a_file_that_is_no_mail_is_one_line_of_damage(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)

    archive = source(tmp_path / name, WIRE / "anfrage.eml")

    assert len(records(archive)) == 1
    assert damage(archive) == [(name, why)]


def test_a_file_of_hardly_any_readable_line_is_given_up(tmp_path: Path) -> None:
    file = tmp_path / "text.jsonl"
    file.write_text("kein JSON\n" * 5000)

    archive = source(file)

    assert records(archive) == []
    assert len(archive.progress.damaged) == files._GIVE_UP + 1
    assert "der Rest wurde nicht gelesen" in archive.progress.damaged[-1].why


def test_a_missing_file_and_a_pipe_are_damage(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rohr")

    archive = source(tmp_path / "fehlt.mbox", tmp_path / "rohr", WIRE / "anfrage.eml")

    assert len(records(archive)) == 1
    assert [position for position, _ in damage(archive)] == ["fehlt.mbox", "rohr"]


def test_a_packed_file_is_read_and_a_cut_one_keeps_what_came_before(tmp_path: Path) -> None:
    lines = "".join(f'{{"id": "{number}", "from_addr": "a{number * 7919 % 1000}@x.de"}}\n' for number in range(4000))
    packed = gzip.compress(lines.encode())
    (tmp_path / "ganz.jsonl.gz").write_bytes(packed)
    (tmp_path / "halb.jsonl.gz").write_bytes(packed[: len(packed) // 2])

    whole, half = source(tmp_path / "ganz.jsonl.gz"), source(tmp_path / "halb.jsonl.gz")

    assert len(records(whole)) == 4000
    assert damage(whole) == []
    assert 0 < len(records(half)) < 4000
    assert damage(half) == [("halb.jsonl.gz", "Datei bricht ab oder ist nicht lesbar; der Rest wurde nicht gelesen")]


def test_a_packed_bomb_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "bombe.mbox.gz").write_bytes(gzip.compress(b"From x 10:00 2026\nFrom: a@x.de\n\n" + b"A" * 40_000_000))

    archive = source(tmp_path / "bombe.mbox.gz")

    assert len(records(archive)) == 1
    assert damage(archive) == [("bombe.mbox.gz", "gepackte Datei wird zu groß; der Rest wurde nicht gelesen")]


def test_a_line_of_more_than_a_megabyte_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "lang.jsonl").write_text('{"id": "1"}\n{"id": "' + "x" * 1_500_000 + '"}\n{"id": "3"}\n')

    archive = source(tmp_path / "lang.jsonl")

    assert [item.source_id for item in records(archive)] == ["1", "3"]
    assert damage(archive) == [("lang.jsonl: Zeile 2", "Zeile ist länger als 1 MB")]


@pytest.mark.parametrize("line", ['{"n_to": ' + "9" * 5000 + "}", "[" * 100_000, '{"id": "\\ud800"}', "\xff\xfe"])
def test_poison_in_a_line_stops_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "gift.jsonl").write_bytes(line.encode("latin-1") + b'\n{"id": "danach"}\n')

    found = records(source(tmp_path / "gift.jsonl"))

    assert found[-1].source_id == "danach"
    repr(found).encode("utf-8")


def test_an_mbox_with_a_huge_line_in_a_body_is_read_on(tmp_path: Path) -> None:
    body = b"A" * 300_000 + b"From x 10:00 2026\n" + b"\nFrom hier an geht es weiter um 10 Uhr\nohne Kopf\n\n"
    file = tmp_path / "gross.mbox"
    file.write_bytes(
        b"From x Mon Mar  2 09:15:07 2026\r\nFrom: a@x.de\r\n\r\n" + body + b"From y\nFrom: b@x.de\n\nEnde"
    )

    assert [item.sender for item in records(source(file))] == ["a@x.de", "b@x.de"]


def test_a_folder_that_cannot_be_listed_is_named_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zu").mkdir()
    (tmp_path / "zu" / "a.jsonl").write_text('{"id": "1"}\n')
    (tmp_path / "b.jsonl").write_text('{"id": "2"}\n')
    listed = os.scandir

    def refuse(path: Any) -> Any:
        # Permissions would not stop a test that runs as root.
        if Path(path).name == "zu":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    archive = source(tmp_path)

    (page,) = pages(archive)

    assert len(page.records) == 1
    assert [(one.position, one.why) for one in archive.progress.damaged] == [
        ("zu", "Ordner nicht lesbar; nichts darin wurde gelesen")
    ]
