"""Conversations over the API: page after page without loss, in reach alone, windows to the second, metadata alone."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.chat import MessageStatus
from models.message import Conversation
from models.record import MessageRecord
from service.api.shapes import MetaWindowOut
from service.store import stream
from tests.conftest import NOW
from tests.factories import chat, mail
from tests.service.api.conftest import Service

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SCOPE = "conversations"


def talk(count: int) -> tuple[MessageRecord, ...]:
    return tuple(mail(f"a{n}@kunde{n}.example", at=NOW - (n // 3) * HOUR, thread=f"t{n}") for n in range(count))


def test_pages_follow_each_other_without_loss_or_double_also_while_mail_comes_in(any_service: Service) -> None:
    any_service.take_in(*talk(25))
    headers = any_service.token(SCOPE)

    seen: list[int] = []
    following = ""
    while following is not None:
        page = any_service.client.get(f"/api/v1/conversations?anzahl=4&nach={following}", headers=headers).json
        seen += [one["id"] for one in page["conversations"]]
        if len(seen) == 8:
            any_service.take_in(mail("neu@kunde.example", at=NOW + HOUR, thread="neu"))
        following = page["next"]

    assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize(
    ("rest", "is_open", "left"), [(SECOND, True, 1), (timedelta(0), False, 0), (-SECOND, False, 0), (HOUR, True, 3600)]
)
def test_metas_window_ends_to_the_second(rest: timedelta, is_open: bool, left: int) -> None:
    shown = MetaWindowOut.of(NOW + rest, NOW)

    assert shown is not None
    assert (shown.open, shown.remaining_seconds) == (is_open, left)


@pytest.mark.parametrize("late", [False, True])
def test_a_chat_shows_the_firms_window_beside_metas_and_the_free_one(service: Service, late: bool) -> None:
    at = NOW - (20 * HOUR if late else HOUR)
    service.take_in(chat("491718388951", at=at, sender_name="Erika"))
    with service.runtime.turn() as turn:
        turn.session.execute(update(Conversation).values(free_until=NOW + 5 * HOUR))

    (one,) = service.client.get("/api/v1/conversations", headers=service.token(SCOPE)).json["conversations"]
    alone = service.client.get(f"/api/v1/conversations/{one['id']}", headers=service.token(SCOPE, name="b")).json

    windows = one["windows"]
    assert alone == one
    assert windows["meta"] == {
        "until": (at + 24 * HOUR).isoformat().replace("+00:00", "Z"),
        "open": True,
        "remaining_seconds": int((at + 24 * HOUR - NOW).total_seconds()),
    }
    assert windows["free_entry"]["remaining_seconds"] == 5 * 3600
    firm = windows["firm"]
    assert (firm["limit_minutes"], firm["ideal_minutes"], firm["calendar"]) == (240, 15, "oeffnung")
    assert firm["breached"] is (firm["remaining_seconds"] < 0)
    # A chat at night: the firm's window may end after Meta's; the one that ends first is told by its name.
    tight = min((firm["due_at"], "Erste Antwort"), (windows["meta"]["until"], "Meta"))
    assert (windows["tightest"]["due_at"], windows["tightest"]["window"]) == tight
    assert (one["peer"], one["peer_name"], one["channel"]) == ("491718388951", "Erika", "WhatsApp")
    assert one["responsible"]["by"] == "niemand zuständig"
    assert set(one["classification"]) == {"category", "suggested", "confidence", "step", "reason"}


def test_filters_narrow_and_unknown_values_are_refused_with_a_sentence(service: Service) -> None:
    box = service.take_in(*talk(3))
    service.take_in(chat("491718388951", at=NOW))
    headers = service.token(SCOPE)

    def count(query: str) -> int:
        return len(service.client.get(f"/api/v1/conversations?{query}", headers=headers).json["conversations"])

    assert (count(""), count("kanal=WhatsApp"), count(f"postfach={box}"), count("zustand=archiviert")) == (4, 1, 3, 0)
    assert count("wartet=1") == 4
    for query in ("kanal=Fax", "zustand=x", "anzahl=0", "anzahl=201", "anzahl=²", "postfach=77", "nach=x",
                  "nach=1-", f"nach={'9' * 30}-1"):  # fmt: skip
        answer = service.client.get(f"/api/v1/conversations?{query}", headers=headers)
        assert answer.status_code == 422, query
        assert list(answer.json["fields"]) == [query.partition("=")[0]]


def test_what_somebody_put_aside_is_a_filter_until_its_time_is_over(service: Service) -> None:
    service.take_in(*talk(3))
    headers = service.token(SCOPE)
    with service.runtime.turn() as turn:
        turn.session.execute(update(Conversation).where(Conversation.id == 1).values(snoozed_until=NOW + HOUR))
        turn.session.execute(update(Conversation).where(Conversation.id == 2).values(snoozed_until=NOW))

    found = service.client.get("/api/v1/conversations?zurueckgestellt=1", headers=headers).json["conversations"]
    every = service.client.get("/api/v1/conversations", headers=headers).json["conversations"]

    assert [(one["id"], one["snoozed_until"]) for one in found] == [(1, "2026-11-18T10:00:00Z")]
    assert sorted(one["id"] for one in every if one["snoozed_until"] is None) == [2, 3]


def test_a_token_for_something_else_is_refused(service: Service) -> None:
    answer = service.client.get("/api/v1/conversations", headers=service.token("kpis"))

    assert answer.status_code == 403


def test_no_id_of_a_message_leaves_by_the_api(service: Service) -> None:
    service.take_in(chat("491718388951", at=NOW, source_id="wamid.GEHEIM"))

    text = service.client.get("/api/v1/conversations", headers=service.token(SCOPE)).text

    assert "wamid" not in text
    assert MessageStatus.__tablename__ not in text


def test_a_mark_is_what_it_was_made_from() -> None:
    one = Conversation(id=7, last_at=NOW + timedelta(microseconds=3))

    assert stream.place(stream.mark(one)) == (one.last_at, 7)
