"""Drawing a sample that a seed makes reproducible, and how much a small sample can say.

A message is in the sample when the keyed hash of its id is among the smallest: every message has the same chance, none
is drawn twice, the order of rows does not matter, and one that is erased changes nothing for the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest
from math import sqrt

# Ten mails of the month (S4.90).
SIZE = 10
# The 97.5 % point of the normal distribution: an interval that holds the true share in 95 of 100 samples.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Interval:
    """A share of right ones and the range in which the true share lies with 95 % confidence; all in percent."""

    share: float
    low: float
    high: float


def draw(ids: Iterable[bytes], seed: str, size: int = SIZE) -> tuple[bytes, ...]:
    """Return `size` of the ids, or all of fewer, in the order in which they were drawn."""
    key = seed.encode()[:64]
    return tuple(nsmallest(size, ids, key=lambda one: blake2b(one, key=key, digest_size=16).digest()))


def interval(right: int, judged: int) -> Interval | None:
    """Return the Wilson interval of `right` out of `judged`; None when nothing was judged (S4.93).

    E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22.
    """
    if judged <= 0:
        return None
    share, squared = right / judged, _Z * _Z
    middle = (share + squared / (2 * judged)) / (1 + squared / judged)
    reach = _Z * sqrt(share * (1 - share) / judged + squared / (4 * judged * judged)) / (1 + squared / judged)
    return Interval(100 * share, 100 * max(0.0, middle - reach), 100 * min(1.0, middle + reach))
