"""The map of the house is what the modules say about themselves."""

from tests.house import map as house_map


def test_every_module_says_what_it_answers_for() -> None:
    silent = [str(path) for path in house_map.modules() if not house_map.sentence(path).endswith((".", "!", ":"))]

    assert silent == []


def test_the_map_is_up_to_date() -> None:
    assert house_map.FILE.read_text(encoding="utf-8") == house_map.render(), "python -m tests.house.map --write"
