"""Whose conversation it is, in lists: the filter says what the name on the row says, the tightest day comes first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.duty import MemberAccount
from models.message import Conversation
from models.party import Company
from models.staff import Member
from models.terms import Category, Channel, ConversationState, DutyBy, Role
from service.actions import assign, configure, intake, register
from service.actions.assign import Chosen
from service.actions.intake import Judge
from service.store import accounts, assignments, duty, keys, latest, listing, staff
from service.store.accounts import Facts
from service.store.listing import Filter
from service.turn import Actor, Turn
from tests.conftest import NOW
from tests.factories import OWN, answer, mail


@pytest.fixture
def people(turn: Turn) -> list[Member]:
    return [staff.add(turn, name, Role.MITARBEITER) for name in ("Anna Beck", "Timo Roth")]


@pytest.fixture
def rows(turn: Turn) -> list[Conversation]:
    configure.own_domains(turn, (OWN,))
    box = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("info@"))
    posted = [mail(f"a@kunde{n}.example", thread=f"t{n}", at=NOW - timedelta(hours=n)) for n in range(4)]
    intake.take_in(turn, posted, box.id, Judge(keys.book(turn)))
    return list(turn.session.scalars(select(Conversation).order_by(Conversation.last_at.desc())))


def acting(turn: Turn, who: Member) -> Turn:
    return replace(turn, actor=Actor(who.id, who.name, who.role))


def give(turn: Turn, row: Conversation, to: Member, due_at: datetime | None = None) -> None:
    assign.hand_over(turn, Chosen((row.id,)), to.id, due_at)


def found(turn: Turn, responsible: int) -> Sequence[int]:
    turn.session.flush()
    return [c.id for c in listing.page(turn, Filter(responsible=responsible)).rows]


def test_nobody_is_exactly_what_nobody_was_meant_for(
    turn: Turn, people: list[Member], rows: list[Conversation]
) -> None:
    anna, timo = people
    give(turn, rows[0], anna)
    company = turn.session.get_one(Company, register.company(turn, "Kontor Nord KG", Category.KUNDE))
    company.owner_id = timo.id
    rows[1].company_id = company.id
    turn.session.flush()

    read = duty.responsible(turn, rows)

    assert [read[row.id].by for row in rows[:2]] == [DutyBy.HAND, DutyBy.PARTNER]
    assert set(found(turn, 0)) == {row.id for row in rows[2:]}
    assert rows[0].id in found(turn, anna.id)
    assert found(turn, timo.id) == [rows[1].id]


def test_a_mailbox_that_somebody_looks_after_is_nobodys_no_more(
    turn: Turn, people: list[Member], rows: list[Conversation]
) -> None:
    turn.session.add(MemberAccount(account_id=rows[0].account_id, member_id=people[1].id))

    assert found(turn, 0) == []
    assert len(found(turn, people[1].id)) == 4


def test_ones_own_come_by_the_nearer_of_deadline_and_day_asked_for(
    turn: Turn, people: list[Member], rows: list[Conversation]
) -> None:
    anna = people[0]
    for row in rows:
        row.due_at = None
    rows[0].due_at = NOW + timedelta(hours=5)
    give(turn, rows[0], anna)
    give(turn, rows[1], anna, NOW + timedelta(days=3))
    give(turn, rows[2], anna)
    rows[3].due_at = NOW + timedelta(hours=6)
    give(turn, rows[3], anna, NOW + timedelta(hours=1))

    assert found(turn, anna.id) == [rows[3].id, rows[0].id, rows[1].id, rows[2].id]


def test_a_day_asked_for_is_over_once_it_was_answered_or_closed(
    turn: Turn, people: list[Member], rows: list[Conversation]
) -> None:
    due_at = NOW + timedelta(days=2)
    for row in rows[:3]:
        give(turn, row, people[0], due_at)
    later = replace(turn, now=NOW + timedelta(hours=2))
    intake.take_in(
        later,
        [answer("a@kunde0.example", thread="t0", at=NOW + timedelta(hours=1))],
        rows[0].account_id,
        Judge(keys.book(turn)),
    )
    rows[1].state = ConversationState.ARCHIVIERT
    turn.session.flush()

    found = turn.session.execute(select(Conversation.id, assignments.tightest()))
    tightest = {row[0]: row[1] for row in found}

    assert [assignments.due(row) for row in rows] == [None, None, due_at, None]
    assert tightest[rows[0].id] is None
    assert tightest[rows[1].id] == rows[1].due_at
    assert tightest[rows[2].id] == min(due_at, rows[2].due_at or due_at)


def test_only_what_is_in_reach_is_named_again(turn: Turn, people: list[Member], rows: list[Conversation]) -> None:
    mine = replace(turn, actor=Actor(people[0].id, "Anna Beck", Role.MITARBEITER, frozenset()))

    assert assignments.reached(mine, [rows[0].id]) == []
    assert assignments.reached(turn, [rows[0].id, 999]) == [rows[0]]
    assert assignments.reached(turn, []) == []


def test_the_history_says_who_did_what_when(turn: Turn, people: list[Member], rows: list[Conversation]) -> None:
    anna, timo = people
    assign.hand_over(acting(turn, anna), Chosen((rows[0].id,)), timo.id)
    assign.give_back(acting(turn, timo), Chosen((rows[0].id,)))
    turn.session.flush()

    history = latest.history(turn, rows[0].id)

    assert [(one.who, one.what, one.at) for one in history] == [
        ("Timo Roth", "Zuweisung aufgehoben", NOW),
        ("Anna Beck", "an Timo Roth übergeben", NOW),
    ]


@pytest.mark.parametrize(
    ("hours", "says"), [(1, "10:00 Uhr"), (24, "gestern, 10:00 Uhr"), (72, "18.11.2026, 10:00 Uhr")]
)
def test_the_last_word_says_when_as_people_do(
    turn: Turn, people: list[Member], rows: list[Conversation], hours: int, says: str
) -> None:
    assign.take(acting(turn, people[0]), Chosen((rows[0].id,)))

    later = replace(acting(turn, people[1]), now=NOW + timedelta(hours=hours))

    assert latest.word(later, rows[0]) == f"Anna Beck war schneller: übernommen ({says})."


def test_without_any_word_it_only_says_that_something_changed(turn: Turn, rows: list[Conversation]) -> None:
    assert latest.word(turn, rows[0]) == "Diese Konversation hat sich inzwischen geändert."
