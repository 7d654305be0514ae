"""The emulator's change notifications: handshake, what is delivered, retries, duplicates, lifecycle, ends."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from tests.connectors.emulator.ear import Ear, hearing
from tests.connectors.emulator.scene import call
from tests.connectors.graph.conftest import ADDRESS, mail
from tests.fakes import FakeClock


@pytest.fixture
def ear() -> Iterator[Ear]:
    with hearing() as found:
        yield found


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(clock: FakeClock) -> Iterator[GraphEmulator]:
    started = GraphEmulator(Mailboxes([ADDRESS], [mail(1)]), clock=clock.now).start()
    yield started
    started.stop()


def wanted(ear: Ear, clock: FakeClock, minutes: int = 4200, **more: Any) -> dict[str, Any]:
    return {
        "changeType": "created,updated",
        "notificationUrl": ear.url,
        "lifecycleNotificationUrl": ear.url,
        "resource": f"users/{ADDRESS}/messages",
        "clientState": "ein-Geheimnis",
        "expirationDateTime": (clock.at + timedelta(minutes=minutes)).isoformat(),
    } | more


def subscribe(server: GraphEmulator, ear: Ear, clock: FakeClock) -> str:
    status, body = call(server, "/subscriptions", method="POST", data=wanted(ear, clock))
    assert status == 201, body
    return str(body["id"])


def test_new_mail_is_told_without_any_of_its_content(server: GraphEmulator, ear: Ear, clock: FakeClock) -> None:
    subscription = subscribe(server, ear, clock)

    server.mailboxes.deliver(mail(2))
    (told,) = ear.wait()

    assert (told["subscriptionId"], told["clientState"], told["changeType"]) == (
        subscription,
        "ein-Geheimnis",
        "created",
    )
    assert set(told["resourceData"]) == {"@odata.type", "@odata.id", "@odata.etag", "id"}


def test_deliveries_are_repeated_until_they_are_taken_and_may_come_twice(
    server: GraphEmulator, ear: Ear, clock: FakeClock
) -> None:
    subscribe(server, ear, clock)
    ear.failures, server.subscriptions.copies = 2, 2

    server.mailboxes.toggle(ADDRESS, "inbox", "k1")
    told = ear.wait(2)

    assert [each["changeType"] for each in told] == ["updated", "updated"]


@pytest.mark.parametrize("event", ["reauthorizationRequired", "missed", "subscriptionRemoved"])
def test_lifecycle_events_are_told_and_a_removed_subscription_is_gone(
    server: GraphEmulator, ear: Ear, clock: FakeClock, event: str
) -> None:
    subscription = subscribe(server, ear, clock)

    server.subscriptions.lifecycle(subscription, event)
    (told,) = ear.wait()

    assert told["lifecycleEvent"] == event
    assert "resourceData" not in told
    assert call(server, f"/subscriptions/{subscription}")[0] == (404 if event == "subscriptionRemoved" else 200)


def test_a_subscription_ends_unless_it_is_renewed(server: GraphEmulator, ear: Ear, clock: FakeClock) -> None:
    first, second = (subscribe(server, ear, clock) for _ in range(2))
    clock.move(timedelta(minutes=4000))
    until = (clock.at + timedelta(minutes=4200)).isoformat()

    renewed = call(server, f"/subscriptions/{second}", method="PATCH", data={"expirationDateTime": until})
    clock.move(timedelta(minutes=300))

    assert renewed[0] == 200
    assert [each["id"] for each in call(server, "/subscriptions")[1]["value"]] == [second]
    assert call(server, f"/subscriptions/{first}", method="PATCH", data={"expirationDateTime": until})[0] == 404


def test_secrets_are_not_told_again_and_an_end_is_an_end(server: GraphEmulator, ear: Ear, clock: FakeClock) -> None:
    subscription = subscribe(server, ear, clock)

    _, shown = call(server, f"/subscriptions/{subscription}")
    ended = call(server, f"/subscriptions/{subscription}", method="DELETE")

    assert shown["clientState"] is None
    assert shown["expirationDateTime"].endswith("0000Z")
    assert ended[0] == 204
    assert call(server, f"/subscriptions/{subscription}")[0] == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"resource": "me/drive/root"},
        {"changeType": "geheim"},
        {"notificationUrl": "http://firma.example/hooks/graph"},
        {"notificationUrl": "http://127.0.0.1:9/hooks/graph"},
        {"clientState": "x" * 129},
        {"expirationDateTime": "bald"},
        {"expirationDateTime": "2020-01-01T00:00:00Z"},
        {"expirationDateTime": "2099-01-01T00:00:00Z"},
    ],
)
def test_what_graph_refuses_is_refused(
    server: GraphEmulator, ear: Ear, clock: FakeClock, wrong: dict[str, Any]
) -> None:
    assert call(server, "/subscriptions", method="POST", data=wanted(ear, clock, **wrong))[0] == 400


def test_an_address_that_does_not_prove_itself_gets_nothing(server: GraphEmulator, ear: Ear, clock: FakeClock) -> None:
    ear.proves = False

    status, body = call(server, "/subscriptions", method="POST", data=wanted(ear, clock))

    assert (status, body["error"]["code"]) == (400, "ValidationError")
    assert call(server, "/subscriptions", method="POST", data=[])[0] == 400


def test_less_than_45_minutes_become_45(server: GraphEmulator, ear: Ear, clock: FakeClock) -> None:
    _, body = call(server, "/subscriptions", method="POST", data=wanted(ear, clock, minutes=5))

    assert body["expirationDateTime"].startswith((clock.at + timedelta(minutes=45)).strftime("%Y-%m-%dT%H:%M"))


def test_an_emulator_that_is_steered_from_outside_obeys(server: GraphEmulator, ear: Ear, clock: FakeClock) -> None:
    subscription = subscribe(server, ear, clock)
    control = server.base.replace("/v1.0", "/_emulator")

    def order(do: str, held: Any) -> tuple[int, dict[str, Any]]:
        return call(server, control, method="POST", data={"do": do, "with": held})

    order("move", [ADDRESS, "k1", "inbox", "archive"])
    order("lifecycle", [subscription, "missed"])
    order("state", [ADDRESS, "outside"])
    order("full", [ADDRESS, True])
    status, seen = order("faults", {"seed": 1, "rate": 1.0, "kinds": ["5xx"]})

    assert [each.get("changeType", each.get("lifecycleEvent")) for each in ear.wait(2)] == ["updated", "missed"]
    assert status == 200
    assert seen["subscriptions"] == [subscription]
    assert server.mailboxes.box(ADDRESS).full
    assert call(server, "/domains")[0] >= 500
    assert call(server, control)[1]["faults"] == {"5xx": 1}
    assert order("toggle", ["niemand@firma.example", "inbox", "k"])[0] == 400
    assert order("faults", {"seed": 1, "farbe": 1})[0] == 400
    server.token = "anders"
    assert order("full", [ADDRESS, False])[0] == 200
