"""The short version of `make soak`: deaths of worker and gate, power cuts, random schedules; an outside ledger judges."""

import gc
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.soak import images, kills, schedules, webhooks

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]


@pytest.fixture(autouse=True)
def frozen() -> None:
    """What other tests left in memory is not looked through again and again."""
    gc.freeze()


def test_a_worker_that_is_killed_fifty_times_loses_nothing_and_counts_nothing_twice() -> None:
    found = kills.run(seed=7, kills=50)

    figures = Counter({name: found.pop(name, 0) for name in ("kills", "midway", "messages")})
    assert found == Counter()
    assert figures["kills"] == 50
    assert figures["midway"] > 0


@pytest.mark.parametrize("first", range(0, 500, 100))
def test_five_hundred_schedules_of_moves_resets_and_faults_end_like_the_model(first: int) -> None:
    wrong, seeds = schedules.run(first, 100)

    assert (wrong, seeds) == (Counter(), [])


def test_a_house_that_is_killed_while_webhooks_come_in_has_all_that_it_said_yes_to_and_once() -> None:
    found = webhooks.kills(seed=7, count=8)

    figures = {name: found.pop(name, 0) for name in ("kills", "midway", "answered")}
    assert found == Counter()
    assert figures["kills"] == 8
    assert figures["midway"] > 0
    assert figures["answered"] > 100


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler to build the recorder of writes with")
def test_after_a_power_cut_at_any_moment_everything_answered_is_there_and_a_weaker_database_would_be_found_out(
    tmp_path: Path,
) -> None:
    library = images.build(tmp_path)

    found = webhooks.cuts(5, 10, library, bodies=100)
    # About a third of the cuts find nothing under way: of so many one always does.
    weaker = webhooks.cuts(5, 40, library, "PRAGMA synchronous=OFF", bodies=100)

    assert found == Counter(images=10, answered=found["answered"])
    assert found["answered"] > 50
    assert weaker["lost"] > 0
