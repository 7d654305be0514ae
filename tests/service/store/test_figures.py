"""Figures: definitions, borders and the group rule."""

import random
from datetime import datetime, timedelta

import pytest

from models.account import Account
from models.clock_event import ClockEvent
from models.terms import Category, Channel, ClockKind, ConversationState
from service.domain import kpi
from service.domain.kpi import State
from service.store import figures, snapshots
from service.store import settings as firm_settings
from service.store.figures import Scope
from tests.service.store.firm import NOW, WEEK, Firm, some_traffic

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def tile(turn, key: str, scope: Scope = figures.WHOLE_FIRM) -> kpi.Reading:
    return next(reading for reading in figures.tiles(turn, scope) if reading.key == key)


def test_an_empty_firm_has_no_data_and_nothing_to_do(firm):
    with firm.turn() as turn:
        found = {reading.key: (reading.value, reading.state) for reading in figures.tiles(turn)}

    assert found == {
        "whatsapp_unanswered": (0, State.IM_ZIEL),
        "quote": (None, State.KEINE_DATEN),
        "unclassified": (0, State.IM_ZIEL),
        "old_open": (0, State.IM_ZIEL),
        "unhandled": (0, State.IM_ZIEL),
        "reaction": (None, State.KEINE_DATEN),
    }


def test_one_chat_past_its_deadline_is_missed_and_the_open_ones_stand_beside_it(firm):
    with firm.turn() as turn:
        box = firm.account(turn, Channel.WHATSAPP)
        late = firm.conversation(turn, box, NOW - timedelta(days=1))
        firm.conversation(turn, box, NOW - timedelta(minutes=30))
        firm.conversation(turn, box, NOW - timedelta(days=2), state=ConversationState.ARCHIVIERT)
        firm.conversation(turn, firm.account(turn), NOW - timedelta(days=9))

        reading = tile(turn, "whatsapp_unanswered")

        assert (reading.value, reading.state) == (1, State.VERFEHLT)
        assert reading.facts == {"waiting": 2, "breached": 1, "oldest_minutes": 1440}
        assert figures.rows(turn, reading.key, Scope()) == (late.id,)


def test_an_exact_hit_at_closing_time_is_not_late_over_night(firm):
    asked = datetime.fromisoformat("2026-11-19T13:00:00+01:00")
    with firm.turn(datetime.fromisoformat("2026-11-19T21:00:00+01:00")) as evening:
        firm.conversation(evening, firm.account(evening, Channel.WHATSAPP), asked)
        at_night = tile(evening, "whatsapp_unanswered").value
    with firm.turn(datetime.fromisoformat("2026-11-20T08:00:01+01:00")) as morning:
        after_opening = tile(morning, "whatsapp_unanswered").value

    assert (at_night, after_opening) == (0, 1)


@pytest.mark.unmeasured
@pytest.mark.parametrize(("final", "state"), [(95, State.KNAPP), (96, State.IM_ZIEL), (89, State.VERFEHLT)])
def test_exactly_95_percent_is_not_over_95_percent(firm, final, state):
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))
        for number in range(100):
            firm.message(turn, one, NOW, Category.KUNDE if number < final else None)

        reading = tile(turn, "quote")

        assert (reading.value, reading.state) == (final, state)
        assert reading.facts == {"messages": 100, "final": final, "missing": 100 - final}


def test_the_quote_covers_seven_local_days(firm):
    first = datetime.fromisoformat("2026-11-14T00:00:00+01:00")
    with firm.turn() as turn:
        box = firm.account(turn)
        inside, outside = firm.conversation(turn, box), firm.conversation(turn, box)
        firm.message(turn, inside, first)
        firm.message(turn, outside, first - MICROSECOND)

        reading = tile(turn, "quote")

        assert reading.facts["messages"] == 1
        assert figures.rows(turn, "quote", Scope()) == (inside.id,)


@pytest.mark.parametrize(("count", "met"), [(9, True), (10, False)])
def test_unclassified_conversations_are_good_below_ten(firm, count, met):
    with firm.turn() as turn:
        box = firm.account(turn)
        for _ in range(count):
            firm.conversation(turn, box, unclassified=2)
        firm.conversation(turn, box, unclassified=0)

        reading = tile(turn, "unclassified")

        assert (reading.value, reading.met, reading.facts) == (count, met, {"messages": 2 * count})


@pytest.mark.parametrize(("count", "met"), [(19, True), (20, False)])
def test_old_open_conversations_are_good_below_twenty(firm, count, met):
    with firm.turn() as turn:
        box = firm.account(turn)
        for _ in range(count):
            firm.conversation(turn, box, NOW - WEEK - MICROSECOND)

        assert (tile(turn, "old_open").value, tile(turn, "old_open").met) == (count, met)


def test_exactly_seven_days_are_not_older(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        firm.conversation(turn, box, NOW - WEEK)
        firm.conversation(turn, box, unclassified=1, last_inbound_at=NOW - WEEK)
        waiting = firm.conversation(turn, box, NOW - WEEK - MICROSECOND)
        unclear = firm.conversation(turn, box, unclassified=1, last_inbound_at=NOW - WEEK - MICROSECOND)
        firm.conversation(turn, box, unclassified=1, last_inbound_at=NOW - 2 * WEEK, state=ConversationState.ERLEDIGT)
        firm.conversation(turn, box, last_inbound_at=NOW - 2 * WEEK)

        assert set(figures.rows(turn, "old_open", Scope())) == {waiting.id, unclear.id}


@pytest.mark.parametrize(("count", "met"), [(9, True), (10, False)])
def test_unhandled_mails_are_good_below_ten(firm, count, met):
    with firm.turn() as turn:
        box = firm.account(turn)
        for _ in range(count):
            firm.conversation(turn, box, NOW - timedelta(hours=1))
        firm.conversation(turn, box, NOW - timedelta(hours=1), state=ConversationState.ARCHIVIERT)
        firm.conversation(turn, box)
        firm.conversation(turn, firm.account(turn, Channel.WHATSAPP), NOW - timedelta(hours=1))

        assert (tile(turn, "unhandled").value, tile(turn, "unhandled").met) == (count, met)


def test_reaction_shows_mean_median_p90_share_and_what_still_waits(firm):
    start = datetime.fromisoformat("2026-11-18T08:00:00+01:00")
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))
        for hours in (1, 2, 3, 4, 5, 6, 7, 8, 9, 35):
            firm.answer(turn, one, start, start + timedelta(hours=hours))
        firm.conversation(turn, one.account_id, start)

        reading = tile(turn, "reaction")

        assert (reading.value, reading.target, reading.state) == (480, 1440, State.IM_ZIEL)
        shown = {
            name: reading.facts[f"mail_{name}"]
            for name in ("answers", "mean", "median", "p90", "share", "limit", "waiting")
        }
        assert shown == {
            "answers": 10,
            "mean": 480,
            "median": 300,
            "p90": 540,
            "share": 90,
            "limit": 1440,
            "waiting": 1,
        }
        assert reading.facts["mail_p90_open"] == 35 * 60
        assert reading.facts["chat_answers"] == 0
        assert figures.rows(turn, "reaction", Scope()) == (one.id,)


def test_slow_chats_miss_the_reaction_target_even_when_mail_keeps_it(firm):
    start = datetime.fromisoformat("2026-11-18T08:00:00+01:00")
    with firm.turn() as turn:
        mail = firm.conversation(turn, firm.account(turn))
        chat = firm.conversation(turn, firm.account(turn, Channel.WHATSAPP))
        firm.answer(turn, mail, start, start + timedelta(hours=1))
        firm.answer(turn, chat, start, start + timedelta(hours=5))

        both, only_chat = tile(turn, "reaction"), tile(turn, "reaction", Scope(channel=Channel.WHATSAPP))

        assert (both.value, both.met) == (60, False)
        assert (only_chat.value, only_chat.target, only_chat.met) == (300, 240, False)
        assert "mail_mean" not in only_chat.facts


def test_the_firms_own_targets_hold(firm):
    with firm.turn() as turn:
        firm.conversation(turn, firm.account(turn), unclassified=1)
        firm_settings.put(turn, firm_settings.KPI_TARGETS, {"unclassified": 1})

        assert (tile(turn, "unclassified").target, tile(turn, "unclassified").met) == (1, False)


def test_trends_end_with_the_present_value(firm):
    with firm.turn() as turn:
        some_traffic(firm, turn, random.Random(5), [firm.account(turn), firm.account(turn, Channel.WHATSAPP)])

        found = {reading.key: reading for reading in figures.tiles(turn)}

        assert all(len(reading.trend) == 8 and reading.trend_text for reading in found.values())
        assert found["quote"].trend[-1].value == found["quote"].value
        assert found["unhandled"].trend[-1].value == found["unhandled"].value
        assert found["quote"].trend[-1].at == "2026-11-14"


def test_the_past_is_counted_from_events(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        one = firm.conversation(turn, box)
        firm.answer(turn, one, NOW - 4 * WEEK, NOW - WEEK - timedelta(hours=1))
        ended = firm.conversation(turn, box)
        turn.session.add(
            ClockEvent(
                conversation_id=ended.id,
                account_id=box,
                channel=Channel.EMAIL,
                kind=ClockKind.ENDE_OHNE_ANTWORT,
                at=NOW - WEEK + timedelta(hours=13),
                started_at=NOW - 2 * WEEK,
            )
        )
        turn.session.flush()
        snapshots.fill(turn)

        waiting = [point.value for point in tile(turn, "unhandled").trend]
        old = [point.value for point in tile(turn, "old_open").trend]

        assert waiting == [0, 0, 0, 1, 1, 2, 1, 0]
        assert old == [0, 0, 0, 0, 1, 1, 1, 0]


def test_the_trend_of_old_ones_ends_with_what_it_counts_before(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        firm.conversation(turn, box, NOW - 2 * WEEK)
        firm.conversation(turn, box, unclassified=1, last_inbound_at=NOW - 2 * WEEK)
        snapshots.fill(turn)

        found = tile(turn, "old_open")

        assert (found.value, [point.value for point in found.trend[-3:]]) == (2, [0, 1, 1])


def test_next_deadlines_come_in_order_with_late_ones_first(firm):
    with firm.turn() as turn:
        box = firm.account(turn, Channel.WHATSAPP)
        soon = firm.conversation(turn, box, NOW - timedelta(minutes=5))
        late = firm.conversation(turn, box, NOW - timedelta(days=1), category=Category.KUNDE)
        firm.conversation(turn, box, NOW - timedelta(minutes=1))

        found = figures.next_deadlines(turn, limit=2)

        assert [(d.conversation_id, d.breached) for d in found] == [(late.id, True), (soon.id, False)]
        assert found[0].account == turn.session.get_one(Account, box).name
        assert found[0].category is Category.KUNDE


def test_figures_of_a_channel_leave_the_other_out(firm):
    with firm.turn() as turn:
        mail = firm.conversation(turn, firm.account(turn), unclassified=1)
        chat = firm.conversation(turn, firm.account(turn, Channel.WHATSAPP), unclassified=1)
        firm.message(turn, mail, NOW)
        firm.message(turn, chat, NOW)
        scope = Scope(channel=Channel.WHATSAPP)

        assert tile(turn, "unclassified", scope).value == 1
        assert tile(turn, "quote", scope).facts["messages"] == 1
        assert figures.rows(turn, "quote", scope) == (chat.id,)
        assert sum(map(sum, figures.hours_heat(turn, scope))) == 1
        assert tile(turn, "unhandled", scope).value == 0
