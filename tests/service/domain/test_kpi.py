"""Key figures: borders, states, percentiles."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.terms import Channel
from service.domain import histogram, kpi
from service.domain.curve import Curve
from service.domain.kpi import State


@pytest.mark.parametrize(
    ("figure", "value", "state"),
    [
        (kpi.WHATSAPP_UNANSWERED, 0, State.IM_ZIEL),
        (kpi.WHATSAPP_UNANSWERED, 1, State.VERFEHLT),
        (kpi.QUOTE, 95.1, State.IM_ZIEL),
        (kpi.QUOTE, 95.0, State.KNAPP),
        (kpi.QUOTE, 90.0, State.KNAPP),
        (kpi.QUOTE, 89.9, State.VERFEHLT),
        (kpi.QUOTE, None, State.KEINE_DATEN),
        (kpi.UNCLASSIFIED, 9, State.IM_ZIEL),
        (kpi.UNCLASSIFIED, 10, State.VERFEHLT),
        (kpi.OLD_OPEN, 19, State.IM_ZIEL),
        (kpi.OLD_OPEN, 20, State.VERFEHLT),
        (kpi.UNHANDLED, 9, State.IM_ZIEL),
        (kpi.UNHANDLED, 10, State.VERFEHLT),
        (kpi.REACTION, 1439.9, State.IM_ZIEL),
        (kpi.REACTION, 1440, State.VERFEHLT),
        (kpi.MAIL_REACTION, 1439.9, State.IM_ZIEL),
        (kpi.MAIL_REACTION, 1440, State.VERFEHLT),
        (kpi.CHAT_REACTION, 239.9, State.IM_ZIEL),
        (kpi.CHAT_REACTION, 240, State.VERFEHLT),
        (kpi.RESOLVED, 100, State.OHNE_ZIEL),
        (kpi.CORRECTION, None, State.KEINE_DATEN),
    ],
)
def test_borders_are_where_the_targets_say(figure, value, state):
    reading = kpi.read(figure, value)

    assert reading.state is state
    known = {State.IM_ZIEL: True, State.KEINE_DATEN: None, State.OHNE_ZIEL: None}
    assert reading.met is known.get(state, False)


def test_the_firms_own_target_replaces_the_shipped_one():
    reading = kpi.read(kpi.UNCLASSIFIED, 12, 15)

    assert (reading.target, reading.met) == (15, True)


def test_every_figure_has_a_formula_and_is_found_by_its_key():
    assert [figure.key for figure in kpi.TILES] == [
        "whatsapp_unanswered",
        "quote",
        "unclassified",
        "old_open",
        "unhandled",
        "reaction",
    ]
    assert all(figure.formula.endswith(".") and kpi.find(figure.key) is figure for figure in kpi.EVERY)
    assert len({figure.key for figure in kpi.EVERY}) == len(kpi.EVERY) == len(kpi.CATALOGUE) + 1
    with pytest.raises(KeyError):
        kpi.find("guessed")


def test_the_filter_behind_a_figure_becomes_query_parameters():
    everything = kpi.Rows("quote")
    narrow = kpi.Rows("quote", Channel.WHATSAPP, (3, 4))

    assert everything.query == {"kennzahl": "quote"}
    assert narrow.query == {"kennzahl": "quote", "kanal": "WhatsApp", "postfach": "3,4"}


def test_an_empty_week_is_no_zero_percent():
    assert kpi.share(0, 0) is None
    assert kpi.share(19, 20) == 95.0


def test_exactly_seven_days_are_not_older():
    now = datetime(2026, 11, 21, tzinfo=UTC)

    assert not kpi.is_old(now - timedelta(days=7), now)
    assert kpi.is_old(now - timedelta(days=7, microseconds=1), now)


@pytest.mark.parametrize(
    ("seconds", "bucket", "minutes"),
    [
        (-5, 0, 0),
        (0, 0, 0),
        (1, 1, 1),
        (60, 1, 1),
        (900, 15, 15),
        (901, 16, 16),
        (48 * 3600, 2880, 2880),
        (48 * 3600 + 1, 2881, 2940),
        (49 * 3600, 2881, 2940),
        (49 * 3600 + 1, 2882, 3000),
    ],
)
def test_buckets_are_minutes_up_to_48_hours_and_hours_beyond(seconds, bucket, minutes):
    assert kpi.bucket(seconds) == bucket
    assert kpi.bucket_minutes(bucket) == minutes


def test_percentiles_are_values_that_occurred():
    times = _curve({5: 5, 10: 4, 2881: 1})

    assert kpi.percentile(times, 50) == 5
    assert kpi.percentile(times, 90) == 10
    assert kpi.percentile(times, 100) == 2940
    assert kpi.percentile(_curve({}), 50) is None
    assert kpi.percentile(_curve({7: 1}), 0) == 7


def test_a_curve_says_how_many_lie_up_to_a_bucket():
    times, nothing = _curve({5: 5, 10: 4, 2881: 1}), _curve({})

    assert [times.within(bucket) for bucket in (4, 5, 9, 10, 5_000)] == [0, 5, 5, 9, 10]
    assert (times.total, times.last) == (10, 2881)
    assert (nothing.total, nothing.last, nothing.within(5)) == (0, 0, 0)


def test_the_curve_of_a_day_is_that_of_what_it_is_made_of():
    one = histogram.pack({histogram.place("Kunde", 5): 2, histogram.place("", 7): 1})

    assert histogram.curve_of_day((one, one)).total == 6
    assert histogram.curve_of_day((one,), "Kunde").total == 2
    assert histogram.curve_of_day((one,), "Kunde") is histogram.curve_of_day((bytes(bytearray(one)),), "Kunde")


def _curve(counts: dict[int, int]) -> Curve:
    return histogram.curve([histogram.pack({histogram.place("Kunde", bucket): n for bucket, n in counts.items()})])


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_not_exceeded_by_its_share(seconds, percent):
    value = kpi.percentile(_curve(Counter(map(kpi.bucket, seconds))), percent)

    assert value is not None
    assert 100 * sum(s <= value * 60 for s in seconds) >= percent * len(seconds)


def test_what_is_missed_by_little_moves_with_the_firms_own_target():
    near = kpi.read(kpi.QUOTE, 81.0, 85)
    far = kpi.read(kpi.QUOTE, 79.0, 85)

    assert (near.state, far.state) == (State.KNAPP, State.VERFEHLT)
