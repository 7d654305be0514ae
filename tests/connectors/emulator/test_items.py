"""Header lines of the emulated mails, read the way real ones are."""

from datetime import UTC, datetime

import msgspec
import pytest

from connectors.emulator.firm import Firm, invent
from connectors.emulator.items import Item, show
from connectors.emulator.letters import Style
from connectors.emulator.traffic import past
from connectors.graph import parse
from connectors.graph.fields import SELECT_WITH_HEADERS
from models.record import MessageRecord
from models.terms import Direction

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def firm() -> Firm:
    return invent()


@pytest.fixture(scope="module")
def read(firm: Firm) -> dict[Style, list[MessageRecord]]:
    """What is read of ten days of inbound mail, by how it was made."""
    found: dict[Style, list[MessageRecord]] = {style: [] for style in Style}
    for mail in past(firm, NOW, 10).mails:
        if mail.folder == "inbox":
            item = show(Item(mail, "ordner", is_read=False), SELECT_WITH_HEADERS, immutable=True)
            body = msgspec.json.encode({"value": [item]})
            found[mail.letter.style] += parse.messages(body, mail.mailbox, "inbox").records
    return found


def test_machines_are_recognised_and_persons_are_not(read: dict[Style, list[MessageRecord]]) -> None:
    automated = {style: {record.automated for record in records} for style, records in read.items()}

    assert automated[Style.ABWESEND] == {True}
    assert automated[Style.UNZUSTELLBAR] == {True}
    assert automated[Style.PERSON] == automated[Style.INTERN] == automated[Style.NEWSLETTER] == {False}


def test_newsletters_carry_their_list_and_pass_authentication(read: dict[Style, list[MessageRecord]]) -> None:
    for record in read[Style.NEWSLETTER]:
        assert record.flags is not None
        assert record.flags.list_unsubscribe
        assert record.flags.list_id.endswith(".example")
        assert record.flags.auth_dmarc == "pass"


def test_advertising_is_partly_unproven_and_partly_without_a_way_out(read: dict[Style, list[MessageRecord]]) -> None:
    flags = [record.flags for record in read[Style.WERBUNG] if record.flags]

    assert {flag.auth_dmarc for flag in flags} == {"pass", "none", "fail"}
    assert {flag.list_unsubscribe for flag in flags} == {True, False}


def test_colleagues_are_proven_by_our_own_server(read: dict[Style, list[MessageRecord]]) -> None:
    assert {record.flags.auth_internal for record in read[Style.INTERN] if record.flags} == {True}
    assert {record.flags.auth_internal for record in read[Style.PERSON] if record.flags} == {False}


def test_new_contacts_of_known_companies_come_without_a_result(
    firm: Firm, read: dict[Style, list[MessageRecord]]
) -> None:
    unchecked = {sender.address for sender in firm.senders if sender.proof == "none"}

    found = {record.sender for record in read[Style.PERSON] if record.flags and not record.flags.auth_dmarc}

    assert found == unchecked
    assert {address.rpartition("@")[2] for address in found} <= {company.domain for company in firm.companies}


def test_inbound_mail_of_others_is_inbound_and_threads_have_one_key(read: dict[Style, list[MessageRecord]]) -> None:
    persons = read[Style.PERSON]

    assert {record.direction for record in persons} == {Direction.EINGANG}
    assert all(len(record.thread) == 32 for record in persons)
    copies = {
        record.internet_message_id: {r.thread for r in persons if r.internet_message_id == record.internet_message_id}
        for record in persons[:50]
    }
    assert all(len(threads) == 1 for threads in copies.values())
