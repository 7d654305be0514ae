"""Reads the instants of Date and Received: at once where written as RFC 5322 asks, with the library elsewhere."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from connectors.archive.clean import clean_instant

_LONGEST = 200
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = {name: f"{at:02}" for at, name in enumerate(_MONTHS, 1)}
_USUAL = re.compile(
    rf"\s*+(?:[A-Z][a-z]{{2}},\s++)?(\d{{1,2}})\s++({'|'.join(_MONTHS)})\s++((?:19|20)\d\d)\s++"
    r"((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)\s++([+-](?:[01]\d|2[0-3])[0-5]\d)(?:\s++\([A-Z]{1,5}\))?\s*+",
    re.ASCII,
)


def instant(text: str) -> datetime | None:
    """Return the instant that a header names, in UTC (without a zone it counts as UTC); None where it is unreadable or
    no mail can be of it.
    """
    if not text:
        return None
    text = text[:_LONGEST]
    usual = _USUAL.fullmatch(text)
    try:
        return clean_instant(_usual(usual) if usual else parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _usual(found: re.Match[str]) -> datetime:
    day, month, year, time, offset = found.groups()
    return datetime.fromisoformat(f"{year}-{_MONTH[month]}-{day:0>2}T{time}{offset}")
