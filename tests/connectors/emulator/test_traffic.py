"""The invented firm and its traffic: plausible, the same for the same seed, and nobody real."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from connectors.emulator.firm import DOMAIN, Firm, invent
from connectors.emulator.letters import Style
from connectors.emulator.office import ZONE, after, before
from connectors.emulator.traffic import Traffic, live, outside_of, past
from models.address import number_form
from models.terms import Category, Direction, KeyScope, Role

# Each of these invents months of traffic; the demo and the doors count the same lines with less of it.
pytestmark = pytest.mark.unmeasured

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def firm() -> Firm:
    return invent()


@pytest.fixture(scope="module")
def traffic(firm: Firm) -> Traffic:
    return past(firm, NOW)


def test_the_firm_has_the_promised_size(firm: Firm) -> None:
    assert len(firm.staff) == 12
    assert {person.role for person in firm.staff} == set(Role)
    assert sum(mailbox.shared for mailbox in firm.mailboxes) == 6
    assert len(firm.mailboxes) == 18
    assert len(firm.numbers) == 2
    assert {mailbox.people >= 5 for mailbox in firm.mailboxes if mailbox.shared} == {True, False}


def test_the_same_seed_gives_the_same_firm_and_traffic(firm: Firm, traffic: Traffic) -> None:
    assert invent() == firm
    assert past(firm, NOW) == traffic
    assert invent(21) != firm


def test_nobody_of_them_is_real(firm: Firm) -> None:
    domains = {sender.address.rpartition("@")[2] for sender in firm.senders}

    assert all(domain.endswith(".example") or domain in {"gmail.com", "web.de", "gmx.de"} for domain in domains)
    assert len({sender.address for sender in firm.senders}) == len(firm.senders)
    assert len({company.domain for company in firm.companies}) == len(firm.companies)


def test_numbers_are_valid_in_form(firm: Firm) -> None:
    assert all(number_form(chatter.wa_id) == chatter.wa_id for chatter in firm.chatters if chatter.wa_id)
    assert all(chatter.wa_id or chatter.user_id for chatter in firm.chatters)


def test_some_fifty_senders_are_left_to_be_classified(firm: Firm) -> None:
    fresh = [sender for sender in firm.senders if sender.fresh]
    spoken = {item.value for item in firm.staff_script()}

    assert 40 <= len(fresh) <= 56
    assert all(sender.address not in spoken for sender in fresh)
    assert all(sender.address.rpartition("@")[2] not in spoken for sender in fresh)


def test_a_sub_supplier_on_a_customers_domain_is_confirmed_by_address(firm: Firm) -> None:
    item = next(item for item in firm.staff_script() if item.value.startswith("subunternehmer@"))

    assert (item.scope, item.category) == (KeyScope.ADRESSE, Category.LIEFERANT)
    assert item.value.rpartition("@")[2] in {company.domain for company in firm.companies}


def test_free_mail_is_never_confirmed_as_a_domain(firm: Firm) -> None:
    domains = {item.value for item in firm.staff_script() if item.scope is KeyScope.DOMAIN}

    assert not domains & {"gmail.com", "web.de", "gmx.de"}


def test_ninety_days_are_about_twenty_thousand_mails_and_three_thousand_chats(traffic: Traffic) -> None:
    assert 18_500 <= len(traffic.mails) <= 21_500
    assert 2_600 <= len(traffic.chats) <= 3_400
    assert all(NOW - timedelta(days=92) < mail.letter.at <= NOW for mail in traffic.mails)


def test_every_kind_of_mail_occurs_and_replies_come_from_persons_and_shared_mailboxes(traffic: Traffic) -> None:
    styles = {mail.letter.style for mail in traffic.mails}
    sent = [mail.letter for mail in traffic.mails if mail.folder == "sentitems" and mail.letter.style is Style.PERSON]

    assert styles == set(Style)
    assert any(letter.sender != letter.submitter for letter in sent)
    assert any(letter.sender == letter.submitter for letter in sent)


def test_post_comes_in_office_hours_with_a_peak_on_monday_at_nine(traffic: Traffic) -> None:
    local = [mail.letter.at.astimezone(ZONE) for mail in traffic.mails if mail.folder == "inbox"]

    hours = Counter((at.weekday(), at.hour) for at in local)
    weekend = sum(count for (day, _), count in hours.items() if day >= 5)
    assert max(hours, key=hours.__getitem__) == (0, 9)
    assert weekend < len(local) * 0.08


@pytest.mark.parametrize(
    "now", [NOW, datetime(2026, 11, 21, 23, 0, tzinfo=UTC), datetime(2026, 11, 23, 6, 0, tzinfo=UTC)]
)
def test_clocks_run_at_the_end_at_any_hour(firm: Firm, now: datetime) -> None:
    found = past(firm, now)

    last_of_thread = {m.letter.thread: m for m in found.mails if m.letter.style is Style.PERSON}
    waiting = [m for m in last_of_thread.values() if m.folder == "inbox" and now - m.letter.at < timedelta(days=5)]
    last_of_chat = {(c.wa_id, c.user_id): c for c in found.chats}
    late = [c for c in last_of_chat.values() if c.direction is Direction.EINGANG and after(c.at, 4.0) < now]
    assert 20 <= len(waiting) <= 120
    assert 1 <= len(late) <= 8


def test_live_traffic_goes_on_without_end_and_never_repeats_a_key(firm: Firm, traffic: Traffic) -> None:
    events = list(islice(live(firm, NOW), 400))

    keys = [key for event in events for key in {mail.letter.key for mail in event.mails}]
    assert len(set(keys)) == len(keys)
    assert set(keys).isdisjoint(mail.letter.key for mail in traffic.mails)
    assert all(0 <= event.delay <= 27 for event in events)
    assert any(event.chats for event in events)
    assert {direction for event in events for c in event.chats for direction in [c.direction]} == set(Direction)


def test_live_traffic_first_answers_what_has_waited(firm: Firm, traffic: Traffic) -> None:
    threads = {m.letter.thread: m for m in traffic.mails if m.letter.style is Style.PERSON}

    events = list(islice(live(firm, NOW, past=traffic), 60))

    answered = [m.letter for e in events for m in e.mails if m.folder == "sentitems" and m.letter.style is Style.PERSON]
    assert answered
    assert all(letter.thread in threads for letter in answered)
    assert all(letter.depth == threads[letter.thread].letter.depth + 1 for letter in answered)


def test_the_party_outside_is_never_one_of_us_except_in_internal_mail(traffic: Traffic) -> None:
    outside = {outside_of(m).address for m in traffic.mails if m.letter.style in {Style.PERSON, Style.NEWSLETTER}}

    assert not any(address.endswith(f"@{DOMAIN}") for address in outside)


def test_office_time_goes_forth_and_back() -> None:
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=ZONE)

    assert after(friday, 2.0) == datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
    assert before(after(friday, 2.0), 2.0) == friday
    assert before(datetime(2026, 11, 22, 12, 0, tzinfo=ZONE), 24.0, all_day=True) == datetime(2026, 11, 20, tzinfo=ZONE)
