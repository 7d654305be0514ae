"""Packed histograms and the filter that opens the rows of a figure."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from models.terms import Category, Channel
from service.domain import histogram, kpi
from service.domain.reading import Rows

PLACES = st.builds(histogram.place, st.sampled_from(histogram.CLASSES), st.integers(0, 5_000))
COUNTS = st.dictionaries(PLACES, st.integers(1, 10_000), max_size=30)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(COUNTS, COUNTS)
def test_what_is_packed_comes_back_and_sums_are_those_of_the_parts(one, other):
    packed = [histogram.pack(one), histogram.pack(other)]

    whole = histogram.unpack(packed)

    assert histogram.unpack(packed[:1]) == one
    assert whole == {key: one.get(key, 0) + other.get(key, 0) for key in one | other}
    assert sum(histogram.buckets(packed).values()) == sum(whole.values())
    assert sum(sum(histogram.buckets(packed, name).values()) for name in histogram.CLASSES) == sum(whole.values())


def test_copies_count_under_their_mailbox_and_not_for_the_firm():
    own, copied = histogram.place("Kunde", 9), histogram.place("Kunde", 9, copied=True)
    packed = histogram.pack({own: 3, copied: 1, histogram.place("", 0): 0})

    assert histogram.buckets([packed]) == {9: 3}
    assert histogram.buckets([histogram.without_copies([packed])]) == {9: 2}
    assert histogram.buckets([]) == {}


def test_rows_name_everything_that_narrows_them():
    rows = Rows("quote", Channel.EMAIL, (1, 2), 3, Category.KUNDE, 31, "2026-10-31")

    assert rows.query == {
        "kennzahl": "quote",
        "kanal": "E-Mail",
        "postfach": "1,2",
        "team": "3",
        "klasse": "Kunde",
        "bis": "2026-10-31",
        "tage": "31",
    }
    assert Rows("quote").query == {"kennzahl": "quote"}


def test_a_change_is_only_told_where_both_periods_have_a_value():
    since, until = date(2026, 10, 1), date(2026, 10, 31)

    assert kpi.compare(5, 3, since, until).change == 2
    assert kpi.compare(None, 3, since, until).change is None
    assert kpi.compare(5, None, since, until).change is None
