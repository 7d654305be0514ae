"""Who has which row open: one row a member, a minute long, only as far as one may see."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.duty import Presence
from models.message import Conversation
from models.staff import Member
from models.terms import Channel, Role
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, keys, presence, staff
from service.store.accounts import Facts
from service.turn import Actor, Turn
from tests.factories import OWN, mail


@pytest.fixture
def rows(turn: Turn) -> list[Conversation]:
    box = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("info@"))
    intake.take_in(turn, [mail(thread="a"), mail(thread="b")], box.id, Judge(keys.book(turn)))
    return list(turn.session.scalars(select(Conversation).order_by(Conversation.id)))


@pytest.fixture
def people(turn: Turn) -> list[Member]:
    return [staff.add(turn, name, Role.MITARBEITER) for name in ("Anna Beck", "Timo Roth", "Lea Voss")]


def seen_by(turn: Turn, who: Member, reach: frozenset[int] | None = None) -> dict[int, tuple[str, ...]]:
    return presence.others(replace(turn, actor=Actor(who.id, who.name, who.role, reach)))


def test_others_see_who_has_a_row_open_and_one_does_not_see_oneself(
    turn: Turn, rows: list[Conversation], people: list[Member]
) -> None:
    anna, timo, lea = people
    presence.see(turn, timo.id, rows[0].id)
    presence.see(turn, anna.id, rows[0].id)

    assert seen_by(turn, lea) == {rows[0].id: ("Anna Beck", "Timo Roth")}
    assert seen_by(turn, anna) == {rows[0].id: ("Timo Roth",)}


def test_going_on_to_another_row_leaves_the_first(turn: Turn, rows: list[Conversation], people: list[Member]) -> None:
    anna, timo, _ = people
    for row in (rows[0], rows[0], rows[1]):
        presence.see(turn, anna.id, row.id)

    assert seen_by(turn, timo) == {rows[1].id: ("Anna Beck",)}
    assert turn.session.scalar(select(func.count()).select_from(Presence)) == 1


def test_it_ends_after_a_minute_without_a_new_sign(turn: Turn, rows: list[Conversation], people: list[Member]) -> None:
    anna, timo, _ = people
    presence.see(turn, anna.id, rows[0].id)
    almost, over = (replace(turn, now=turn.now + timedelta(seconds=s)) for s in (59, 60))

    assert seen_by(almost, timo) == {rows[0].id: ("Anna Beck",)}
    assert seen_by(over, timo) == {}


def test_rows_out_of_reach_are_not_named(turn: Turn, rows: list[Conversation], people: list[Member]) -> None:
    anna, timo, _ = people
    presence.see(turn, anna.id, rows[0].id)

    assert seen_by(turn, timo, frozenset()) == {}
    assert seen_by(turn, timo, frozenset({rows[0].account_id})) == {rows[0].id: ("Anna Beck",)}


def test_what_is_old_is_swept(turn: Turn, rows: list[Conversation], people: list[Member]) -> None:
    presence.see(turn, people[0].id, rows[0].id)
    presence.see(replace(turn, now=turn.now + timedelta(days=2)), people[1].id, rows[0].id)

    presence.sweep(turn, turn.now + timedelta(days=1))

    assert turn.session.scalars(select(Presence.member_id)).all() == [people[1].id]
