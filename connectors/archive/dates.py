"""Reads the instants of Date and Received: at once where written as RFC 5322 asks, with the library elsewhere."""

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

from connectors.archive.clean import clean_instant

_LONGEST = 200
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = {name: at for at, name in enumerate(_MONTHS, 1)}
_USUAL = re.compile(
    rf"\s*(?:[A-Z][a-z]{{2}}, )?(\d{{1,2}}) ({'|'.join(_MONTHS)}) ((?:19|20)\d\d) (\d\d):(\d\d):(\d\d) "
    r"([+-](?:[01]\d|2[0-3])[0-5]\d)(?: \([A-Z]{1,5}\))?\s*",
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
    day, month, year, hour, minute, second, offset = found.groups()
    zone = _zone(offset)
    return datetime(int(year), _MONTH[month], int(day), int(hour), int(minute), int(second), tzinfo=zone)


@lru_cache(maxsize=200)
def _zone(offset: str) -> timezone:
    span = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
    return timezone(-span if offset[0] == "-" else span)
