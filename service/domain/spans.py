"""Spans of time as pairs of whole numbers: joined where they touch, and read from the times of one day."""

from collections.abc import Iterable, Sequence

Spans = tuple[tuple[int, int], ...]

_DAY_SECONDS = 86_400


def merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return spans in order, without empty ones, with touching and overlapping ones joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def seconds_of_day(text: str) -> int:
    """Return "HH:MM" or "HH:MM:SS" as seconds since midnight; "24:00" is the end of the day. Raises ValueError."""
    parts = text.strip().split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts):
        raise ValueError(f"„{text}“ ist keine Uhrzeit in der Form 08:00.")
    hour, minute, second = (int(part) for part in (*parts, "0")[:3])
    total = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or total > _DAY_SECONDS:
        raise ValueError(f"„{text}“ ist keine Uhrzeit zwischen 00:00 und 24:00.")
    return total


def day_spans(intervals: Iterable[Sequence[str]]) -> Spans:
    """Return the intervals of one day as seconds since its midnight; an end before the start lies on the next day.

    Raises ValueError for a malformed time, an interval that is no pair, and one whose end equals its start.
    """
    spans = []
    for interval in intervals:
        if isinstance(interval, str) or len(interval) != 2:
            raise ValueError("Ein Zeitraum braucht Beginn und Ende.")
        start, end = seconds_of_day(interval[0]), seconds_of_day(interval[1])
        if start == end:
            raise ValueError(f"Der Zeitraum {interval[0]} bis {interval[1]} ist leer.")
        spans.append((start, end if end > start else end + _DAY_SECONDS))
    return merged(spans)
