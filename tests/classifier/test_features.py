"""What the model sees of a sender."""

from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest

from classifier.features import TEXT_SIZE, shape, text
from classifier.flags import WORDS, present, role
from models.record import HeaderFlags
from tests.factories import mail


def _words(record: object) -> set[str]:
    return {WORDS[at] for at in present(record)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "expected"), [("Anna Muster-Maier 2", "Aa Aa-Aa 0"), ("ÄRGER", "A"), ("œuvre\U0001f600", "a~"), ("", "")]
)
def test_names_are_reduced_to_their_shape(name: str, expected: str) -> None:
    assert shape(name) == expected
    assert shape(expected) == expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [("no-reply", "noreply"), ("Newsletter", "news"), ("rechnung", "finance"), ("info", "info"), ("anna", "")],
)
def test_boxes_of_nobody_in_particular_are_known_in_german_and_english(local: str, expected: str) -> None:
    assert role(local) == expected


def test_two_people_of_one_domain_look_the_same() -> None:
    places, values = text(mail("anna.muster@firma.de", sender_name="Anna Muster"))
    other_places, other_values = text(mail("bernd.beispiel@firma.de", sender_name="Bernd Beispiel"))

    assert places.tolist() == other_places.tolist()
    assert values.tolist() == other_values.tolist()


def test_pieces_are_hashed_alike_everywhere() -> None:
    code = crc32(b"d:firma")
    places, _ = text(mail("a@firma.de"))

    assert code % TEXT_SIZE in places.tolist()
    assert places.max() < TEXT_SIZE


def test_the_pieces_weigh_the_same_for_short_and_long_domains() -> None:
    _, short = text(mail("a@f.de"))
    _, long = text(mail("a@eine-sehr-lange-domain-mit-vielen-zeichen.de"))

    assert np.linalg.norm(short) == pytest.approx(np.linalg.norm(long))


def test_the_program_is_one_more_piece() -> None:
    plain = text(mail("a@f.de", flags=HeaderFlags()))
    sent_by = text(mail("a@f.de", flags=HeaderFlags(mailer="PHPMailer 5.2")))

    assert len(sent_by[0]) == len(plain[0]) + 1


def test_unknown_headers_have_pieces_of_their_own() -> None:
    record = mail("a@firma.de", flags=HeaderFlags())

    assert set(text(record)[0].tolist()) != set(text(replace(record, flags=None))[0].tolist())


def test_flags_are_told_in_words() -> None:
    flags = HeaderFlags(
        list_id="<news.firma.de>", list_unsubscribe=True, campaign_headers=("x-campaign-id",), reply_to_domain="x.net"
    )

    told = _words(mail("newsletter7@firma.de", sender_name="firma & co", flags=flags))

    assert {
        "Listen-Kopfzeile vorhanden",
        "Abmelde-Kopfzeile vorhanden",
        "Liste des Absenders selbst",
        "Kopfzeilen eines Massenversands",
        "Antworten gehen an andere Domain",
        "Postfachname deutet auf Rundschreiben",
        "Ziffern im Postfachnamen",
        "Sonderzeichen im Anzeigenamen",
    } <= told


def test_the_flags_of_an_unreadable_sender_are_few() -> None:
    told = _words(mail("", sender_name="", flags=None))

    assert {"Absender ohne gültige Domain", "kein Anzeigename"} <= told
