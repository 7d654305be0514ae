"""What the emulator lists plainly: messages by time, settings, domains, and what rights it asks for."""

from collections.abc import Iterator

import pytest

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.emulator.names import SECRET_STEM
from tests.connectors.emulator.scene import INBOX, call
from tests.connectors.graph.conftest import ADDRESS, mail

MESSAGES = f"/users/{ADDRESS}/mailFolders/inbox/messages"
NEWEST = "$orderby=receivedDateTime desc&$select=id,receivedDateTime"


@pytest.fixture
def server() -> Iterator[GraphEmulator]:
    """A mailbox of 25 mails."""
    started = GraphEmulator(Mailboxes([ADDRESS], [mail(n) for n in range(25)])).start()
    yield started
    started.stop()


def test_messages_come_newest_first_page_by_page(server: GraphEmulator) -> None:
    times, link = [], f"{MESSAGES}?{NEWEST}&$top=12&$count=true"
    while link:
        _, page = call(server, link)
        times += [item["receivedDateTime"] for item in page["value"]]
        assert "@odata.type" not in page["value"][0]
        assert page["@odata.count"] == 25
        link = page.get("@odata.nextLink", "")

    assert len(times) == 25
    assert times == sorted(times, reverse=True)


def test_messages_can_be_had_from_an_instant_on(server: GraphEmulator) -> None:
    _, page = call(server, f"{MESSAGES}?$filter=receivedDateTime ge 2026-05-04T12:22:00Z&{NEWEST}")
    _, none = call(
        server,
        f"{MESSAGES}?$filter=receivedDateTime gt 2026-05-04T12:22:00Z and receivedDateTime lt 2026-05-04T12:23:00Z&{NEWEST}",
    )

    assert [item["receivedDateTime"][14:16] for item in page["value"]] == ["24", "23", "22"]
    assert len(none["value"]) == 1


def test_one_message_can_be_found_by_its_ids(server: GraphEmulator) -> None:
    _, page = call(server, f"{MESSAGES}?$select=id,internetMessageId&$top=1")
    item = page["value"][0]

    found = call(server, f"/users/{ADDRESS}/messages?$filter=internetMessageId eq '{item['internetMessageId']}'")
    one = call(server, f"/users/{ADDRESS}/messages/{item['id']}?$select=id,from")

    assert [each["id"] for each in found[1]["value"]] == [item["id"]]
    assert one[1]["from"]["emailAddress"]["address"] == "j.haeussler@muster-bau.example"
    assert call(server, f"/users/{ADDRESS}/messages/weg")[0] == 404


@pytest.mark.parametrize("query", ["$filter=subject eq 'x'", "$orderby=subject", "$top=viele"])
def test_odd_queries_are_refused(server: GraphEmulator, query: str) -> None:
    status, body = call(server, f"{MESSAGES}?{query}")

    assert status == 400
    assert body["error"]["code"].startswith("ErrorInvalidUrlQuery")


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [("outside", 403, "ErrorAccessDenied"), ("unlicensed", 404, "MailboxNotEnabledForRESTAPI")],
)
def test_a_mailbox_may_be_closed_to_us(server: GraphEmulator, state: str, status: int, code: str) -> None:
    server.mailboxes.box(ADDRESS).state = state

    for path in (INBOX, f"/users/{ADDRESS}/mailFolders", f"/users/{ADDRESS}/mailboxSettings"):
        found, body = call(server, path)
        assert (found, body["error"]["code"]) == (status, code)


def test_without_the_right_to_read_mail_no_content_can_be_had(server: GraphEmulator) -> None:
    server.rights.content = False

    refused = [call(server, f"{MESSAGES}?$select={name}")[0] for name in ("body", "id,bodyPreview", "uniqueBody")]
    _, page = call(server, INBOX)

    assert refused == [403] * 3
    assert "body" not in page["value"][0]
    assert "Vorschau" not in repr(page)
    assert SECRET_STEM in page["value"][0]["subject"]


def test_header_lines_settings_and_domains_are_rights_of_their_own(server: GraphEmulator) -> None:
    paths = (f"{INBOX}?$select=id,internetMessageHeaders", f"/users/{ADDRESS}/mailboxSettings", "/domains")

    given = [call(server, path)[0] for path in paths]
    server.rights.headers = server.rights.settings = server.rights.domains = False
    refused = [call(server, path)[0] for path in paths]

    assert given == [200] * 3
    assert refused == [403] * 3


def test_automatic_replies_and_domains_are_told(server: GraphEmulator) -> None:
    server.mailboxes.box(ADDRESS).replies = "alwaysEnabled"

    _, settings = call(server, f"/users/{ADDRESS}/mailboxSettings/automaticRepliesSetting")
    _, domains = call(server, "/domains")

    assert settings["status"] == "alwaysEnabled"
    assert [(each["id"], each["isVerified"]) for each in domains["value"]] == [("firma.example", True)]


def test_only_reading_and_subscriptions_are_served(server: GraphEmulator) -> None:
    assert call(server, MESSAGES, method="POST", data={})[0] == 405
    assert call(server, "/subscriptions", method="DELETE")[0] == 405


def test_folders_are_listed_level_by_level(server: GraphEmulator) -> None:
    _, top = call(server, f"/users/{ADDRESS}/mailFolders?$top=3")
    inbox = top["value"][0]
    _, below = call(server, f"/users/{ADDRESS}/mailFolders/{inbox['id']}/childFolders")

    assert [folder["displayName"] for folder in top["value"]] == ["Posteingang", "Gesendete Elemente", "Archiv"]
    assert top["@odata.nextLink"]
    assert inbox["childFolderCount"] == 1
    assert [folder["displayName"] for folder in below["value"]] == ["Erledigt"]
