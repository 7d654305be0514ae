"""Reading a mailbox page by page from a server shaped like Microsoft Graph, in good and in bad times."""

import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from connectors.base import Folder
from connectors.emulator.graph import Fault
from connectors.emulator.names import SECRET_STEM
from connectors.errors import CursorExpired, Refused, Unreachable
from connectors.graph.client import Client
from connectors.graph.fields import PREFER
from connectors.graph.source import GraphSource, open_source
from models.terms import Direction
from service.config import Config
from tests.connectors.graph.conftest import ADDRESS, NOON, Scene, inbox, mail, read


def test_inbox_with_its_subtree_archive_and_sent_items_are_chains(scene: Scene) -> None:
    folders = scene.source.folders(ADDRESS)

    names = {drawer.id: drawer.name for drawer in scene.mailboxes.folders(ADDRESS)}
    assert {(names[folder.id], folder.kind) for folder in folders} == {
        ("inbox", "inbox"),
        ("erledigt", "inbox"),
        ("baustellen", "inbox"),
        ("archive", "archive"),
        ("sentitems", "sentitems"),
    }


def test_a_first_round_reads_everything_and_the_next_only_what_is_new(scene: Scene) -> None:
    first = read(scene, inbox(scene))

    scene.mailboxes.deliver(mail(20))
    second = read(scene, inbox(scene), first[-1].cursor)

    assert [len(page.records) for page in first] == [7]
    assert first[-1].complete
    assert [record.source_id for record in second[0].records] != []
    assert len(second[0].records) == 1


def test_sent_items_are_outbound_and_ask_for_no_header_lines(scene: Scene) -> None:
    sent = Folder(scene.mailboxes.folder(ADDRESS, "sentitems").id, "sentitems")

    pages = read(scene, sent)

    assert {record.direction for record in pages[0].records} == {Direction.AUSGANG}
    assert "internetMessageHeaders" not in scene.asks[-1].query["$select"]


def test_read_toggles_and_moves_arrive_as_changes_and_removals_under_the_same_id(scene: Scene) -> None:
    first = read(scene, inbox(scene))
    ids = {record.received_at.minute: record.source_id for record in first[0].records}
    archive = Folder(scene.mailboxes.folder(ADDRESS, "archive").id, "archive")

    scene.mailboxes.toggle(ADDRESS, "inbox", "k1")
    scene.mailboxes.move(ADDRESS, "k2", "inbox", "archive")
    later = read(scene, inbox(scene), first[-1].cursor)[0]
    moved = read(scene, archive)[0]

    assert [(change.source_id, change.is_read) for change in later.changes] == [(ids[1], True)]
    assert later.removed == (ids[2],)
    assert [record.source_id for record in moved.records] == [ids[2]]


def test_every_request_prefers_immutable_ids_and_big_pages_and_asks_for_no_content(scene: Scene) -> None:
    for folder in scene.source.folders(ADDRESS):
        for page in scene.source.pages(ADDRESS, folder, ""):
            assert SECRET_STEM not in repr(page)

    assert {ask.prefer for ask in scene.asks} == {PREFER}
    selects = {name for ask in scene.asks for name in ask.query.get("$select", "id").split(",")}
    assert not selects & {"subject", "body", "bodyPreview", "uniqueBody", "webLink", "attachments"}
    assert all("$select" in ask.query or "$deltatoken" in ask.query or "$skiptoken" in ask.query for ask in scene.asks)


def test_an_overtaken_cursor_is_expired(scene: Scene) -> None:
    cursor = read(scene, inbox(scene))[-1].cursor
    scene.mailboxes.expire(ADDRESS, "inbox")

    with pytest.raises(CursorExpired):
        read(scene, inbox(scene), cursor)


def test_threads_may_share_one_source(scene: Scene) -> None:
    counts: list[int] = []

    def work() -> None:
        counts.append(sum(len(page.records) for page in scene.source.pages(ADDRESS, inbox(scene), "")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == [7] * 8


def test_a_closed_source_opens_again(scene: Scene) -> None:
    scene.source.close()

    assert len(read(scene, inbox(scene))[0].records) == 7


def test_a_server_that_names_the_same_page_for_ever_is_left_after_three(scene: Scene) -> None:
    link = f"{scene.server.base}/users('x')/mailFolders('y')/messages/delta?$skiptoken=z"
    scene.faults += [Fault(200, body=b'{"value": [], "@odata.nextLink": "%s"}' % link.encode())] * 9

    with pytest.raises(CursorExpired):
        read(scene, inbox(scene))

    assert len(scene.asks) == 3


def test_a_page_without_any_link_is_no_end(scene: Scene) -> None:
    scene.faults.append(Fault(200, body=b'{"value": []}'))

    with pytest.raises(Unreachable):
        read(scene, inbox(scene))


def test_an_empty_page_with_a_next_link_is_not_the_end(scene: Scene) -> None:
    link = f"{scene.server.base}/users/{ADDRESS}/mailFolders/inbox/messages/delta"
    scene.faults.append(Fault(200, body=b'{"value": [], "@odata.nextLink": "%s"}' % link.encode()))

    pages = read(scene, inbox(scene))

    assert [len(page.records) for page in pages] == [0, 7]


def test_a_mailbox_without_archive_is_usual_but_none_has_no_inbox(scene: Scene) -> None:
    missing = Fault(404, body=b'{"error": {"code": "ErrorItemNotFound", "message": ""}}')
    scene.faults += [None, None, missing]

    folders = scene.source.folders(ADDRESS)
    scene.faults += [missing]
    with pytest.raises(Refused):
        scene.source.folders(ADDRESS)

    assert {folder.kind for folder in folders} == {"inbox", "sentitems"}


def test_the_tree_tells_what_appeared_moved_and_vanished_since(scene: Scene) -> None:
    everything = list(scene.source.tree(ADDRESS, ""))
    nothing = list(scene.source.tree(ADDRESS, everything[-1].cursor))

    assert len([node for page in everything for node in page.nodes]) >= 10
    assert [(page.nodes, page.removed, page.complete) for page in nothing] == [((), (), True)]


def test_well_known_folders_are_told_by_id_those_that_are_never_read_among_them(scene: Scene) -> None:
    roots = scene.source.roots(ADDRESS)

    assert roots[scene.mailboxes.folder(ADDRESS, "junkemail").id] == "junkemail"
    assert {"inbox", "sentitems", "archive", "deleteditems", "drafts"} <= set(roots.values())


def test_a_folder_can_be_listed_newest_first_since_an_instant(scene: Scene) -> None:
    since = NOON + timedelta(minutes=4)

    pages = list(scene.source.newest(ADDRESS, inbox(scene), since))

    assert [record.received_at.minute for page in pages for record in page.records] == [6, 5, 4]
    assert not any(page.removed or page.changes for page in pages)


def test_a_message_is_looked_up_wherever_it_lies_and_one_that_is_gone_is_left_out(scene: Scene) -> None:
    ids = {r.received_at.minute: r.source_id for page in read(scene, inbox(scene)) for r in page.records}
    scene.mailboxes.move(ADDRESS, "k1", "inbox", "junkemail")
    scene.mailboxes.delete(ADDRESS, "inbox", "k2")

    found = scene.source.look_up(ADDRESS, "sentitems", [ids[1], ids[2]])

    assert {key: record.folder for key, record in found.items()} == {
        ids[1]: scene.mailboxes.folder(ADDRESS, "junkemail").id
    }


def test_a_look_up_that_is_not_allowed_is_refused(scene: Scene) -> None:
    scene.faults.append(Fault(403, body=b'{"error": {"code": "ErrorAccessDenied", "message": "GEHEIM"}}'))

    with pytest.raises(Refused) as caught:
        scene.source.look_up(ADDRESS, "inbox", ["x"])

    assert caught.value.why == "access"


def test_a_stand_in_on_this_machine_gets_the_secret_as_its_token(scene: Scene) -> None:
    source = open_source(Config(graph_base=scene.server.base, graph_client_secret="gut"))

    assert len(list(source.pages(ADDRESS, inbox(scene), ""))) == 1
    source.close()


def test_a_real_tenant_is_opened_without_asking_the_network() -> None:
    assert isinstance(open_source(Config(graph_tenant="t", graph_client_id="c", graph_client_secret="s")), GraphSource)


def test_a_client_without_a_base_is_refused() -> None:
    with pytest.raises(Refused):
        Client("http://graph.microsoft.com/v1.0", lambda claims: "gut")


def test_the_registry_loads_no_library_before_a_source_is_opened() -> None:
    code = "import sys, connectors.registry; print([m for m in ('msgraph', 'msal', 'httpx') if m in sys.modules])"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert out.strip() == "[]"
