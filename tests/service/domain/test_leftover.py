"""Quantiles of what a model leaves over, and when the latest turns are too unlike the ones before to be believed."""

import numpy as np

from service.domain.leftover import Leftover, Turns

NONE = Turns(*(np.zeros(0) for _ in range(4)))
ANY = np.array([-np.inf])


def _turns(residual: "list[float]") -> Turns:
    """Return turns one after the other, all expected to take equally long."""
    count = len(residual)
    begun = np.arange(count, dtype=np.float64)
    return Turns(np.array(residual), np.zeros(count), begun, begun + 0.5)


def test_nine_of_ten_lie_below_the_upper_quantile_and_half_below_the_other() -> None:
    known = [float(one) for one in np.random.default_rng(3).normal(size=300)]

    (half,), (most,), (is_known,) = Leftover(_turns(known), NONE).quantiles(np.zeros(1), ANY)

    assert abs(half) < 0.25
    assert 1.0 < most < 1.8
    assert is_known


def test_who_still_waits_pushes_the_quantiles_up_because_nobody_knows_how_long_it_will_be() -> None:
    known = [float(one) for one in np.random.default_rng(3).normal(size=300)]
    waiting = Turns(np.full(20, 0.5), np.zeros(20), np.zeros(20), np.zeros(20))

    alone, crowded = (Leftover(_turns(known), one).quantiles(np.zeros(1), ANY)[1][0] for one in (NONE, waiting))

    assert crowded > alone


def test_many_missed_forecasts_in_a_row_are_a_change() -> None:
    quiet = [0.01 * (number % 20) for number in range(60)]

    assert not Leftover(_turns(quiet), NONE).is_unsure
    assert Leftover(_turns([*quiet, *(1.0 + number for number in range(10))]), NONE).is_unsure
