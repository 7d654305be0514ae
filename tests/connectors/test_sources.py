"""One contract for every source: pages after a cursor, each record once, a cursor that goes on where it stood."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.base import Folder, Page, Source
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.graph.source import with_token
from connectors.registry import SOURCES
from models.terms import Channel
from tests.connectors.graph.conftest import ADDRESS, mail

Opened = tuple[Source, str]


@pytest.fixture
def graph() -> Iterator[Opened]:
    """A mailbox of 1,203 mails behind a server shaped like Microsoft Graph."""
    mails = [*(mail(n) for n in range(1200)), *(mail(n, "sentitems") for n in range(2000, 2003))]
    server = GraphEmulator(Mailboxes([ADDRESS], mails)).start()
    source = with_token(server.base, lambda: "emulator")
    yield source, ADDRESS
    source.close()
    server.stop()


@pytest.fixture(params=sorted(SOURCES))
def opened(request: pytest.FixtureRequest) -> Opened:
    """Each registered source with something to read."""
    found: Opened = request.getfixturevalue(request.param)
    return found


def rounds(opened: Opened) -> Iterator[tuple[Folder, list[Page]]]:
    source, account = opened
    for folder in source.folders(account):
        yield folder, list(source.pages(account, folder, ""))


def test_a_round_ends_with_the_only_complete_page(opened: Opened) -> None:
    for _, pages in rounds(opened):
        assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
        assert all(page.cursor for page in pages)


def test_every_record_names_its_account_and_comes_once(opened: Opened) -> None:
    records = [record for _, pages in rounds(opened) for page in pages for record in page.records]

    assert len(records) == 1203
    assert len({record.source_id for record in records}) == len(records)
    assert {record.account for record in records} == {opened[1]}
    assert {record.channel for record in records} == {Channel.EMAIL}


def test_instants_are_aware_and_addresses_are_bare_and_lower_case(opened: Opened) -> None:
    for _, pages in rounds(opened):
        for record in (record for page in pages for record in page.records):
            assert record.received_at.tzinfo is not None
            assert record.sender == record.sender.strip().lower()
            assert all("<" not in address for address in (*record.to, *record.cc))


def test_reading_goes_on_at_any_cursor(opened: Opened) -> None:
    source, account = opened
    for folder, pages in rounds(opened):
        for number, page in enumerate(pages):
            rest = list(source.pages(account, folder, page.cursor))
            expected = [r.source_id for later in pages[number + 1 :] for r in later.records]
            assert [r.source_id for later in rest for r in later.records] == expected


def test_every_source_has_a_folder_of_its_own_with_a_door(opened: Opened) -> None:
    folders: Callable[[str], Path] = Path(__file__).parents[2].joinpath

    for module in SOURCES.values():
        assert folders(*module.split(".")).with_suffix(".py").is_file()
