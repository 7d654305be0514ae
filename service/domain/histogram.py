"""Packed histograms: how many of each class fell into which bucket, as one value that a database row can hold."""

from array import array
from collections.abc import Iterable, Mapping
from sys import byteorder

from models.terms import Category

# Class "" (not classified) first, then key order, which never changes.
CLASSES: tuple[str, ...] = ("", *(category.value for category in Category))
_PLACES = {name: place for place, name in enumerate(CLASSES)}
_BITS = 20
_LAST = (1 << _BITS) - 1

Packed = dict[int, int]


def place(category: str, bucket: int, *, copied: bool = False) -> int:
    """Return where a bucket of a class stands; `copied` counts apart what another account had counted already.

    Raises KeyError for an unknown class. A bucket beyond a million counts as the last one.
    """
    return (2 * _PLACES[category] + copied) << _BITS | min(bucket, _LAST)


def pack(counts: Mapping[int, int]) -> bytes:
    """Return counts by place as bytes: pairs of signed 32 bits, little-endian, in order, without empty ones."""
    flat = array("i", (number for key in sorted(counts) if counts[key] for number in (key, counts[key])))
    if byteorder == "big":
        flat.byteswap()
    return flat.tobytes()


def unpack(packed: Iterable[bytes]) -> Packed:
    """Return the sum of packed histograms, by place."""
    flat = array("i", b"".join(packed))
    if byteorder == "big":
        flat.byteswap()
    found: Packed = {}
    for key, count in zip(flat[::2], flat[1::2], strict=True):
        found[key] = found.get(key, 0) + count
    return found


def by_bucket(counts: Mapping[int, int], category: str | None = None, *, copies: bool = True) -> dict[int, int]:
    """Return counts by bucket, of one class or (None) of all; `copies` False leaves out what was counted elsewhere.

    A place with the mark `copied` says how many of the same bucket are copies; it is never added.
    """
    only = None if category is None else _PLACES[category]
    found: dict[int, int] = {}
    for key, count in counts.items():
        kind = key >> _BITS
        if only is not None and kind >> 1 != only:
            continue
        if kind & 1 and copies:
            continue
        bucket = key & _LAST
        found[bucket] = found.get(bucket, 0) + (-count if kind & 1 else count)
    return {bucket: count for bucket, count in found.items() if count}
