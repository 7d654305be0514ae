"""Counts: signed deltas and the recount agree, on SQLite and where it is named on PostgreSQL."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from models.clock_event import ClockEvent
from models.message import Message
from models.tally import Histogram, Tally
from models.terms import Category, ClockKind, Direction
from service.domain import histogram
from service.store import settings as firm_settings
from service.store import sheets, sums, tallies
from service.store.tallies import Delta
from tests.service.store.firm import NOW, Firm, make, some_traffic


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def stored(turn) -> dict:
    turn.session.expire_all()
    return {(t.day, t.account_id, t.category): t for t in turn.session.scalars(select(Tally))}


def ended_instead(turn, event: ClockEvent) -> Delta:
    """Add that closing ended this window, in the place of the answer; return what that counts."""
    names = ("conversation_id", "account_id", "channel", "at", "started_at", "open_s", "wall_s", "in_goal", "category")
    ended = ClockEvent(kind=ClockKind.ENDE_OHNE_ANTWORT, **{name: getattr(event, name) for name in names})
    turn.session.delete(event)
    turn.session.add(ended)
    turn.session.flush()
    found = tallies.of_event(ended)
    assert found is not None
    return found


def spread(turn, kind: str) -> dict:
    rows = turn.session.execute(
        select(Histogram.day, Histogram.account_id, Histogram.counts).where(Histogram.kind == kind)
    )
    found = {(day, account_id): histogram.buckets([packed]) for day, account_id, packed in rows}
    return {key: counts for key, counts in found.items() if counts}


def test_the_model_alone_names_the_counts_and_pages_read_them_in_its_order():
    assert list(sums.Work._fields) == list(sheets.WORK.counts)
    assert set(sums.Sum._fields) <= set(sheets.TALLY.counts)


def test_deltas_of_one_key_add_up_to_one_row(firm):
    with firm.turn() as turn:
        box = firm.account(turn)

        tallies.apply(
            turn,
            [
                Delta("2026-11-20", box, "", {"received": 1}, hour=9),
                Delta("2026-11-20", box, "", {"received": 2}, hour=9),
            ],
        )
        tallies.apply(
            turn,
            [
                Delta("2026-11-20", box, "", {"received": -1}),
                Delta("2026-11-20", box, "Kunde", {"received": 1, "final": 1}),
            ],
        )

        rows = stored(turn)
        assert rows["2026-11-20", box, ""].received == 2
        assert rows["2026-11-20", box, "Kunde"].final == 1
        assert spread(turn, "hour") == {("2026-11-20", box): {9: 3}}


def test_no_deltas_write_nothing(firm):
    with firm.turn() as turn:
        box = firm.account(turn)

        tallies.apply(turn, [])
        tallies.apply(
            turn, [Delta("2026-11-20", box, "", {"received": 1}), Delta("2026-11-20", box, "", {"received": -1})]
        )

        assert stored(turn) == {}


def test_more_rows_than_one_statement_takes_are_all_written(firm):
    with firm.turn() as turn:
        box = firm.account(turn)

        tallies.apply(turn, (Delta(f"2026-11-20/{n}", box, "", {"received": 1}) for n in range(1203)))

        assert len(stored(turn)) == 1203


def test_a_message_late_in_the_evening_in_utc_counts_for_the_next_local_day():
    delta = tallies.arrived(1, Direction.EINGANG, datetime(2026, 7, 1, 22, 30, tzinfo=UTC), None)

    assert (delta.day, delta.hour, delta.counts) == ("2026-07-02", 0, {"received": 1})


def test_an_outbound_message_counts_as_sent_only():
    delta = tallies.arrived(1, Direction.AUSGANG, NOW, None)

    assert (delta.counts, delta.hour) == ({"sent": 1}, None)


def test_an_answer_counts_on_its_day_with_its_bucket(firm):
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))

        firm.answer(turn, one, NOW - timedelta(minutes=90), NOW)

        row = stored(turn)["2026-11-20", one.account_id, "Kunde"]
        assert (row.stops, row.open_seconds, row.wall_seconds, row.in_goal) == (1, 5400, 5400, 1)
        assert spread(turn, "reaction") == {("2026-11-20", one.account_id): {tallies.bucket(5400): 1}}
        assert tallies.bucket(5400) == 90


def test_times_takes_a_delta_back():
    delta = tallies.arrived(1, Direction.EINGANG, NOW, Category.KUNDE)

    back = tallies.times(delta, -1)

    assert back == delta._replace(counts={"received": -1, "final": -1})


def test_a_recount_finds_and_mends_what_is_wrong(firm):
    with firm.turn() as turn:
        some_traffic(firm, turn, random.Random(3), [firm.account(turn)], 5)
        box = firm.account(turn)
        tallies.apply(
            turn,
            [
                Delta("2026-11-20", box, "", {"received": 7}, hour=3),
                Delta("2026-11-19", box, "", {"stops": 1}, bucket=3),
            ],
        )

        found = tallies.recount(turn)

        assert {(d.table, d.column, d.stored, d.counted) for d in found} == {
            ("tally", "received", 7, 0),
            ("tally", "stops", 1, 0),
            ("histogram", "hour 3", 7, 0),
            ("histogram", "reaction 3", 1, 0),
        }
        assert tallies.recount(turn) == ()


def test_a_recount_since_a_day_leaves_earlier_days_alone(firm):
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))
        firm.message(turn, one, NOW - timedelta(days=400))
        firm.answer(turn, one, NOW - timedelta(days=401), NOW - timedelta(days=400))
        turn.session.execute(delete(Message))
        turn.session.execute(delete(ClockEvent))

        assert tallies.recount(turn, since="2026-11-01") == ()
        assert tallies.recount(turn) != ()


def test_a_recount_uses_the_zone_of_the_firm(firm):
    with firm.turn() as turn:
        firm_settings.put(
            turn, firm_settings.HOURS, {"week": {}, "land": "", "overrides": {}, "timezone": "Asia/Kathmandu"}
        )
        one = firm.conversation(turn, firm.account(turn))
        firm.message(turn, one, datetime(2026, 11, 20, 18, 16, tzinfo=UTC))

        tallies.recount(turn)

        assert spread(turn, "hour") == {("2026-11-21", one.account_id): {0: 1}}


@settings(derandomize=True, max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_after_any_sequence_of_changes_the_counts_are_those_of_a_recount(tmp_path_factory, seed):
    rng = random.Random(seed)
    firm = make(tmp_path_factory.mktemp("firm"))
    with firm.turn() as turn:
        some_traffic(firm, turn, rng, [firm.account(turn), firm.account(turn)], rng.randrange(1, 12))
        for message in turn.session.scalars(select(Message).where(Message.direction == Direction.EINGANG)):
            if rng.random() < 0.5:
                after = rng.choice([*Category, None])
                before = tallies.arrived(message.account_id, message.direction, message.received_at, message.category)
                tallies.apply(
                    turn,
                    [
                        tallies.times(before, -1),
                        tallies.arrived(message.account_id, message.direction, message.received_at, after),
                    ],
                )
                message.category = after
        for event in turn.session.scalars(select(ClockEvent)).all():
            if rng.random() < 0.3:
                tallies.apply(turn, [tallies.times(tallies.answered(event), -1)])
                turn.session.delete(event)
            elif rng.random() < 0.3:
                ended = ended_instead(turn, event)
                tallies.apply(turn, [tallies.times(tallies.answered(event), -1), ended])

        assert tallies.recount(turn) == ()
    firm.database.dispose()


def test_many_counts_at_once_are_the_same_as_one_by_one(firm):
    with firm.turn() as turn:
        box = firm.account(turn)
        days = [f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
        one = [Delta(day, box, "Kunde", {"received": 1, "final": 1}, hour=9) for day in days]

        tallies.apply(turn, one)
        tallies.apply(turn, one)

        assert {row.received for row in stored(turn).values()} == {2}
        assert len(stored(turn)) == len(days) == len(tallies.recount(turn)) // 3
