"""The small shapes inside an answer of Microsoft Graph and the limits of what is taken from them, for every reader."""

from datetime import UTC, datetime

import msgspec

LONGEST_NAME = 200
LONGEST_ID = 1000
# Kept of each list of recipients; beyond that they are only counted.
MOST_RECIPIENTS = 50

# Graph writes 0001-01-01 for an instant that is not set; mail is younger than this, and no deadline can be worked out
# at the end of all dates.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)

# Deep nesting is no mail either: the decoder gives up with RecursionError.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Mail(msgspec.Struct, frozen=True, gc=False):
    """`emailAddress` of Graph."""

    address: str | None = None
    name: str | None = None


class Person(msgspec.Struct, frozen=True, gc=False):
    """`recipient` of Graph."""

    email: Mail | None = msgspec.field(default=None, name="emailAddress")


class Header(msgspec.Struct, frozen=True, gc=False):
    """`internetMessageHeader` of Graph."""

    name: str | None = None
    value: str | None = None


def instant(at: datetime | None) -> datetime | None:
    """Return an instant in UTC; None for one that is absent or that no mail can have."""
    if at is None:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    # Compared before it is moved to UTC: near the ends of the calendar that overflows.
    if not EARLIEST <= at < _LATEST:
        return None
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def plain(value: str | None, limit: int = LONGEST_ID) -> str:
    """Return text that any database holds: no controls, no lone surrogates, at most `limit` characters."""
    if not value:
        return ""
    if value.isprintable():
        return (value if len(value) <= limit else value[:limit]).strip()
    return "".join(c for c in value[:limit] if c.isprintable()).strip()
