"""Message ids: time-ordered and deterministic, so that one value is primary key, dedupe key and time order."""

from datetime import datetime
from hashlib import blake2b

_MILLISECOND_BITS = 48


def message_id(at: datetime, account_id: int, source_id: str) -> bytes:
    """Return 16 bytes: 48 bit milliseconds of `at` (UTC) and 80 bit of a hash over account and source id."""
    milliseconds = max(0, int(at.timestamp() * 1000)) % (1 << _MILLISECOND_BITS)
    digest = blake2b(f"{account_id}\x00{source_id}".encode("utf-8", "surrogatepass"), digest_size=10).digest()
    return milliseconds.to_bytes(6, "big") + digest


def first_of(at: datetime) -> bytes:
    """Return the smallest id that a message of this instant, or of a later one, can have."""
    return max(0, int(at.timestamp() * 1000)).to_bytes(6, "big") + bytes(10)
