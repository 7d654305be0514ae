"""The present status of a message, from first times in any order."""

from datetime import timedelta
from itertools import permutations

import pytest

from service.domain.delivery import present
from tests.factories import START


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((), ""),
        (("deleted",), ""),
        (("sent",), "sent"),
        (("read", "sent"), "read"),
        (("sent", "delivered", "read", "played"), "played"),
        (("sent", "failed"), "failed"),
        (("failed", "sent"), "failed"),
        (("delivered", "failed"), "failed"),
        (("failed", "delivered"), "delivered"),
        (("sent", "failed", "read"), "read"),
    ],
)
def test_a_message_stands_where_it_came_furthest_and_a_failure_is_final_without_newer_proof(
    told: tuple[str, ...], expected: str
) -> None:
    times = {status: START + timedelta(seconds=second) for second, status in enumerate(told)}

    found = {present(dict(order)) for order in permutations(times.items())}

    assert found == {expected}
