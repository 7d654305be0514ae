"""Windows of the channels, and Meta's."""

from datetime import UTC, datetime, timedelta

from models.terms import CalendarKind, Channel
from service.domain.hours import DEFAULT_HOURS
from service.domain.windows import DEFAULT_TARGETS, META, Target, meta_until, window


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
