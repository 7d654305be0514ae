"""The page about rights is what the program does."""

from tests.house import rights


def test_the_page_about_rights_is_what_the_routes_say() -> None:
    assert rights.FILE.read_text(encoding="utf-8") == rights.render()
