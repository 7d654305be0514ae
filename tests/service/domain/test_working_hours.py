"""Working hours as people write them, what is refused, and how they are shown."""

import pytest

from service.domain import working_hours

OFFICE = [["08:00", "12:00"], ["13:00", "17:00"]]


def test_a_week_is_read_from_days_and_times() -> None:
    week = working_hours.read(["mo-fr=08:00-12:00,13:00-17:00", "FR=08:00-14:00", "mi=frei", "so="])

    assert week == {"mon": OFFICE, "tue": OFFICE, "thu": OFFICE, "fri": [["08:00", "14:00"]]}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("mo", "verstehe ich nicht"),
        ("montag=08:00-12:00", "kein Wochentag"),
        ("mo-x=08:00-12:00", "kein Wochentag"),
        ("fr-mo=08:00-12:00", "läuft rückwärts"),
        ("mo=08:00", "kein Zeitraum"),
        ("mo=08:00-12:00-13:00", "kein Zeitraum"),
    ],
)
def test_what_is_no_week_is_refused_with_the_reason(word: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        working_hours.read([word])


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        (None, "wie die Firma"),
        ({"mon": OFFICE}, "Mo 08:00–12:00 und 13:00–17:00"),
        ({day: [["08:00", "16:00"]] for day in ("mon", "tue", "wed", "fri")}, "Mo–Mi 08:00–16:00, Fr 08:00–16:00"),
        ({"sat": [["09:00", "12:00"]], "sun": [["09:00", "12:00"]]}, "Sa–So 09:00–12:00"),
    ],
)
def test_a_week_is_shown_on_one_line(week: working_hours.Week | None, shown: str) -> None:
    assert working_hours.written(week) == shown


def test_faults_are_named_by_day_zone_and_week() -> None:
    assert working_hours.faults({"mon": OFFICE}, "Europe/Berlin") == {}
    assert list(working_hours.faults({"mon": [["8", "x"]]}, "Mond")) == ["mon", "timezone"]
    assert "Arbeitszeiten" in working_hours.faults({}, "Europe/Berlin")["week"]
    assert list(working_hours.faults({"mon": [["17:00", "08:00"]]}, "Europe/Berlin")) == ["mon"]
    assert list(working_hours.faults({"sun": [["08:00", "12:00"], ["11:00", "12:30"]]}, "Europe/Berlin")) == ["sun"]
