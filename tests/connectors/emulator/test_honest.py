"""Judges of the emulator that know nothing of it: Microsoft's own models, its schema, and recorded answers."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.models.automatic_replies_setting import AutomaticRepliesSetting
from msgraph.generated.models.domain_collection_response import DomainCollectionResponse
from msgraph.generated.models.mailbox_settings import MailboxSettings
from msgraph.generated.models.message_collection_response import MessageCollectionResponse
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.models.subscription_collection_response import SubscriptionCollectionResponse
from msgraph.generated.users.item.mail_folders.delta.delta_get_response import DeltaGetResponse as FolderDelta
from msgraph.generated.users.item.mail_folders.item.messages.delta.delta_get_response import DeltaGetResponse

from connectors.emulator import faults
from connectors.emulator.delta import Manner
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.graph import parse
from tests.connectors.emulator.ear import Ear, hearing
from tests.connectors.emulator.scene import INBOX, call, walk
from tests.connectors.graph.conftest import ADDRESS, mail
from tests.fakes import FakeClock
from tests.shared import shared_file

FACTORY = JsonParseNodeFactory()


def read(body: Any, model: Any) -> Any:
    return FACTORY.get_root_parse_node("application/json", json.dumps(body).encode()).get_object_value(model)


def unknown(thing: Any) -> set[str]:
    """Return the properties that Microsoft's model does not know; annotations are none."""
    return {name for name in thing.additional_data if "@" not in name}


@pytest.fixture
def server() -> Iterator[GraphEmulator]:
    clock = FakeClock()
    started = GraphEmulator(Mailboxes([ADDRESS], [mail(n) for n in range(3)]), clock=clock.now).start()
    yield started
    started.stop()


@pytest.fixture
def ear() -> Iterator[Ear]:
    with hearing() as found:
        yield found


def subscribed(server: GraphEmulator, ear: Ear) -> dict[str, Any]:
    until = (server.subscriptions.clock() + timedelta(days=2)).isoformat()
    wish = {
        "changeType": "created,updated",
        "notificationUrl": ear.url,
        "lifecycleNotificationUrl": ear.url,
        "resource": f"users/{ADDRESS}/messages",
        "clientState": "wort",
        "expirationDateTime": until,
    }
    return call(server, "/subscriptions", method="POST", data=wish)[1]


@pytest.mark.slow
def test_microsofts_models_read_sparse_and_removed_items(server: GraphEmulator) -> None:
    _, link, _ = walk(server, INBOX)
    server.mailboxes.toggle(ADDRESS, "inbox", "k0")
    server.mailboxes.move(ADDRESS, "k1", "inbox", "archive")

    page = read(call(server, link)[1], DeltaGetResponse)

    sparse, removed = page.value
    assert page.odata_delta_link.startswith(server.base)
    assert (sparse.is_read, sparse.from_, sparse.received_date_time) == (True, None, None)
    assert removed.additional_data["@removed"] == {"reason": "deleted"}
    assert unknown(sparse) == unknown(removed) == set()


@pytest.mark.slow
def test_microsofts_models_read_lists_folders_settings_and_domains(server: GraphEmulator) -> None:
    server.manners = lambda ask: Manner(empty=True)

    empty = read(call(server, INBOX)[1], DeltaGetResponse)
    listed = read(call(server, f"/users/{ADDRESS}/messages?$top=2&$count=true")[1], MessageCollectionResponse)
    folders = read(call(server, f"/users/{ADDRESS}/mailFolders/delta")[1], FolderDelta)
    settings = read(call(server, f"/users/{ADDRESS}/mailboxSettings")[1], MailboxSettings)
    replies = read(
        call(server, f"/users/{ADDRESS}/mailboxSettings/automaticRepliesSetting")[1], AutomaticRepliesSetting
    )
    domains = read(call(server, "/domains")[1], DomainCollectionResponse)

    assert (empty.value, empty.odata_delta_link) == ([], None)
    assert listed.odata_next_link.startswith(server.base)
    assert (listed.odata_count, len(listed.value)) == (3, 2)
    assert folders.value[1].display_name == "Posteingang"
    assert settings.automatic_replies_setting.status.value == replies.status.value == "disabled"
    assert replies.scheduled_start_date_time.time_zone == "UTC"
    assert domains.value[0].is_default
    things = [*listed.value, *folders.value, settings, replies, *domains.value]
    assert set().union(*map(unknown, things)) == set()


@pytest.mark.slow
def test_microsofts_models_read_subscriptions(server: GraphEmulator, ear: Ear) -> None:
    """For notifications the SDK has no model; documented ones judge them below."""
    made = subscribed(server, ear)

    one = read(made, Subscription)
    every = read(call(server, "/subscriptions")[1], SubscriptionCollectionResponse)

    assert (one.client_state, one.expiration_date_time.tzinfo is not None) == ("wort", True)
    assert every.value[0].client_state is None
    assert unknown(one) == unknown(every.value[0]) == set()


@pytest.mark.parametrize(
    "make",
    [
        faults.gone,
        faults.quota,
        faults.outside,
        faults.expired,
        faults.challenge,
        faults.throttled,
        lambda: faults.broken(503),
    ],
)
@pytest.mark.slow
def test_microsofts_models_read_every_error(make: Any) -> None:
    error = read(json.loads(make().body), ODataError).error

    assert error.code
    assert error.message
    assert error.inner_error.request_id


def shapes(name: str) -> set[str]:
    """Return the properties that the schema gives a type, those of its base types among them."""
    schema = shared_file("data/graph/csdl_mail_v1.0_excerpt.xml").read_text(encoding="utf-8")
    match = re.search(
        rf'<(?:Entity|Complex)Type Name="{name}"(?: BaseType="graph\.(\w+)")?.*?</(?:Entity|Complex)Type>',
        schema,
        re.DOTALL,
    )
    assert match is not None
    own = set(re.findall(r'Property Name="(\w+)"', match[0]))
    return own | (shapes(match[1]) if match[1] else set())


def test_subscriptions_have_the_properties_of_the_schema(server: GraphEmulator, ear: Ear) -> None:
    made = subscribed(server, ear)

    assert {name for name in made if "@" not in name} <= shapes("subscription")


def recorded(path: str) -> Any:
    return json.loads(shared_file(f"data/graph/{path}").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("issues/error_410_syncstatenotfound.json", faults.gone),
        ("issues/error_403_quota.json", faults.quota),
        ("docs/error_403_access_policy.json", faults.outside),
    ],
)
def test_errors_are_those_that_were_recorded(path: str, make: Any) -> None:
    real, ours = recorded(path), make()

    error = json.loads(ours.body)["error"]
    assert (ours.status, error["code"]) == (real["status"], real["body"]["error"]["code"])
    assert set(real["body"]["error"]) <= set(error)


def test_notifications_are_shaped_like_those_that_were_documented(server: GraphEmulator, ear: Ear) -> None:
    made = subscribed(server, ear)
    server.mailboxes.deliver(mail(9))
    server.subscriptions.lifecycle(made["id"], "missed")
    new, missed = ear.wait(2)

    real = recorded("docs/change_notification.json")["body"]["value"][0]
    assert set(real) - {"id"} == set(new)
    assert set(real["resourceData"]) == set(new["resourceData"])
    assert set(recorded("docs/lifecycle_notification.json")["body"]["value"][0]) == set(missed)


def test_the_same_kinds_of_items_are_read_from_recordings_and_from_the_emulator(server: GraphEmulator) -> None:
    """A whole, a sparse and a removed item: our decoder finds the same kind of thing in both."""
    real = json.dumps(recorded("nango/messages_delta_page1.raw.json")["body"]).encode()
    sparse = json.dumps(recorded("issues/delta_sparse_update.json")["body"]).encode()
    removed = json.dumps(recorded("docs/messages_delta_example1_4.json")["body"]).encode()
    _, first = call(server, f"{INBOX}?$select=id,from,sender,receivedDateTime,toRecipients,isRead,parentFolderId")
    server.mailboxes.toggle(ADDRESS, "inbox", "k0")
    server.mailboxes.delete(ADDRESS, "inbox", "k1")
    _, later = call(server, first["@odata.deltaLink"])

    whole = [parse.messages(body, ADDRESS, "inbox") for body in (real, json.dumps(first).encode())]
    small = [parse.messages(body, ADDRESS, "inbox") for body in (sparse, json.dumps(later).encode())]

    assert [bool(page.records) for page in whole] == [True, True]
    assert [(len(page.records), len(page.changes)) for page in small] == [(0, 1), (0, 1)]
    assert len(small[1].removed) == 1
    assert len(parse.messages(removed, ADDRESS, "inbox").removed) == 1


def test_recorded_pages_hold_only_properties_that_the_emulator_can_show() -> None:
    known = set((Path("connectors/emulator/items.py")).read_text(encoding="utf-8").split('"'))
    items = recorded("nango/messages_delta_page1.raw.json")["body"]["value"]

    missing = {name for item in items for name in item if "@" not in name} - known - {"id"}

    assert missing <= {"changeKey", "isDeliveryReceiptRequested", "isReadReceiptRequested"}
