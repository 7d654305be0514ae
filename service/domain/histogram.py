"""Packed histograms: how many of each class fell into which bucket, as one value that a database row can hold."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.terms import Category
from service.domain.curve import Curve

# Class "" (not classified) first, then key order, which never changes.
CLASSES: tuple[str, ...] = ("", *(category.value for category in Category))
_PLACES = {name: place for place, name in enumerate(CLASSES)}
_PAIRS = np.dtype("<i4")
_BITS = 20
_LAST = (1 << _BITS) - 1

Packed = dict[int, int]
Whole = npt.NDArray[np.int64]


def place(category: str, bucket: int, *, copied: bool = False) -> int:
    """Return where a bucket of a class stands; `copied` counts apart what another account had counted already.

    Raises KeyError for an unknown class. A bucket beyond a million counts as the last one.
    """
    return (2 * _PLACES[category] + copied) << _BITS | min(bucket, _LAST)


def pack(counts: Mapping[int, int]) -> bytes:
    """Return counts by place as bytes: pairs of signed 32 bits, little-endian, in order, without empty ones."""
    return np.array(
        [number for key in sorted(counts) if counts[key] for number in (key, counts[key])], _PAIRS
    ).tobytes()


def unpack(packed: Iterable[bytes]) -> Packed:
    """Return the sum of packed histograms, by place."""
    flat = np.frombuffer(b"".join(packed), _PAIRS).tolist()
    found: Packed = {}
    for key, count in zip(flat[::2], flat[1::2], strict=True):
        found[key] = found.get(key, 0) + count
    return found


def buckets(packed: Iterable[bytes], category: str | None = None) -> dict[int, int]:
    """Return the sum of packed histograms by bucket, of one class or (None) of all.

    What another account had counted already is in it.
    """
    found, counts = _summed(packed, category)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def curve(packed: Sequence[bytes], category: str | None = None) -> Curve:
    """Return the sum of packed histograms as `buckets` would, as a curve.

    All but the last one are kept by what they are made of: they are days that are over, and come again.
    """
    before, last = _counted(tuple(packed[:-1]), category), _counts(packed[-1:], category)
    short, long = sorted((before, last), key=len)
    counts = long.copy()
    counts[: len(short)] += short
    (found,) = np.nonzero(counts)
    return Curve(found.tolist(), np.cumsum(counts[found]).tolist())


def _summed(packed: Iterable[bytes], category: str | None) -> tuple[Whole, Whole]:
    """Return the buckets that are not empty, in order, and how many lie in each."""
    counts = _counts(packed, category)
    (found,) = np.nonzero(counts)
    return found, counts[found]


@lru_cache(maxsize=32)
def _counted(packed: tuple[bytes, ...], category: str | None) -> Whole:
    return _counts(packed, category)


def _counts(packed: Iterable[bytes], category: str | None) -> Whole:
    """Return how many lie in each bucket. Hundreds of thousands of numbers pass here for one page, hence numpy."""
    pairs = np.frombuffer(b"".join(packed), _PAIRS).reshape(-1, 2)
    kinds = pairs[:, 0] >> _BITS
    own = kinds & 1 == 0 if category is None else kinds == 2 * _PLACES[category]
    chosen = pairs[own]
    return np.bincount(chosen[:, 0] & _LAST, weights=chosen[:, 1]).astype(np.int64)


@lru_cache(maxsize=512)
def curve_of_day(packed: tuple[bytes, ...], category: str | None = None) -> Curve:
    """Return the same, kept by what it is made of: of the days on a page only the present one changes."""
    return curve(packed, category)


def without_copies(packed: Iterable[bytes]) -> bytes:
    """Return the sum of packed histograms, packed again, without what several accounts had counted."""
    pairs = np.frombuffer(b"".join(packed), _PAIRS).reshape(-1, 2)
    copied = pairs[:, 0] >> _BITS & 1 == 1
    keys, at = np.unique(pairs[:, 0] & ~(1 << _BITS), return_inverse=True)
    counts = np.bincount(at, weights=np.where(copied, -pairs[:, 1], pairs[:, 1]), minlength=len(keys))
    # What was only counted elsewhere has nothing here that it could be taken from.
    kept = (np.bincount(at, weights=~copied, minlength=len(keys)) > 0) & (counts != 0)
    return np.column_stack((keys[kept], counts[kept])).astype(_PAIRS).tobytes()
