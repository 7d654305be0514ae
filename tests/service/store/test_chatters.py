"""Who is who on WhatsApp: numbers and user ids, their changes replayed and out of order, look-alikes never merged."""

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from connectors.whatsapp.told import Names, Renamed
from models.chat import ChatPerson, ChatTwin
from service.store import chatters
from service.turn import Turn
from tests.factories import START

A, B, C = "491718388951", "491718388952", "491718388953"
UA, UB = "DE.1", "DE.2"
DAY = timedelta(days=1)


def who(number: str = "", user_id: str = "", portfolio: str = "77") -> Names:
    return Names(portfolio, number, user_id)


def everybody(turn: Turn) -> list[tuple[str | None, str | None]]:
    return [(one.number, one.user_id) for one in turn.session.scalars(select(ChatPerson).order_by(ChatPerson.id))]


def pairs(turn: Turn) -> int:
    return len(turn.session.scalars(select(ChatTwin)).all())


@pytest.mark.parametrize(
    "order", list(permutations([who(A), who("", UA), who(A, UA)], 3)), ids=lambda order: str(len(order))
)
def test_number_and_user_id_become_one_person_unless_they_were_two_before(turn: Turn, order: tuple[Names, ...]) -> None:
    for names in order:
        chatters.thread(turn, names, START)

    together = order.index(who(A, UA)) < 2
    assert len(everybody(turn)) == (1 if together else 2)
    assert pairs(turn) == (0 if together else 1)


def test_nobody_is_no_person(turn: Turn) -> None:
    assert chatters.thread(turn, who(), START) == ""
    assert everybody(turn) == []


def test_the_same_user_id_in_another_business_account_is_another_person(turn: Turn) -> None:
    chatters.thread(turn, who("", UA), START)

    chatters.thread(turn, who("", UA, "78"), START)

    assert everybody(turn) == [(None, UA), (None, UA)]


@pytest.mark.parametrize("pair", [("5511987654321", "551187654321"), ("5491123456789", "541123456789"),
                                  ("5215512345678", "525512345678")])  # fmt: skip
def test_forms_of_one_number_are_one_person_and_the_number_stays_as_it_came(turn: Turn, pair: tuple[str, str]) -> None:
    keys = {chatters.thread(turn, who(number), START) for number in pair}

    assert keys == {pair[0]}
    assert everybody(turn) == [(pair[0], None)]


CHANGES = (
    Renamed(who(A, UA), who(B, UB), START + DAY),
    Renamed(who(B, UB), who(C), START + 2 * DAY),
)


@pytest.mark.parametrize("order", list(permutations((*CHANGES, CHANGES[0]))))
def test_changes_of_number_are_followed_in_any_order_and_told_twice(turn: Turn, order: tuple[Renamed, ...]) -> None:
    before = chatters.thread(turn, who(A, UA), START)

    for change in order:
        chatters.follow(turn, change)

    after = chatters.thread(turn, who(C), START + 3 * DAY)
    late = chatters.thread(turn, who(B), START + DAY)
    if order[0] is CHANGES[0]:
        assert (before, after, late) == (A, A, A)
        assert everybody(turn)[0][0] == C
        assert pairs(turn) == 0
    else:
        # The later change came first and nobody was known by then: two persons exist and are only offered.
        assert after == late
        assert pairs(turn) == 1


def test_a_change_that_comes_before_any_message_holds_for_those_that_come_late(turn: Turn) -> None:
    chatters.follow(turn, CHANGES[0])

    keys = {chatters.thread(turn, who(B, UB), START + 2 * DAY), chatters.thread(turn, who(A), START)}

    assert keys == {B}
    assert everybody(turn) == [(B, UB)]


def test_a_change_of_the_user_id_alone_keeps_the_number(turn: Turn) -> None:
    chatters.thread(turn, who(A, UA), START)

    for _ in range(2):
        chatters.follow(turn, Renamed(who("", UA), who("", UB), START + DAY))

    assert everybody(turn) == [(A, UB)]
    assert chatters.thread(turn, who("", UB), START + 2 * DAY) == A


def test_a_number_that_was_given_up_and_is_used_again_is_somebody_else(turn: Turn) -> None:
    chatters.thread(turn, who(A), START)
    chatters.follow(turn, Renamed(who(A), who(B), START + DAY))

    again = chatters.thread(turn, who(A), START + 2 * DAY)

    assert again == f"{A}#2"
    assert everybody(turn) == [(B, None), (A, None)]


def test_two_existing_persons_are_offered_for_merging_once_and_never_merged(turn: Turn) -> None:
    first, second = chatters.thread(turn, who(A), START), chatters.thread(turn, who(B), START)

    for _ in range(2):
        chatters.follow(turn, Renamed(who(A), who(B), START + DAY))

    assert everybody(turn) == [(A, None), (B, None)]
    assert pairs(turn) == 1
    assert first != second


@pytest.mark.parametrize("other", [who(A, UB), who(B, UA)])
def test_another_user_id_or_number_than_before_may_be_another_person(turn: Turn, other: Names) -> None:
    chatters.thread(turn, who(A, UA), START)

    chatters.thread(turn, other, START + DAY)

    assert len(everybody(turn)) == 2
    assert pairs(turn) == 1
