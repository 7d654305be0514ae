"""The commands that judge, measure and learn from files of lines."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from classifier import artifact
from service.commands import classify, evaluate, train
from service.errors import Invalid

WIRE = Path(__file__).parents[1] / "wire" / "mail"
KEYS = ["id", "category", "best", "confidence", "step", "reason", "auto", "flags"]


def _run(command: object, *arguments: object, text: str | None = None) -> str:
    result = CliRunner().invoke(command, [str(each) for each in arguments], input=text)  # type: ignore[arg-type]
    if result.exception:
        raise result.exception
    return result.stdout


def _judged(*arguments: object, text: str | None = None) -> dict[str, dict[str, Any]]:
    rows = [json.loads(row) for row in _run(classify.command, *arguments, text=text).splitlines()]
    return {row["id"]: row for row in rows}


def test_every_line_gets_its_line_in_order() -> None:
    rows = [json.loads(row) for row in _run(classify.command, WIRE / "records.jsonl").splitlines()]

    assert [row["id"] for row in rows] == ["w1", "w2", "w3", "w4", "w5", "w6", "w7", "", "", "w8"]
    assert all(list(row) == KEYS for row in rows)
    assert [row["flags"] for row in rows if row["id"] == ""] == [["unreadable"], ["unreadable"]]


def test_the_book_decides() -> None:
    found = _judged(WIRE / "records.jsonl", "--book", WIRE / "book.json")

    assert (found["w1"]["category"], found["w1"]["auto"]) == ("Kunde", True)
    assert (found["w2"]["category"], found["w2"]["flags"]) == (None, ["forged", "authentication_failed"])
    assert found["w3"]["step"] == "Massenversand"
    assert found["w4"]["category"] == "Intern"
    assert found["w5"]["reason"] == "Stammdaten: lieferant.example"
    assert "system_mail" in found["w6"]["flags"]


def test_packed_files_and_standard_input_read_the_same(tmp_path: Path) -> None:
    text = (WIRE / "records.jsonl").read_text(encoding="utf-8")
    packed = tmp_path / "records.jsonl.gz"
    packed.write_bytes(gzip.compress(text.encode()))

    plain = _judged(WIRE / "records.jsonl")

    assert _judged(packed)["w3"] == plain["w3"]
    assert _judged("-", text=text)["w3"] == plain["w3"]


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"domains": {"a.de": "Freund"}}',
        '{"own_domains": 7}',
        '{"own_domains": "a.de"}',
        '{"own_domains": [7]}',
    ],
)
def test_a_book_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "book.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(Invalid, match="kein Adressbuch"):
        _run(classify.command, WIRE / "records.jsonl", "--book", path)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "halb.gz"
    broken.write_bytes(gzip.compress(b"{}\n" * 5000)[:30])
    packed = bytearray(gzip.compress(bytes(range(256)) * 40))
    packed[20:40] = b"\xff" * 20
    wrong = tmp_path / "falsch.gz"
    wrong.write_bytes(packed)

    for path in (tmp_path / "keine.jsonl", broken, wrong):
        with pytest.raises(Invalid, match=path.name):
            _run(classify.command, path)


def test_what_stands_before_a_file_breaks_off_is_answered(tmp_path: Path) -> None:
    text = (WIRE / "records.jsonl").read_text(encoding="utf-8")
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(text.encode() * 40)[:-9])

    result = CliRunner().invoke(classify.command, [str(cut)])

    assert isinstance(result.exception, Invalid)
    assert "hinter Zeile" in str(result.exception)
    assert '"w1"' in result.stdout


def test_a_packed_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    text = (WIRE / "records.jsonl").read_text(encoding="utf-8")
    (tmp_path / "packed.jsonl").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "plain.gz").write_text(text, encoding="utf-8")

    assert _judged(tmp_path / "packed.jsonl").keys() == _judged(tmp_path / "plain.gz").keys() >= {"w1", "w8"}


def test_entries_of_a_book_that_never_hold_are_named(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    book = {"domains": {"gmx.de": "Kunde", "muster.de": "Kunde"}, "own_domains": ["co.uk", "wir.de"], "domain": {}}
    path.write_text(json.dumps(book), encoding="utf-8")

    said = CliRunner().invoke(classify.command, [str(WIRE / "records.jsonl"), "--book", str(path)]).stderr

    assert "Diese Domains gelten nie, weil sie vielen gehören: co.uk, gmx.de\n" in said
    assert "Unbekannt und nicht beachtet: domain\n" in said


def test_an_entry_of_no_class_is_named(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    path.write_text('{"master": {"a@b.de": "kunde"}}', encoding="utf-8")

    with pytest.raises(Invalid, match=r"In „master“ steht bei „a@b.de“ keine der Klassen"):
        classify.book(str(path))


def test_a_line_is_answered_under_the_very_id_it_has(tmp_path: Path) -> None:
    long = "x" * 500
    path = tmp_path / "a.jsonl"
    ids = [17, " a b ", "a\u202eb", long, True, 1.5, None, ["x"]]
    path.write_text("\n".join(json.dumps({"id": each}) for each in ids), encoding="utf-8")

    told = [json.loads(row)["id"] for row in _run(classify.command, path).splitlines()]

    assert told[:4] == ids[:4]
    assert all(isinstance(each, str) and len(each) == 32 for each in told[4:])


def test_a_mark_of_windows_in_front_of_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    path, book = tmp_path / "a.jsonl", tmp_path / "book.json"
    path.write_bytes(b'\xef\xbb\xbf{"id": "a", "from_addr": "x@kunde.example"}\r\n{"id": "b"}\r\n')
    book.write_bytes(b'\xef\xbb\xbf{"domains": {"@Kunde.Example.": "Kunde"}}')

    found = _judged(path, "--book", book)

    assert list(found) == ["a", "b"]
    assert found["a"]["category"] == "Kunde"


def test_whatever_the_terminal_speaks_lines_are_utf_8() -> None:
    line = b'{"id": "\xc3\xa4", "from_addr": "x@kunde.example"}\n{"id": "\xff"}\n'
    script = "from service.commands import classify; classify.command()"
    environment = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}

    result = subprocess.run(
        [sys.executable, "-c", script, "-"], input=line, capture_output=True, env=environment, check=True
    )

    assert [json.loads(row)["id"] for row in result.stdout.decode().splitlines()] == ["ä", "\ufffd"]


def test_what_a_book_cannot_use_is_said(tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    book.write_text(
        json.dumps({"addresses": {"kunde.example": "Kunde", "a@": "Kunde"}, "domains": {"a@b.example": "Kunde"}}),
        encoding="utf-8",
    )

    result = CliRunner().invoke(classify.command, [str(WIRE / "records.jsonl"), "--book", str(book)])

    assert result.stderr == "3 Einträge des Adressbuchs sind doppelt oder keine Adresse oder Domain.\n"
    assert result.exit_code == 0


def test_of_a_forged_mail_the_likeliest_class_is_told_all_the_same() -> None:
    found = _judged(WIRE / "records.jsonl", "--book", WIRE / "book.json")["w2"]

    assert found["category"] is None
    assert found["best"] is not None
    assert found["confidence"] > 0


def test_without_a_usable_model_the_rules_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(artifact, "SHIPPED", tmp_path / "keins.npz")

    found = _judged(WIRE / "records.jsonl", "--book", WIRE / "book.json")

    assert found["w1"]["category"] == "Kunde"
    assert found["w7"]["best"] is None


@pytest.mark.slow
def test_judging_never_loads_the_training_library() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from service.commands import classify;"
        f"r = CliRunner().invoke(classify.command, [{str(WIRE / 'records.jsonl')!r}]); assert r.exit_code == 0, r.output;"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('sklearn', 'scipy', 'flask', 'sqlalchemy')))"
    )

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_figures_are_printed() -> None:
    told = _run(evaluate.command, WIRE / "records.jsonl", "--book", WIRE / "book.json")

    assert "Zeilen mit Klasse      5" in told
    assert "Macro-F1" in told
    assert "Abdeckung bei 99%" in told
    assert "Stammdaten" in told
    assert "zu wenige Mails" in told


def test_nothing_to_measure_is_said(tmp_path: Path) -> None:
    path = tmp_path / "leer.jsonl"
    path.write_text('{"id": "a"}\n', encoding="utf-8")

    assert "nichts zu messen" in _run(evaluate.command, path)


def _labelled(path: Path) -> Path:
    rows = []
    for at in range(60):
        name = f"haus{at:02}{'abcdefghij'[at % 10]}"
        rows += [
            {"from_addr": f"news@{name}-verlag.de", "list_id": "news", "precedence": "bulk", "label": "Newsletter"},
            {"from_addr": f"angebot@{name}.biz", "content_type": "text/html", "label": "Werbung"},
            {"from_addr": f"a.b@{name}.de", "corpus": "alt", "msgid_domain": "x", "label": "Kunde"},
            {"from_addr": f"c.d@{name}.de", "label": "Lieferant"},
            {"from_addr": f"c.d@{name}.de", "label": None},
        ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_model_is_learned_and_can_be_used(tmp_path: Path) -> None:
    out = tmp_path / "model.npz"

    told = _run(
        train.command, _labelled(tmp_path / "l.jsonl"), "--out", out, "--basis", "x", "--headerless", "corpus=alt"
    )

    assert "kB aus 240 Zeilen" in told
    assert "Newsletter: Vorschlag ab" in told
    assert [each.value for each in artifact.load(out).classes] == ["Geschäftspartner", "Newsletter", "Werbung"]
    assert artifact.load(out).facts["basis"] == "x"
    assert list(tmp_path.glob("*.neu")) == []


@pytest.mark.slow
def test_a_model_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="nicht beschreibbar"):
        train.write(b"", tmp_path / "nirgends" / "model.npz")


def test_an_option_of_another_form_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(train.command, ["x", "--out", str(tmp_path / "m.npz"), "--headerless", "alt"])

    assert result.exit_code == 2
    assert "SCHLÜSSEL=WERT" in result.output


@pytest.mark.slow
def test_a_class_that_is_never_sure_says_never(tmp_path: Path) -> None:
    path = _labelled(tmp_path / "l.jsonl")
    with path.open("a", encoding="utf-8") as out:
        out.write('\n{"from_addr": "kollege@eigene.de", "label": "Intern"}\n')

    assert "Intern-ähnlich: nie ein Vorschlag" in _run(train.command, path, "--out", tmp_path / "m.npz")


def test_the_shipped_model_knows_a_newsletter_when_it_sees_one() -> None:
    found = _judged(WIRE / "records.jsonl")

    assert found["w3"]["best"] == "Newsletter"
