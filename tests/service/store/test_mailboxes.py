"""The group rule: small mailboxes show what is open, and say why averages are missing."""

from datetime import timedelta

import pytest

from models.terms import Category, Channel
from service.domain import kpi, protection
from service.domain.kpi import State
from service.store import figures
from service.store.figures import Scope
from tests.service.store.firm import NOW, Firm


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def test_a_small_mailbox_shows_open_items_and_deadlines_but_no_averages_or_shares(firm):
    with firm.turn() as turn:
        small = firm.account(turn, people=4)
        one = firm.conversation(turn, small, NOW - timedelta(days=9), unclassified=1)
        firm.message(turn, one, NOW - timedelta(days=1), Category.KUNDE)
        firm.answer(turn, one, NOW - timedelta(days=2), NOW - timedelta(days=1))
        scope = Scope((small,))

        found = {reading.key: reading for reading in figures.tiles(turn, scope)}

        assert {key for key, reading in found.items() if reading.withheld} == {"quote", "reaction"}
        assert (found["quote"].value, found["reaction"].value) == (None, None)
        assert found["quote"].facts == {}
        assert set(found["reaction"].facts) == {
            f"{channel}_{name}" for channel in ("mail", "chat") for name in ("waiting", "oldest_minutes", "breached")
        }
        assert (found["unhandled"].value, found["unclassified"].value, found["old_open"].value) == (1, 1, 1)
        assert all(reading.trend == () for reading in found.values())
        assert figures.reaction_days(turn, scope) == ()
        assert figures.whatsapp_spread(turn, scope).withheld == kpi.WITHHELD
        assert [d.conversation_id for d in figures.next_deadlines(turn, scope)] == [one.id]


def test_one_small_mailbox_in_a_choice_withholds_but_the_whole_firm_is_always_shown(firm):
    with firm.turn() as turn:
        small, large, larger = (firm.account(turn, people=people) for people in (4, 5, 6))

        assert figures.withheld(turn, Scope((small, large))) == kpi.WITHHELD
        assert figures.withheld(turn, Scope((larger,))) == ""
        assert figures.withheld(turn, Scope()) == ""


def test_the_smallest_large_mailbox_is_not_shown_alone_when_the_firm_without_it_were_a_small_group(firm):
    with firm.turn() as turn:
        small, large, larger = (firm.account(turn, people=people) for people in (4, 5, 6))

        assert figures.withheld(turn, Scope((large,))) == protection.MIXED
        assert figures.withheld(turn, Scope((large, larger))) == protection.MIXED
        assert {row.account_id: row.withheld for row in figures.mailbox_rows(turn)} == {
            small: kpi.WITHHELD,
            large: protection.MIXED,
            larger: "",
        }


def test_each_mailbox_has_its_row_and_small_ones_say_why_averages_are_missing(firm):
    with firm.turn() as turn:
        large, small, chat, quiet = (
            firm.account(turn),
            firm.account(turn, people=1),
            firm.account(turn, Channel.WHATSAPP),
            firm.account(turn),
        )
        for box in (large, small):
            one = firm.conversation(turn, box, NOW - timedelta(hours=2), unclassified=1)
            firm.message(turn, one, NOW, Category.KUNDE)
            firm.answer(turn, one, NOW - timedelta(hours=1), NOW)
        firm.conversation(turn, chat, NOW - timedelta(days=3))

        rows = {row.account_id: row for row in figures.mailbox_rows(turn)}

        assert (rows[large].quote, rows[large].mean, rows[large].withheld) == (100, 60, "")
        assert (rows[small].quote, rows[small].mean, rows[small].withheld) == (None, None, kpi.WITHHELD)
        assert (rows[small].waiting, rows[small].unclassified) == (1, 1)
        assert (rows[chat].breached, rows[chat].oldest_since, rows[chat].state) == (
            1,
            NOW - timedelta(days=3),
            State.VERFEHLT,
        )
        assert (rows[quiet].waiting, rows[quiet].quote, rows[quiet].state) == (0, None, State.KEINE_DATEN)
        assert [row.account_id for row in figures.mailbox_rows(turn, Scope((small, chat), Channel.WHATSAPP))] == [chat]
