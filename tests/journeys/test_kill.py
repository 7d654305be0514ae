"""A reader that is killed again and again: what it stored stays, what it did not store is read, nothing counts twice."""

import pytest

from tests.soak.__main__ import one_round


@pytest.mark.slow
def test_a_killed_reader_loses_nothing_and_counts_nothing_twice() -> None:
    result = one_round(seed=7, kills=4, days=4)

    assert result.pop("kills") > 0
    assert result == {"lost": 0, "double": 0, "wrong_counts": 0, "unfinished": 0}
