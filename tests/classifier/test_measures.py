"""Senders in numbers, and what flags and measures have in common."""

import numpy as np

from classifier.flags import WORDS, present
from classifier.measures import COUNT, measures
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
