"""Business time over random calendars: laws that hold for every zone, week, holiday, override and pause."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.business_time import Calendar

instants = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.timedeltas(timedelta(0), timedelta(days=90))
spans = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda pair: pair[0] != pair[1])
days = st.lists(spans.map(lambda p: [f"{p[0] // 60:02}:{p[0] % 60:02}", f"{p[1] // 60:02}:{p[1] % 60:02}"]), max_size=3)
zones = st.sampled_from(
    ["Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]
)
calendars = st.builds(
    lambda zone, first, others, free, singles: Calendar.from_json(
        {
            "timezone": zone,
            "week": {"tue": [["09:00", "17:00"], *first], **others},
            "holidays": [day.isoformat() for day in free],
            "overrides": {day.isoformat(): hours for day, hours in singles.items()},
        }
    ),
    zones,
    days,
    st.dictionaries(st.sampled_from(["mon", "wed", "sat", "sun"]), days, max_size=3),
    st.lists(st.dates(date(2015, 1, 1), date(2035, 1, 1)), max_size=5),
    st.dictionaries(st.dates(date(2015, 1, 1), date(2035, 1, 1)), days, max_size=3),
)
pause_lists = st.lists(st.tuples(instants, st.timedeltas(timedelta(0), timedelta(days=30))), max_size=4).map(
    lambda pairs: [(start, start + length) for start, length in pairs]
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(calendars, instants, amounts, pause_lists)
def test_elapsed_undoes_add(calendar, start, amount, pauses):
    end = calendar.add(start, amount, pauses)

    assert end >= start
    assert calendar.elapsed(start, end, pauses) == amount


@settings(derandomize=True, max_examples=60, deadline=None)
@given(calendars, instants, amounts.filter(bool), pause_lists)
def test_the_end_is_the_earliest_instant(calendar, start, amount, pauses):
    end = calendar.add(start, amount, pauses)

    assert calendar.elapsed(start, end - timedelta(microseconds=1), pauses) < amount


@settings(derandomize=True, max_examples=60, deadline=None)
@given(calendars, st.tuples(instants, instants, instants).map(sorted), pause_lists)
def test_elapsed_adds_up(calendar, three, pauses):
    first, middle, last = three

    whole = calendar.elapsed(first, last, pauses)

    assert whole == calendar.elapsed(first, middle, pauses) + calendar.elapsed(middle, last, pauses)
    assert timedelta(0) <= whole <= last - first


@settings(derandomize=True, max_examples=60, deadline=None)
@given(calendars, instants)
def test_the_clock_runs_where_it_starts_and_not_before(calendar, moment):
    start = calendar.clock_start(moment)

    assert calendar.elapsed(start, start + timedelta(microseconds=1)) == timedelta(microseconds=1)
    assert calendar.elapsed(moment, start) == timedelta(0)


@settings(derandomize=True, max_examples=15, deadline=None)
@given(calendars, instants, st.timedeltas(timedelta(0), timedelta(days=4)))
def test_minute_by_minute_counting_agrees(calendar, start, length):
    start = start.replace(second=0, microsecond=0)
    minutes = int(length.total_seconds()) // 60

    counted = sum(
        calendar.clock_start(start + timedelta(minutes=n)) == start + timedelta(minutes=n) for n in range(minutes)
    )

    assert calendar.elapsed(start, start + timedelta(minutes=minutes)) == timedelta(minutes=counted)
