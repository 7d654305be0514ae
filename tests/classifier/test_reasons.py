"""The sentences that say why."""

from datetime import UTC, datetime

import pytest

from classifier import reasons
from classifier.book import Known
from models.terms import Category
from tests.classifier.books import known

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 3, 8, 0, tzinfo=UTC), "03.11."),
        (datetime(2026, 11, 3, 23, 30, tzinfo=UTC), "04.11."),
        (datetime(2025, 11, 3, 8, 0, tzinfo=UTC), "03.11.2025"),
    ],
)
def test_days_are_written_as_people_in_berlin_write_them(at: datetime, expected: str) -> None:
    assert reasons.day(at, NOW) == expected


def test_a_key_that_was_never_dated_has_no_date() -> None:
    told = reasons.confirmed("Diese Adresse", Known(Category.KUNDE, 1, 0, None), NOW)

    assert told == "Diese Adresse 1x als Kunde bestätigt, 0x anders"


def test_the_party_is_named() -> None:
    told = reasons.confirmed("Diese Adresse", known(others=2, party="Muster GmbH"), NOW)

    assert told == "Diese Adresse 12x als Kunde bestätigt, zuletzt 03.11., 2x anders (Muster GmbH)"


def test_an_instant_without_zone_is_read_as_utc() -> None:
    aware = datetime(2026, 11, 3, tzinfo=UTC)

    assert reasons.instant(aware.replace(tzinfo=None)) == aware
    assert reasons.instant(NOW) is NOW
