"""The time between two looks into a mailbox."""

from datetime import timedelta

import pytest

from service.domain.polling import interval, phase

BASE = timedelta(minutes=1)
BOXES = [f"box{number}@firma.example" for number in range(500)]


@pytest.mark.parametrize(
    ("is_open", "is_waited_for", "minutes"), [(True, True, 1), (True, False, 5), (False, True, 15), (False, False, 15)]
)
def test_a_look_is_never_later_than_promised_and_never_much_sooner(
    is_open: bool, is_waited_for: bool, minutes: int
) -> None:
    for box in BOXES:
        found = interval(BASE, box, is_open=is_open, is_waited_for=is_waited_for)

        assert timedelta(minutes=minutes) * 0.9 <= found <= timedelta(minutes=minutes)


def test_each_mailbox_keeps_its_own_place_and_places_are_spread_evenly() -> None:
    tenths = [int(phase(box) * 10) for box in BOXES]

    assert tenths == [int(phase(box) * 10) for box in BOXES]
    assert all(25 <= tenths.count(tenth) <= 75 for tenth in range(10))
