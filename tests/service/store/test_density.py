"""How rows of a figure are looked for: walking back from now finds what looking all of them up finds."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.message import Conversation
from models.terms import Category, Channel
from service.domain import kpi
from service.store import behind, density, listing
from service.store.listing import Filter
from service.store.paging import Page
from service.store.scope import Scope, frame
from tests.service.store.firm import NOW, Firm, some_traffic


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def test_walking_back_finds_the_same_rows_of_every_figure(firm):
    with firm.turn() as turn:
        boxes = [firm.account(turn), firm.account(turn, Channel.WHATSAPP)]
        some_traffic(firm, turn, random.Random(7), boxes, 40)
        scopes = (Scope(), Scope(channel=Channel.WHATSAPP, days=90), Scope(tuple(boxes[:1]), category=Category.KUNDE))

        for figure in kpi.EVERY:
            for at in (frame(turn, scope) for scope in scopes):
                near, all_of_them = (
                    set(turn.session.scalars(select(Conversation.id).where(*behind.conditions(at, figure.key, near=n))))
                    for n in (True, False)
                )

                assert near == all_of_them, (figure.key, at.scope)


def test_a_list_shows_the_same_page_and_number_however_its_rows_are_looked_for(firm, monkeypatch):
    wanted = [Filter(kpi=key) for key in ("quote", "inbound_hour", "chat_volume", "unhandled")]
    with firm.turn() as turn:
        some_traffic(firm, turn, random.Random(9), [firm.account(turn), firm.account(turn, Channel.WHATSAPP)], 40)
        before = [listing.counted(turn, one) for one in wanted]
    monkeypatch.setattr(density, "LONG", 0)
    with firm.turn(NOW + timedelta(minutes=1)) as turn:
        after = [listing.counted(turn, one) for one in wanted]

        assert [density.is_long(turn, one.kpi, one.scope) for one in wanted] == [True, True, True, False]
    assert [_numbers(*one) for one in after] == [_numbers(*one) for one in before]
    assert all(0 < number == len(page.rows) for page, number in after)


def _numbers(page: Page, number: int) -> tuple[list[int], int]:
    return [row.id for row in page.rows], number


def test_a_dense_figure_is_known_for_an_hour_and_a_thin_one_for_a_minute(firm, monkeypatch):
    monkeypatch.setattr(density, "LONG", 2)

    def dense(minutes: int) -> bool:
        with firm.turn(NOW + timedelta(minutes=minutes)) as turn:
            return density.is_long(turn, "inbound_hour", Scope())

    with firm.turn() as turn:
        box = firm.account(turn)
    assert not dense(0)
    with firm.turn() as turn:
        for hours in range(3):
            firm.message(turn, firm.conversation(turn, box), NOW - timedelta(hours=hours))

    assert not dense(0)
    assert dense(1)
    monkeypatch.setattr(density, "LONG", 5)
    assert dense(60)
    assert not dense(61)


def test_what_lies_in_the_past_and_what_stands_now_is_never_walked_to(firm, monkeypatch):
    monkeypatch.setattr(density, "LONG", -1)
    past = Scope(until=(NOW - timedelta(days=2)).date())

    with firm.turn() as turn:
        found = [density.is_long(turn, *asked) for asked in (("inbound_hour", past), ("unhandled", Scope()))]
        nothing = density.is_long(turn, "", Scope())

        assert found == [False, False]
        assert not nothing
