"""The emulator stays honest: Microsoft's own models and schema judge its answers."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.models.mail_folder_collection_response import MailFolderCollectionResponse
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.item.mail_folders.item.messages.delta.delta_get_response import DeltaGetResponse

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.items import EVERYTHING
from connectors.emulator.mailboxes import Mailboxes
from connectors.emulator.names import SECRET_STEM
from connectors.graph.fields import SELECT_WITH_HEADERS
from tests.connectors.graph.conftest import ADDRESS, mail
from tests.shared import shared_file

IMMUTABLE = 'IdType="ImmutableId"'


@pytest.fixture(scope="module")
def server() -> Iterator[GraphEmulator]:
    """A mailbox of 25 mails."""
    started = GraphEmulator(Mailboxes([ADDRESS], [mail(n) for n in range(25)])).start()
    yield started
    started.stop()


def get(server: GraphEmulator, path: str, prefer: str = "", token: str = "emulator") -> tuple[int, bytes]:
    url = path if path.startswith("http") else f"{server.base}{path}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}", "Prefer": prefer})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def body(server: GraphEmulator, path: str, prefer: str = "") -> dict[str, Any]:
    status, raw = get(server, path, prefer)
    assert status == 200
    found: dict[str, Any] = json.loads(raw)
    return found


INBOX = f"/users/{ADDRESS}/mailFolders/inbox/messages/delta"


@pytest.mark.unmeasured
@pytest.mark.slow
def test_microsofts_own_models_read_what_it_sends(server: GraphEmulator) -> None:
    select = ",".join(SELECT_WITH_HEADERS)
    _, raw = get(server, f"{INBOX}?$select={select}", "odata.maxpagesize=3")

    node = JsonParseNodeFactory().get_root_parse_node("application/json", raw)
    page = node.get_object_value(DeltaGetResponse)

    assert page.odata_next_link.startswith(server.base)
    message = page.value[0]
    assert message.from_.email_address.address == "j.haeussler@muster-bau.example"
    assert message.received_date_time.tzinfo is not None
    assert len(message.conversation_index) >= 22
    assert message.is_read is False
    assert message.internet_message_headers[0].name == "Received"
    assert message.subject is None


@pytest.mark.slow
def test_microsofts_own_models_read_folders_and_errors(server: GraphEmulator) -> None:
    factory = JsonParseNodeFactory()

    folders = factory.get_root_parse_node("application/json", get(server, f"/users/{ADDRESS}/mailFolders")[1])
    error = factory.get_root_parse_node("application/json", get(server, "/users/x@y.example/mailFolders")[1])

    assert folders.get_object_value(MailFolderCollectionResponse).value[0].display_name == "Posteingang"
    assert error.get_object_value(ODataError).error.code == "ErrorInvalidUser"


def test_every_property_that_it_sends_is_in_the_schema(server: GraphEmulator) -> None:
    schema = shared_file("data/graph/csdl_mail_v1.0_excerpt.xml").read_text(encoding="utf-8")
    blocks = re.findall(r'<(?:Entity|Complex)Type Name="(\w+)".*?</(?:Entity|Complex)Type>', schema, re.DOTALL)
    texts = re.findall(r'<(?:Entity|Complex)Type Name="\w+".*?</(?:Entity|Complex)Type>', schema, re.DOTALL)
    types = {name: set(re.findall(r'Property Name="(\w+)"', text)) for name, text in zip(blocks, texts, strict=True)}

    selected = ",".join((*EVERYTHING, "internetMessageHeaders", "uniqueBody"))
    items = body(server, f"{INBOX}?$select={selected}")["value"]
    folders = body(server, f"/users/{ADDRESS}/mailFolders/delta", "odata.maxpagesize=99")["value"]

    message = types["message"] | types["outlookItem"] | {"id"}
    assert {name for item in items for name in item if "@" not in name} <= message
    assert {name for item in folders for name in item if "@" not in name} <= types["mailFolder"] | {"id"}


def test_content_comes_only_when_asked_for(server: GraphEmulator) -> None:
    asked = get(server, f"{INBOX}?$select=subject,body,bodyPreview")[1].decode()
    lean = get(server, f"{INBOX}?$select=id,from")[1].decode()
    everything = get(server, INBOX)[1].decode()

    assert asked.count(SECRET_STEM) == 30
    assert SECRET_STEM not in lean
    assert SECRET_STEM in everything
    assert "internetMessageHeaders" not in everything


def test_pages_are_as_big_as_preferred_and_ten_otherwise(server: GraphEmulator) -> None:
    sizes = []
    link = f"{INBOX}?$select=id&$top=50"
    while link:
        page = body(server, link)
        sizes.append(len(page["value"]))
        link = page.get("@odata.nextLink", "")

    assert sizes == [10, 10, 5]
    assert len(body(server, f"{INBOX}?$select=id", "odata.maxpagesize=500")["value"]) == 25


def test_ids_are_another_without_the_preference_and_stable_with_it(server: GraphEmulator) -> None:
    mutable = body(server, f"{INBOX}?$select=id")["value"]
    immutable = body(server, f"{INBOX}?$select=id", IMMUTABLE)["value"]
    again = body(server, f"{INBOX}?$select=id", IMMUTABLE)["value"]

    assert {item["id"] for item in mutable}.isdisjoint(item["id"] for item in immutable)
    assert immutable == again
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", item["id"]) for item in immutable)


@pytest.mark.parametrize(
    ("path", "token", "status", "code"),
    [
        (INBOX, "", 401, "InvalidAuthenticationToken"),
        ("/users/fremd@firma.example/mailFolders/inbox/messages/delta", "emulator", 404, "ErrorInvalidUser"),
        (f"/users/{ADDRESS}/mailFolders/erledigt/messages/delta", "emulator", 404, "ErrorItemNotFound"),
        (f"/users/{ADDRESS}/messages/delta", "emulator", 400, "BadRequest"),
        (f"/users/{ADDRESS}/calendar", "emulator", 400, "BadRequest"),
        (f"{INBOX}?$skiptoken=x", "emulator", 400, "SyncStateInvalid"),
    ],
)
def test_errors_are_shaped_like_graphs(server: GraphEmulator, path: str, token: str, status: int, code: str) -> None:
    found, raw = get(server, path, token=token)

    error = json.loads(raw)["error"]
    assert (found, error["code"]) == (status, code)
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}


def test_an_expired_link_is_gone(server: GraphEmulator) -> None:
    link = body(server, f"{INBOX}?$select=id", "odata.maxpagesize=99")["@odata.deltaLink"]
    server.mailboxes.expire(ADDRESS, "inbox")

    status, raw = get(server, link)

    assert (status, json.loads(raw)["error"]["code"]) == (410, "SyncStateNotFound")


def test_a_deleted_mail_is_removed_in_the_next_round(server: GraphEmulator) -> None:
    first = body(server, f"{INBOX}?$select=id", f"{IMMUTABLE}, odata.maxpagesize=99")
    server.mailboxes.delete(ADDRESS, "inbox", "k24")

    later = body(server, first["@odata.deltaLink"], IMMUTABLE)

    assert later["value"][0]["@removed"] == {"reason": "deleted"}
    assert later["value"][0]["id"] in {item["id"] for item in first["value"]}
