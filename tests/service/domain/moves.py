"""Moves of an invented conversation in November 2026, and the windows of a firm that changed nothing."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from models.terms import Channel, Direction
from service.domain.hours import DEFAULT_HOURS
from service.domain.standing import Move
from service.domain.windows import DEFAULT_TARGETS, window

MAIL = window(DEFAULT_TARGETS[Channel.EMAIL], DEFAULT_HOURS)
CHAT = window(DEFAULT_TARGETS[Channel.WHATSAPP], DEFAULT_HOURS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}:00+01:00")


def asks(text: str, counts: bool = True, key: bytes = b"1") -> Move:
    return Move(at(text), Direction.EINGANG, counts, key)


def answers(text: str, counts: bool = True, key: bytes = b"2") -> Move:
    return Move(at(text), Direction.AUSGANG, counts, key)


moves = st.lists(
    st.builds(
        lambda minute, direction, counts, key: Move(
            at("02T00:00") + timedelta(minutes=minute), direction, counts, bytes([key])
        ),
        st.integers(0, 20_000),
        st.sampled_from(Direction),
        st.booleans(),
        st.integers(0, 255),
    ),
    max_size=14,
    unique_by=lambda move: (move.at, move.key),
)
closings = st.none() | st.integers(0, 20_000).map(lambda minute: at("02T00:00") + timedelta(minutes=minute))
