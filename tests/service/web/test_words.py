"""How instants, names and commands are written on pages."""

from datetime import timedelta

from service.web import words
from tests.conftest import NOW


def test_the_past_is_written_as_people_say_it() -> None:
    assert words.when(NOW, NOW) == "10:00"
    assert words.when(NOW - timedelta(days=1), NOW) == "gestern"
    assert words.when(NOW - timedelta(days=2), NOW) == "Mo 16.11."
    assert words.left(NOW + timedelta(minutes=19), NOW) == ("noch 19 Min", "bad")
    assert words.left(NOW - timedelta(minutes=130), NOW) == ("2 Std 10 überfällig", "bad")
    assert words.percent(0.999) == "99"
    assert words.visible("\u202eexe\x00") == "exe"
    assert words.visible(" Jörg\u00adÖtztürk\ufeff ") == "JörgÖtztürk"
    assert words.visible(" Jörg Ötztürk \U0001f600 ") == "Jörg Ötztürk \U0001f600"


def test_a_command_within_a_sentence_is_marked_as_what_to_type() -> None:
    assert words.coded("Die Verwaltung ruft `postlotse doctor` auf.") == (
        "Die Verwaltung ruft <code>postlotse doctor</code> auf."
    )
    assert words.coded("<b> und `<i>`") == "&lt;b&gt; und <code>&lt;i&gt;</code>"


def test_a_sender_of_a_rule_is_written_as_people_read_it() -> None:
    assert words.bearer("491718388958") == "+49 171 8388958"
    assert words.bearer("muster.example") == "muster.example"
