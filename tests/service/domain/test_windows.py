"""Windows of the channels, and Meta's."""

from datetime import UTC, datetime, timedelta

import pytest

from models.terms import CalendarKind, Channel
from service.domain.hours import DEFAULT_HOURS
from service.domain.windows import DEFAULT_TARGETS, META, Target, free_until, meta_is_open, meta_until, window


def test_mail_has_one_working_day():
    mail = window(DEFAULT_TARGETS[Channel.EMAIL], DEFAULT_HOURS)

    assert (mail.limit, mail.kind, mail.ideal) == (timedelta(hours=24), CalendarKind.WERKTAGE, None)


def test_whatsapp_has_four_opening_hours_and_an_ideal_of_fifteen_minutes():
    chat = window(DEFAULT_TARGETS[Channel.WHATSAPP], DEFAULT_HOURS)

    assert (chat.limit, chat.kind, chat.ideal) == (
        timedelta(hours=4),
        CalendarKind.OEFFNUNG,
        timedelta(minutes=15),
    )


def test_an_ideal_of_zero_minutes_is_an_ideal():
    assert window(Target(10, CalendarKind.UHR, 0), DEFAULT_HOURS).ideal == timedelta(0)


def test_metas_window_is_86400_seconds_by_the_clock_also_over_the_change_of_clocks():
    last = datetime(2026, 10, 24, 12, tzinfo=UTC)

    assert timedelta(seconds=86_400) == META
    assert meta_until(last) == datetime(2026, 10, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "expected"), [(-86_399, True), (-86_400, False), (-86_401, False), (0, True)])
def test_metas_window_ends_after_exactly_86400_seconds(seconds: int, expected: bool) -> None:
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)

    assert meta_is_open(meta_until(now + timedelta(seconds=seconds)), now) is expected


def test_without_a_message_of_the_customer_metas_window_was_never_open() -> None:
    assert not meta_is_open(None, datetime(2026, 3, 29, 12, tzinfo=UTC))


@pytest.mark.parametrize(("seconds", "opens"), [(-1, False), (0, True), (86_399, True), (86_400, False)])
def test_an_answer_within_24_hours_makes_72_hours_free_from_the_answer_on(seconds: int, opens: bool) -> None:
    came = datetime(2026, 11, 16, 9, tzinfo=UTC)
    answered = came + timedelta(seconds=seconds)

    assert free_until([came], [answered]) == (answered + timedelta(hours=72) if opens else None)


def test_the_first_answer_counts_and_of_several_arrivals_the_last_that_was_answered() -> None:
    came = datetime(2026, 11, 16, 9, tzinfo=UTC)
    answers = [came + timedelta(hours=hours) for hours in (5, 2, 101)]

    found = free_until([came, came + timedelta(hours=100), came + timedelta(hours=200)], answers)

    assert found == came + timedelta(hours=101 + 72)
