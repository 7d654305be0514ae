"""The short version of `make soak`: 50 deaths of the worker and 500 random schedules, judged by an outside ledger."""

import gc
from collections import Counter
from collections.abc import Iterator

import coverage
import pytest

from tests.soak import kills, schedules


@pytest.fixture(autouse=True)
def unmeasured() -> Iterator[None]:
    """These runs repeat what other tests cover, a thousand times: measuring them would double their time."""
    # What other tests left in memory is not looked through again and again.
    gc.freeze()
    current = coverage.Coverage.current()
    if current is not None:
        current.stop()
    yield
    gc.unfreeze()
    if current is not None:
        current.start()


@pytest.mark.slow
def test_a_worker_that_is_killed_fifty_times_loses_nothing_and_counts_nothing_twice() -> None:
    found = kills.run(seed=7, kills=50)

    figures = Counter({name: found.pop(name, 0) for name in ("kills", "midway", "messages")})
    assert found == Counter()
    assert figures["kills"] == 50
    assert figures["midway"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 500, 100))
def test_five_hundred_schedules_of_moves_resets_and_faults_end_like_the_model(first: int) -> None:
    wrong, seeds = schedules.run(first, 100)

    assert (wrong, seeds) == (Counter(), [])
