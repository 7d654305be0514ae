"""The emulator's delta rounds are as unruly as Graph's, and still tell the whole truth in the end."""

from collections.abc import Iterator

import pytest

from connectors.emulator.delta import Manner
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from tests.connectors.emulator.scene import INBOX, call, walk
from tests.connectors.graph.conftest import ADDRESS, mail


@pytest.fixture
def server() -> Iterator[GraphEmulator]:
    """A mailbox of 25 mails."""
    started = GraphEmulator(Mailboxes([ADDRESS], [mail(n) for n in range(25)])).start()
    yield started
    started.stop()


@pytest.mark.parametrize(
    "manner",
    [
        Manner(overlap=5),
        Manner(shuffle=3),
        Manner(short=2),
        Manner(overlap=1, shuffle=9, short=3),
    ],
)
def test_unruly_rounds_tell_every_mail_at_least_once(server: GraphEmulator, manner: Manner) -> None:
    server.manners = lambda ask: manner

    items, _, _ = walk(server, INBOX)

    assert {item["id"] for item in items} == {
        item.id(immutable=True) for item in server.mailboxes.folder(ADDRESS, "inbox").items.values()
    }


def test_an_empty_page_leads_on_and_costs_nothing(server: GraphEmulator) -> None:
    turns = iter([Manner(), Manner(empty=True), Manner(empty=True)])
    server.manners = lambda ask: next(turns, Manner())

    items, _, pages = walk(server, INBOX)

    assert (len(items), pages) == (25, 5)


def test_a_moved_mail_leaves_one_folder_and_enters_the_other_under_its_id(server: GraphEmulator) -> None:
    boxes = server.mailboxes
    items, inbox, _ = walk(server, INBOX, 'IdType="ImmutableId", odata.maxpagesize=99')
    _, archive, _ = walk(server, INBOX.replace("inbox", "archive"))

    boxes.move(ADDRESS, "k3", "inbox", "archive")
    left, _, _ = walk(server, inbox)
    entered, _, _ = walk(server, archive)

    assert [item["@removed"] for item in left] == [{"reason": "deleted"}]
    assert left[0]["id"] == entered[0]["id"]
    assert left[0]["id"] in {item["id"] for item in items}
    assert entered[0]["parentFolderId"] == boxes.folder(ADDRESS, "archive").id


def test_a_read_toggle_is_a_sparse_item_in_spite_of_select(server: GraphEmulator) -> None:
    _, link, _ = walk(server, f"{INBOX}?$select=id,from,isRead,receivedDateTime")

    server.mailboxes.toggle(ADDRESS, "inbox", "k4")
    server.mailboxes.touch(ADDRESS, "inbox", "k5")
    items, _, _ = walk(server, link)

    names = [{name for name in item if not name.startswith("@")} for item in items]
    assert names == [{"id", "isRead", "parentFolderId"}] * 2
    assert [item["isRead"] for item in items] == [True, False]


def test_a_link_dies_when_three_newer_rounds_have_begun(server: GraphEmulator) -> None:
    server.mailboxes.generations = 3
    _, old, _ = walk(server, INBOX)
    _, first = call(server, INBOX)

    for _ in range(2):
        walk(server, INBOX)

    dead, midway = call(server, old), call(server, first["@odata.nextLink"])
    assert (dead[0], dead[1]["error"]["code"]) == (410, "SyncStateNotFound")
    assert midway[0] == 200
    assert call(server, first["@odata.nextLink"])[0] == 200
    walk(server, INBOX)
    assert call(server, first["@odata.nextLink"])[0] == 410


def test_a_chain_of_one_reader_lives_for_ever(server: GraphEmulator) -> None:
    server.mailboxes.generations = 1
    _, link, _ = walk(server, INBOX)

    for _ in range(5):
        _, link, _ = walk(server, link)

    assert link


def test_a_link_of_another_folder_is_no_state_of_this_one(server: GraphEmulator) -> None:
    _, link, _ = walk(server, INBOX)
    server.manners = lambda ask: Manner(foreign=True)
    _, foreign, _ = walk(server, INBOX)

    for wrong in (link.replace("inbox", "archive"), foreign):
        status, body = call(server, wrong)
        assert (status, body["error"]["code"]) == (400, "SyncStateInvalid")


def test_a_full_mailbox_refuses_delta_and_lists_all_the_same(server: GraphEmulator) -> None:
    server.mailboxes.box(ADDRESS).full = True

    refused = call(server, INBOX)
    status, page = call(server, f"/users/{ADDRESS}/mailFolders/inbox/messages?$top=3&$orderby=receivedDateTime desc")

    assert (refused[0], refused[1]["error"]["code"]) == (403, "ErrorQuotaExceeded")
    assert (status, len(page["value"])) == (200, 3)


def test_folders_appear_move_and_vanish_in_the_tree(server: GraphEmulator) -> None:
    tree = f"/users/{ADDRESS}/mailFolders/delta"
    first, link, pages = walk(server, tree)
    boxes = server.mailboxes
    boxes.make_folder(ADDRESS, "projekt", "inbox", "Projekt Süd")
    boxes.rename_folder(ADDRESS, "inbox", "Inbox")

    later, link, _ = walk(server, link)
    boxes.move_folder(ADDRESS, "projekt", "deleteditems")
    moved, link, _ = walk(server, link)
    boxes.drop_folder(ADDRESS, "projekt")
    dropped, _, _ = walk(server, link)

    names = {folder["displayName"]: folder for folder in first}
    assert pages == 2
    assert names["Baustellen"]["parentFolderId"] == names["Erledigt"]["id"]
    assert names["Erledigt"]["parentFolderId"] == names["Posteingang"]["id"]
    assert [folder["displayName"] for folder in later] == ["Projekt Süd", "Inbox"]
    assert moved[0]["parentFolderId"] == boxes.folder(ADDRESS, "deleteditems").id
    assert dropped == [
        {"@odata.type": "#microsoft.graph.mailFolder", "id": later[0]["id"], "@removed": {"reason": "deleted"}}
    ]


def test_well_known_names_stay_when_display_names_are_localised(server: GraphEmulator) -> None:
    names = {
        name: call(server, f"/users/{ADDRESS}/mailFolders/{name}")[1]["displayName"]
        for name in ("inbox", "SentItems", "archive", "junkemail")
    }

    assert list(names.values()) == ["Posteingang", "Gesendete Elemente", "Archiv", "Junk-E-Mail"]
    assert call(server, f"/users/{ADDRESS}/mailFolders/Posteingang")[0] == 404
    assert call(server, f"/users/{ADDRESS}/mailFolders/erledigt")[0] == 404


def test_a_mail_of_a_vanished_folder_is_not_found(server: GraphEmulator) -> None:
    folder = server.mailboxes.make_folder(ADDRESS, "alt", "inbox")
    path = f"/users/{ADDRESS}/mailFolders/{folder.id}/messages/delta"
    before = call(server, path)[0]

    server.mailboxes.drop_folder(ADDRESS, "alt")

    status, body = call(server, path)
    assert before == 200
    assert (status, body["error"]["code"]) == (404, "ErrorItemNotFound")
