"""What is made quickly is what the class itself makes."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from models.record import HeaderFlags, MessageRecord, quickly
from models.terms import Channel, Direction

_AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
_GIVEN: dict[str, Any] = {
    "channel": Channel.EMAIL,
    "account": "a",
    "source_id": "b",
    "direction": Direction.EINGANG,
    "received_at": _AT,
}


def test_what_is_made_quickly_is_what_the_class_itself_makes() -> None:
    quick = quickly(MessageRecord)(**_GIVEN, to=("c@d.de",), flags=quickly(HeaderFlags)(precedence="bulk"))

    plain = MessageRecord(**_GIVEN, to=("c@d.de",), flags=HeaderFlags(precedence="bulk"))
    assert type(quick) is MessageRecord
    assert quick == plain
    assert hash(quick) == hash(plain)
    assert repr(quick) == repr(plain)
    assert replace(quick, to=()) == replace(plain, to=())
    assert all(hasattr(quick, each.name) for each in fields(MessageRecord))


def test_what_is_made_quickly_cannot_be_changed() -> None:
    quick = quickly(HeaderFlags)(precedence="bulk")

    with pytest.raises(FrozenInstanceError):
        quick.precedence = "list"  # type: ignore[misc]  # what must not be possible


def test_what_is_made_quickly_needs_what_the_class_needs() -> None:
    with pytest.raises(TypeError, match="received_at"):
        quickly(MessageRecord)(**{name: value for name, value in _GIVEN.items() if name != "received_at"})
