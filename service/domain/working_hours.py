"""The working hours of one person: what can be taken, and how people write them on one line."""

from collections.abc import Mapping, Sequence

from service.domain.business_time import DAYS
from service.domain.hours import Hours, problems, slips

Week = Mapping[str, Sequence[Sequence[str]]]

# The abbreviations that people write, Monday first.
SHORT = dict(zip(("mo", "di", "mi", "do", "fr", "sa", "so"), DAYS, strict=True))
_NAMES = tuple(SHORT)


def faults(week: Week, zone: str) -> Mapping[str, str]:
    """Return what cannot be taken as German sentences by field: a weekday, "timezone", "week"."""
    hours = Hours(week, timezone=zone)
    found = dict(problems(hours))
    if "week" in found:
        found["week"] = "Bitte wenigstens an einem Wochentag Arbeitszeiten eintragen, oder die Zeiten der Firma wählen."
    return found or slips(hours)


def read(words: Sequence[str]) -> dict[str, list[list[str]]]:
    """Return the week of words such as "mo-fr=08:00-12:00,13:00-17:00" or "sa=frei". Raises ValueError.

    A later word beats an earlier one; days that no word names are free.
    """
    week: dict[str, list[list[str]]] = {}
    for word in words:
        days, found, times = word.strip().lower().partition("=")
        if not found:
            raise ValueError(f"„{word}“ verstehe ich nicht; so geht es: mo-fr=08:00-12:00,13:00-17:00")
        for day in _days(days):
            week[day] = _spans(times)
    return {day: spans for day, spans in week.items() if spans}


def _days(text: str) -> tuple[str, ...]:
    first, _, last = text.partition("-")
    for name in (first, last or first):
        if name not in SHORT:
            raise ValueError(f"„{name}“ ist kein Wochentag; es gibt {', '.join(SHORT)}.")
    start, end = _NAMES.index(first), _NAMES.index(last or first)
    if end < start:
        raise ValueError(f"„{text}“ läuft rückwärts; bitte zwei Angaben machen.")
    return DAYS[start : end + 1]


def _spans(text: str) -> list[list[str]]:
    if text in {"", "frei"}:
        return []
    pairs = [part.strip().split("-") for part in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"„{text}“ ist kein Zeitraum in der Form 08:00-12:00.")
    return [[start.strip(), end.strip()] for start, end in pairs]


def written(week: Week | None) -> str:
    """Return a week on one line for people, equal days joined: "Mo–Fr 08:00–16:00, Sa 09:00–12:00"."""
    if week is None:
        return "wie die Firma"
    rows = [(name.capitalize(), " und ".join(f"{a}–{b}" for a, b in week.get(day, ()))) for name, day in SHORT.items()]
    parts: list[list[str]] = []
    for name, times in rows:
        if parts and parts[-1][2] == times:
            parts[-1][1] = name
        else:
            parts.append([name, name, times])
    return ", ".join(f"{a if a == b else f'{a}–{b}'} {times}" for a, b, times in parts if times)
