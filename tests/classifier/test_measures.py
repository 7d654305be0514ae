"""Senders in numbers, and what flags and measures have in common."""

from dataclasses import replace

import numpy as np

from classifier.flags import WORDS, present
from classifier.measures import COUNT, measures
from connectors.archive.headers import Own, Place, parse
from connectors.graph.headers import flags_of
from models.record import HeaderFlags
from tests.factories import mail

FLAGS = HeaderFlags(
    list_id="news.muster.de",
    return_path_domain="versand.net",
    message_id_domain="versand.net",
    reply_to_domain="muster.de",
    sender_domain="gmx.de",
    content_type="text/html",
    mailer="Microsoft Outlook 16.0",
)


def test_a_sender_is_its_flags_and_some_numbers_more() -> None:
    record = mail("news-7@mail.muster-bau24.de", sender_name="Muster Bau", flags=FLAGS)

    row = measures(record, present(record))

    assert row.shape == (COUNT,)
    assert np.flatnonzero(row[: len(WORDS)]).tolist() == list(present(record))
    assert np.isfinite(row).all()


def test_relations_tell_own_from_foreign_from_absent() -> None:
    known = mail("a@muster.de", flags=FLAGS)
    unknown = mail("a@muster.de", flags=None)

    told = [measures(each, present(each))[len(WORDS) : len(WORDS) + 4].tolist() for each in (known, unknown)]

    assert told == [[2.0, 1.0, 2.0, 2.0], [0.0, 0.0, 0.0, 0.0]]


def test_names_of_persons_are_counted_not_read() -> None:
    anna, bert = mail("anna.m@muster.de", sender_name="Anna M"), mail("bert.k@muster.de", sender_name="Bert K")

    assert measures(anna, present(anna)).tolist() == measures(bert, present(bert)).tolist()


def test_a_name_with_its_letters_looks_like_the_shape_that_was_learned() -> None:
    shaped = mail("a.a@muster.de", sender_name="Aa Aa")

    for local, name in (("anna.schneider", "Anna Schneider"), ("jürgen.müller", "Jürgen Müller")):
        named = mail(f"{local}@muster.de", sender_name=name)
        assert measures(named, present(named)).tolist() == measures(shaped, present(shaped)).tolist()


def test_letters_are_graded_address_before_domain() -> None:
    record = mail("a@muster.de")

    told = [measures(record, present(record), letters)[-2:].tolist() for letters in ((0, 0), (1, 5), (40, 10**9))]

    assert told == [[0.0, 0.0], [1.0, 3.0], [6.0, 6.0]]


def test_one_block_measures_the_same_through_every_door() -> None:
    """What a tenant's headers and a file's headers say of one mail must not differ, or the model learns the door."""
    lines = [
        ("Return-Path", "<bounce@versand.net>"),
        ("X-Mailer", "StormPost 1.0"),
        ("X-Priority", "3"),
        ("List-Id", "Rundbrief <news.muster.de>"),
        ("List-Archive", "<https://muster.de/archiv>"),
        ("List-Unsubscribe", "<https://muster.de/ab>"),
        ("Mailing-List", "contact x"),
        ("X-Mailman-Version", "2.1"),
        ("X-BeenThere", "news@muster.de"),
        ("Errors-To", "fehler@muster.de"),
        ("Precedence", "bulk"),
        ("Content-Type", "multipart/alternative; boundary=x"),
        ("Message-ID", "<1@versand.net>"),
        ("From", "Muster Bau <news@mail.muster.de>"),
        ("To", "anna@haus.de"),
    ]
    block = "".join(f"{name}: {value}\n" for name, value in lines).encode() + b"\n"

    read = parse(block, Place("a", "b"), Own())
    fetched = replace(read, flags=flags_of(lines))

    assert present(read) == present(fetched)
    assert measures(read, present(read)).tolist() == measures(fetched, present(fetched)).tolist()
