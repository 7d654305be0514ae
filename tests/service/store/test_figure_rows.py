"""Rows behind figures: every number opens exactly its rows, page by page without gaps."""

import random
from datetime import timedelta

import pytest

from models.terms import Channel
from service.domain import kpi
from service.store import figures
from service.store.figures import Scope
from tests.service.store.firm import NOW, Firm, some_traffic


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", range(4))
def test_every_number_opens_exactly_its_rows(firm, seed):
    rng = random.Random(seed)
    with firm.turn() as turn:
        boxes = [firm.account(turn), firm.account(turn), firm.account(turn, Channel.WHATSAPP)]
        some_traffic(firm, turn, rng, boxes, 40)
        scopes = [
            Scope(),
            Scope(channel=Channel.WHATSAPP),
            Scope(tuple(boxes[:1])),
            Scope(tuple(boxes[1:]), Channel.EMAIL, 7),
        ]

        for scope in scopes:
            for reading in figures.tiles(turn, scope):
                opened = figures.rows(turn, reading.key, scope, limit=1000)
                assert len(set(opened)) == len(opened) == figures.count(turn, reading.key, scope)
                if reading.unit is kpi.Unit.ANZAHL:
                    assert reading.value == len(opened) == reading.rows_count
                assert reading.rows == kpi.Rows(reading.key, scope.channel, scope.account_ids, days=scope.days)


def test_pages_of_rows_follow_each_other_without_gaps(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        for hours in range(7):
            firm.conversation(turn, box, NOW - timedelta(hours=hours))

        pages = [figures.rows(turn, "unhandled", Scope(), limit=3, offset=start) for start in (0, 3, 6, 9)]

        assert [len(page) for page in pages] == [3, 3, 1, 0]
        assert sum(pages, ()) == figures.rows(turn, "unhandled", Scope())


def test_an_unknown_figure_has_no_rows(firm):
    with firm.turn() as turn, pytest.raises(KeyError):
        figures.rows(turn, "guessed", Scope())
