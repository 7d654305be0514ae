"""Wordings of templates: what Meta would refuse is said before, and what is filled in reads as people write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import wording
from service.domain.wording import DAY, PHONE, SHIPPED, TEXT, TIME, Draft, Place

GOOD = Draft(
    "lieferung", "de", "Lieferung", "UTILITY", "Ihre Lieferung kommt am {{1}} an.", (Place("Tag", DAY, "1.2."),)
)


def changed(**more: object) -> Draft:
    values = {name: getattr(GOOD, name) for name in GOOD.__slots__} | more
    return Draft(**values)


def test_the_five_templates_of_the_source_are_shipped_and_could_be_submitted_as_they_are() -> None:
    assert [(d.title, d.holding) for d in SHIPPED] == [
        ("Willkommen", True), ("Bestätigung", False), ("Nachfrage", False), ("Rückruf", False), ("Wir melden uns", True),
    ]  # fmt: skip
    assert [wording.problems(draft) for draft in SHIPPED] == [{}] * 5
    assert [tuple(p.kind for p in draft.places) for draft in SHIPPED] == [(), (DAY, TIME), (), (PHONE,), ()]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "x" * 1025, "Am {{1} kommt es", "Am {{2}} kommt es an", "{{1}} kommt heute noch an", "Es kommt am {{1}}",
     "Es kommt {{1}} {{2}} heute noch bei Ihnen an", "Am {{1}} an", "Mit\tTabulator", "Mit     Lücke", "Zwei\n\n\nLeerzeilen",
     "Wort " + " Wort Wort Wort ".join(f"{{{{{n}}}}}" for n in range(1, 12)) + " Wort", "{{name}} kommt"],
)  # fmt: skip
def test_a_wording_that_meta_refuses_is_named(text: str) -> None:
    assert "wording" in wording.problems(changed(wording=text))


@pytest.mark.parametrize(
    ("more", "field"),
    [({"name": "Mit Leerzeichen"}, "name"), ({"title": " "}, "title"), ({"language": "deutsch!"}, "language"),
     ({"category": "AUTHENTICATION"}, "category"), ({"places": ()}, "places"),
     ({"places": (Place("", DAY, "x"),)}, "label-1"), ({"places": (Place("Tag", "Bild", "x"),)}, "kind-1"),
     ({"places": (Place("Tag", DAY, ""),)}, "sample-1"), ({"places": (Place("Tag", DAY, "a\nb"),)}, "sample-1")],
)  # fmt: skip
def test_every_other_field_is_checked_too(more: dict[str, object], field: str) -> None:
    assert list(wording.problems(changed(**more))) == [field]
    assert wording.problems(GOOD) == {}


@pytest.mark.parametrize(
    ("kind", "typed", "shown"),
    [(DAY, "2026-11-24", "24.11.2026"), (DAY, "2026-02-30", ""), (DAY, "morgen", ""), (TIME, "14:30", "14:30"),
     (TIME, "24:00", ""), (PHONE, "0721 5550100", "+497215550100"), (PHONE, "+49 721 5550100", "+497215550100"),
     (PHONE, "12", ""), (PHONE, "kein", ""), (TEXT, "  Frau Sommer ", "Frau Sommer"), (TEXT, "a\nb", ""), (TEXT, "", ""),
     (TEXT, "x" * 201, ""), (TEXT, "{{2}}", "")],
)  # fmt: skip
def test_what_is_filled_in_has_the_form_of_its_kind(kind: str, typed: str, shown: str) -> None:
    values, wrong = wording.fill("Guten Tag {{1}} bis bald.", (Place("Angabe", kind),), (typed,))

    assert values == (shown,)
    assert bool(wrong) == (not shown)


def test_a_place_that_was_not_filled_and_a_text_that_grows_too_long_are_refused() -> None:
    places = (Place("Eins"), Place("Zwei"))
    long = "Wort " * 190 + "{{1}} und {{2}} Ende"

    assert set(wording.fill("a {{1}} b {{2}} c", places, ("x",))[1]) == {"wert-2"}
    assert set(wording.fill(long, places, ("y" * 80, "z" * 80))[1]) == {"wert-1"}


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=9), st.text(max_size=20))
def test_values_are_never_read_again_and_pieces_make_up_the_whole(values: list[str], between: str) -> None:
    between = between.replace("{", "").replace("}", "")
    text = between.join(f" w {{{{{n}}}}} " for n in range(1, len(values) + 1))

    read = wording.read(text, values)

    assert read == "".join(values[p - 1] if isinstance(p, int) else p for p in wording.pieces(text))
    assert wording.read("{{1}} {{9}}", ["{{9}}"]) == "{{9}} {{9}}"
    assert wording.count(text) == len(values)
