"""Groups: whole blocks only, and an attacker who adds and subtracts everything shown never gets at a small one."""

import random
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.terms import Channel
from service.domain import protection
from service.domain.protection import AGREED_MINIMUM, EARLIER, MIXED, SMALL, Agreement, Holder

MAIL, CHAT = Channel.EMAIL, Channel.WHATSAPP
TODAY = date(2026, 11, 22)
PRIME = 1_000_000_007


def box(number: int, people: int, channel: Channel = MAIL) -> Holder:
    """An account of which only the number of its people is known."""
    return Holder(number, channel, frozenset(), people)


def team(number: int, people: set[int], channel: Channel = MAIL) -> Holder:
    return Holder(number, channel, frozenset(people), len(people))


def shown(wanted: set[int], holders: list[Holder], **more: object) -> str:
    return protection.withheld(frozenset(wanted), holders, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("people", "why"), [(4, SMALL), (5, "")])
def test_the_border_is_five_people(people: int, why: str) -> None:
    assert shown({1}, [box(1, people), box(2, 9), box(3, 9)]) == why


def test_where_the_firm_minus_the_rest_were_a_small_group_the_smallest_large_one_is_not_shown_either() -> None:
    firm = [box(1, 3), box(2, 12), box(3, 6)]

    assert [shown(wanted, firm) for wanted in ({1}, {3}, {2}, {2, 3}, {1, 2})] == [SMALL, MIXED, "", MIXED, SMALL]


def test_small_ones_with_different_people_are_shown_together_and_only_together() -> None:
    firm = [team(1, {1, 2, 3}), team(2, {3, 4, 5}), team(3, {6, 7, 8, 9, 10})]

    assert [shown(wanted, firm) for wanted in ({1}, {1, 2}, {3}, {1, 3}, {1, 2, 3})] == [SMALL, "", "", SMALL, ""]


def test_the_same_people_behind_two_mailboxes_count_once() -> None:
    assert shown({1, 2}, [team(1, {1, 2, 3}), team(2, {1, 2, 3}), team(3, set(range(6)))]) == SMALL


def test_what_was_claimed_counts_only_where_nobody_is_named() -> None:
    named = Holder(1, MAIL, frozenset({1, 2}), 9)

    assert [protection.people(some) for some in ([named], [named, box(2, 5)])] == [2, 5]
    assert shown({1}, [named, box(2, 9), box(3, 9)]) == SMALL


def test_a_channel_whose_people_are_too_few_has_no_choice_shown() -> None:
    assert shown({2}, [box(1, 9), box(2, 3, CHAT)]) == SMALL


def test_days_keep_the_groups_that_held_on_them() -> None:
    then = protection.blocks([team(1, {1, 2}), team(2, {3, 4, 5, 6, 7})])
    now = [team(1, {1, 2, 8, 9, 10}), team(2, {3, 4, 5, 6, 7})]

    assert shown({1}, now) == ""
    assert shown({1}, now, earlier=[then]) == EARLIER
    assert shown({1, 2}, now, earlier=[then]) == ""
    assert shown({3}, [*now, team(3, set(range(20, 26)))], earlier=[then]) == ""


def test_an_agreement_goes_down_to_three_people_for_what_it_names_and_ends_after_its_last_day() -> None:
    firm = [box(1, AGREED_MINIMUM), box(2, 2), box(3, 9), box(4, 9)]
    agreed = Agreement("BV 7", frozenset({1, 2}), TODAY)
    before = protection.blocks(firm)

    assert shown({1}, firm, agreement=agreed) == ""
    assert shown({2}, firm, agreement=agreed) == SMALL
    assert shown({3}, firm, agreement=agreed) == ""
    assert shown({4}, firm, agreement=agreed) == MIXED
    assert shown({1}, firm, agreement=agreed, earlier=[before]) == EARLIER
    assert shown({1}, firm, agreement=Agreement("BV 7", None, TODAY), earlier=[before]) == ""
    assert protection.holds(agreed, TODAY) is agreed
    assert protection.holds(agreed, TODAY + timedelta(days=1)) is None
    assert protection.holds(None, TODAY) is None


def rank(rows: list[list[int]]) -> int:
    """Return the rank of a matrix, exact up to a chance of one in a billion: modulo a large prime."""
    left = [list(row) for row in {tuple(row) for row in rows}]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left[found:] if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left.insert(found, pivot)
        for row in left[found + 1 :]:
            factor = row[column] * pow(pivot[column], -1, PRIME)
            row[:] = [(a - factor * b) % PRIME for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found


def derivable(asked: list[list[int]], group: set[int]) -> bool:
    """Say whether some sum and difference of what was shown speaks of this group of columns alone."""
    outside = [[value for column, value in enumerate(row) if column not in group] for row in asked]
    return rank(asked) > rank(outside)


firms = st.lists(
    st.tuples(st.sampled_from([MAIL, CHAT]), st.frozensets(st.integers(1, 14), min_size=1, max_size=12)),
    min_size=1,
    max_size=5,
)


def everything_shown(days: list[list[Holder]], choices: list[set[int]]) -> list[list[int]]:
    """Return as rows (day x account) what an attacker was shown who asked for everything on every day."""
    history = [protection.blocks(day) for day in days]
    found = []
    for now, covered in ((0, {0}), (1, {1}), (1, {0, 1})):
        earlier = [history[day] for day in covered]
        allowed = [some for some in choices if not shown(some, days[now], earlier=earlier)]
        allowed += [{one.account_id for one in days[0] if one.channel is channel} for channel in Channel]
        found += [
            [int(one.account_id in some and n in covered) for n, day in enumerate(days) for one in day]
            for some in allowed
        ]
    return found


@settings(max_examples=60, derandomize=True, deadline=None)
@given(first=firms, second=firms)
def test_no_sum_or_difference_of_everything_shown_is_about_fewer_people_than_allowed(
    first: list[tuple[Channel, frozenset[int]]], second: list[tuple[Channel, frozenset[int]]]
) -> None:
    """Two days with different people each; every choice on each day and over both, and the firm by channel."""
    size = min(len(first), len(second))
    days = [[team(n, set(some[n][1]), first[n][0]) for n in range(size)] for some in (first, second)]
    choices = [set(some) for count in range(1, size + 1) for some in combinations(range(size), count)]
    channels = [{n for n in range(size) if first[n][0] is channel} for channel in Channel]

    asked = everything_shown(days, choices)

    for day, holders in enumerate(days):
        for group in choices:
            whole = any(some and some <= group for some in channels)
            if protection.people(holders[n] for n in group) < 5 and not whole:
                assert not derivable(asked, {day * size + n for n in group}), (group, days)


@pytest.mark.unmeasured
def test_ten_thousand_random_pairs_of_choices_give_away_nobody() -> None:
    rng = random.Random(16)
    for _ in range(200):
        firm = [team(n, set(rng.sample(range(40), rng.randrange(1, 13)))) for n in range(rng.randrange(2, 10))]
        every = set(range(len(firm)))
        allowed = [every]
        for _ in range(50):
            wanted = {n for n in every if rng.random() < 0.5}
            if wanted and not shown(wanted, firm):
                allowed.append(wanted)
        for one in rng.choices(allowed, k=50):
            other = rng.choice(allowed)
            for rest in (one - other, one & other, other - one):
                whole = rest == every
                assert not rest or whole or protection.people(firm[n] for n in rest) >= 5
