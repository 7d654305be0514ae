"""How long to wait between two looks into a mailbox: short while somebody waits for an answer, long at night."""

import zlib
from datetime import timedelta

# In multiples of the base (a minute unless configured): somebody waits, the firm is open, the firm is closed.
_WAITING, _OPEN, _CLOSED = 1, 5, 15
# The interval is shortened by up to this share, each mailbox by its own: looks never fall together for long.
_SPREAD = 0.1


def interval(base: timedelta, address: str, *, is_open: bool, is_waited_for: bool) -> timedelta:
    """Return the time from one look to the next; never more than the base times 1, 5 or 15."""
    factor = (_WAITING if is_waited_for else _OPEN) if is_open else _CLOSED
    return base * factor * (1 - _SPREAD * phase(address))


def phase(address: str) -> float:
    """Return a number from 0 to below 1 that is a mailbox's own and stays the same: its place among the others."""
    return zlib.crc32(address.encode()) / 2**32
