"""Every message has the same chance to be drawn, the same seed draws the same, and ten can say so much and no more."""

from collections import Counter

import pytest

from service.domain import sampling

IDS = [number.to_bytes(16, "big") for number in range(40)]


def test_the_same_seed_draws_the_same_in_any_order_of_rows_and_another_draws_others() -> None:
    drawn = sampling.draw(IDS, "los")

    assert drawn == sampling.draw(reversed(IDS), "los")
    assert len(set(drawn)) == sampling.SIZE
    assert drawn != sampling.draw(IDS, "anderes los")


def test_one_that_is_erased_changes_nothing_for_the_others_and_fewer_than_ten_are_all_drawn() -> None:
    drawn = sampling.draw(IDS, "los")

    left = sampling.draw([one for one in IDS if one != drawn[3]], "los")

    assert left[:9] == drawn[:3] + drawn[4:]
    assert set(sampling.draw(IDS[:4], "los")) == set(IDS[:4])


def test_no_message_is_preferred() -> None:
    # 2,000 draws of 10 out of 40: each is expected 500 times. The 99.99 % point of chi-square with 39 degrees is 84.
    counts = Counter(one for seed in range(2000) for one in sampling.draw(IDS, f"los {seed}"))

    # Without replacement the counts vary less than a chi-square says, by 30 of 40.
    statistic = sum((counts[one] - 500) ** 2 / 500 for one in IDS) * 40 / 30

    assert statistic < 84


@pytest.mark.parametrize(
    ("right", "judged", "low", "high"), [(9, 10, 59.6, 98.2), (10, 10, 72.2, 100), (0, 10, 0, 27.8)]
)
def test_the_interval_is_that_of_wilson(right: int, judged: int, low: float, high: float) -> None:
    found = sampling.interval(right, judged)

    assert found is not None
    assert found.share == 100 * right / judged
    assert (round(found.low, 1), round(found.high, 1)) == (low, high)


def test_nothing_judged_says_nothing() -> None:
    assert sampling.interval(0, 0) is None
