"""Conversations and their outside party."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.record import MessageRecord
from models.terms import Channel, Direction
from service.domain.threads import is_own, peer, thread_key
from tests.factories import chat

OWN = frozenset({"tischlerei-brandt.de"})
MAIL = MessageRecord(
    channel=Channel.EMAIL,
    account="info@tischlerei-brandt.de",
    source_id="AAA",
    direction=Direction.EINGANG,
    received_at=datetime(2026, 11, 20, tzinfo=UTC),
    thread="0f",
    internet_message_id="m1@kunde.de",
    sender="eva@kunde.de",
    to=("info@tischlerei-brandt.de",),
)
CHAT = MessageRecord(
    channel=Channel.WHATSAPP,
    account="109",
    source_id="wamid.1",
    direction=Direction.EINGANG,
    received_at=datetime(2026, 11, 20, tzinfo=UTC),
    sender="491718388958",
    user_id="DE.17",
)


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("a@tischlerei-brandt.de", True),
        ("a@mail.tischlerei-brandt.de", True),
        ("a@Tischlerei-Brandt.de", True),
        ("a@nottischlerei-brandt.de", False),
        ("a@tischlerei-brandt.de.evil.com", False),
        ("", False),
    ],
)
def test_own_addresses_are_own_domains_and_what_lies_below(address, own):
    assert is_own(address, OWN) is own


def test_a_mail_belongs_to_its_thread_else_to_its_message_id_else_to_itself():
    assert thread_key(MAIL, OWN) == "0f"
    assert thread_key(replace(MAIL, thread=""), OWN) == "m1@kunde.de"
    assert thread_key(replace(MAIL, thread="", internet_message_id=""), OWN) == "info@tischlerei-brandt.de/AAA"


def test_the_same_mail_in_two_own_mailboxes_is_one_conversation():
    first = replace(MAIL, thread="")
    second = replace(MAIL, thread="", account="einkauf@tischlerei-brandt.de", source_id="BBB")

    assert thread_key(first, OWN) == thread_key(second, OWN)


def test_a_chat_is_one_conversation_per_own_number_and_user_in_both_directions():
    answer = replace(CHAT, direction=Direction.AUSGANG, sender="", to=("491718388958",), source_id="wamid.2")
    other_number = replace(CHAT, account="110")

    assert thread_key(CHAT, OWN) == thread_key(answer, OWN) == "109/491718388958"
    assert thread_key(other_number, OWN) != thread_key(CHAT, OWN)


def test_a_chat_without_a_number_goes_by_the_user_id_and_without_any_stands_alone():
    nameless = replace(CHAT, sender="")
    nobody = replace(CHAT, sender="", user_id="")

    assert peer(nameless, OWN) == "DE.17"
    assert thread_key(nameless, OWN) == "109/DE.17"
    assert thread_key(nobody, OWN) == "109/wamid.1"


def test_the_outside_party_is_the_sender_of_what_comes_in_and_the_first_outside_recipient_of_what_goes_out():
    outgoing = replace(
        MAIL,
        direction=Direction.AUSGANG,
        sender="info@tischlerei-brandt.de",
        to=("chef@tischlerei-brandt.de",),
        cc=("eva@kunde.de", "jan@kunde.de"),
    )

    assert peer(MAIL, OWN) == "eva@kunde.de"
    assert peer(outgoing, OWN) == "eva@kunde.de"


def test_a_mail_inside_the_firm_has_no_outside_party():
    inside = replace(MAIL, sender="chef@tischlerei-brandt.de")

    assert peer(inside, OWN) == ""
    assert peer(replace(inside, direction=Direction.AUSGANG), OWN) == ""


def test_a_colleagues_mail_to_a_customer_with_a_copy_to_us_names_the_customer():
    copied = replace(MAIL, sender="chef@tischlerei-brandt.de", to=("eva@kunde.de",), cc=("info@tischlerei-brandt.de",))

    assert peer(copied, OWN) == "eva@kunde.de"


def test_what_somebody_writes_to_a_group_is_no_talk_with_us() -> None:
    alone, grouped = chat("491718388958"), chat("491718388958", thread="gruppe-1")

    keys = {thread_key(record, frozenset()) for record in (alone, grouped)}

    assert len(keys) == 2
