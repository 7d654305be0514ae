"""Between records and rows: nothing is lost that the classifier needs, nothing gets in that a database refuses."""

from dataclasses import asdict

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.suggestion import Suggestion
from models.message import Message
from models.record import HeaderFlags
from models.terms import Category, Origin, Step
from service.store import ids, rows
from tests.conftest import NOW
from tests.factories import START, mail

TEXT = st.text(max_size=30)
FLAGS = st.builds(
    HeaderFlags,
    list_id=TEXT,
    list_unsubscribe=st.booleans(),
    dkim_domains=st.lists(TEXT, max_size=3).map(tuple),
    auth_dmarc=TEXT,
    references=st.integers(0, 99),
    compauth=TEXT,
    return_path_null=st.booleans(),
)
SURE = Suggestion(Category.KUNDE, 0.99, Step.ADRESSE_BESTAETIGT, "weil", explicit=True, system=False)


@given(FLAGS)
@settings(derandomize=True, max_examples=150)
def test_header_flags_come_back_as_they_went_but_for_poison(flags: HeaderFlags) -> None:
    back = rows.unpack_flags(rows.pack_flags(flags))

    assert back is not None
    for name, value in asdict(flags).items():
        wanted = (
            tuple(map(rows.clean, value))
            if isinstance(value, list | tuple)
            else (rows.clean(value) if isinstance(value, str) else value)
        )
        assert getattr(back, name) == wanted


def test_unknown_flags_stay_unknown() -> None:
    assert rows.pack_flags(None) is None
    assert rows.unpack_flags(None) is None


@given(st.text(alphabet=st.characters(codec=None), max_size=50))
@settings(derandomize=True, max_examples=150)
def test_clean_text_can_be_stored_everywhere(text: str) -> None:
    cleaned = rows.clean(text)

    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8") is not None
    assert rows.clean(cleaned) == cleaned


def test_a_stored_message_is_judged_like_its_record() -> None:
    record = mail(sender_name="Erika", submitter="s@kunde.example")

    row = rows.row(record, 1, SURE, NOW)
    row["flags"] = msgspec.json.decode(row["flags"])
    back = rows.record(Message(**row), record.account)

    assert (back.sender, back.flags, back.submitter) == (record.sender, record.flags, record.submitter)
    assert back.received_at == record.received_at


def test_only_an_explicit_answer_is_final() -> None:
    unsure = Suggestion(Category.KUNDE, 0.99, Step.MODELL, "vielleicht", explicit=False, system=False)

    final, open_ = rows.row(mail(), 1, SURE, NOW), rows.row(mail(), 1, unsure, NOW)

    assert (final["category"], final["origin"]) == (Category.KUNDE, Origin.REGEL)
    assert (open_["category"], open_["suggested"]) == (None, Category.KUNDE)


def test_own_subdomains_are_own_and_look_alikes_are_not() -> None:
    own = frozenset({"muster.example"})

    assert rows.outside(("a@muster.example", "b@post.muster.example", "c@einmuster.example", "491711"), own) == (
        "c@einmuster.example",
        "491711",
    )


@given(
    st.datetimes(min_value=START.replace(year=1971, tzinfo=None), max_value=START.replace(year=2200, tzinfo=None)), TEXT
)
@settings(derandomize=True, max_examples=100)
def test_ids_are_stable_and_ordered_by_time(at: object, source_id: str) -> None:
    from datetime import UTC, datetime, timedelta

    assert isinstance(at, datetime)
    early, late = at.replace(tzinfo=UTC), at.replace(tzinfo=UTC) + timedelta(milliseconds=2)

    assert ids.message_id(early, 1, source_id) == ids.message_id(early, 1, source_id)
    assert ids.message_id(early, 1, source_id) < ids.message_id(late, 1, source_id)
    assert ids.message_id(early, 1, source_id) != ids.message_id(early, 2, source_id)
