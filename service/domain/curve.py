"""A histogram ready to be asked: how many lie within a bucket, and in which one a percentile falls."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """The buckets of a histogram in order, and how many lie in each of them and all before."""

    numbers: Sequence[int]
    upto: Sequence[int]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self.upto[-1] if self.upto else 0

    @property
    def last(self) -> int:
        """Return the highest bucket; 0 for none."""
        return self.numbers[-1] if self.numbers else 0

    def within(self, bucket: int) -> int:
        """Return how many lie in this bucket or before it."""
        place = bisect_right(self.numbers, bucket)
        return self.upto[place - 1] if place else 0

    def ranked(self, percent: int) -> int | None:
        """Return the bucket of the nearest-rank percentile (domain/kpi.percentile); None when there is nothing."""
        if self.total <= 0:
            return None
        return self.reaching(max(1, -(-self.total * percent // 100)))

    def reaching(self, count: int) -> int | None:
        """Return the first bucket within which so many lie; 0 where none are asked for, None when there are fewer."""
        if count <= 0:
            return 0
        place = bisect_left(self.upto, count)
        return self.numbers[place] if place < len(self.numbers) else None
