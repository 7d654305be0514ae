"""The API answers figures, suggestions and problems; what it is not told it does not know, content it refuses."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.terms import Category, KeyScope, Role
from service.store import figures, keys
from service.store.engine import Database
from tests.conftest import NOW
from tests.factories import answer as reply
from tests.factories import chat, mail
from tests.service.api.conftest import Service, serve
from tests.shared import shared_file

KPIS = "/api/v1/kpis"
CANARY = "KANARIE"


def test_the_figures_are_those_of_the_page(any_service: Service) -> None:
    account_id = any_service.take_in(mail(at=NOW - timedelta(hours=3)), mail(at=NOW - timedelta(days=9)), reply(at=NOW))
    headers = any_service.token("kpis")

    shown = any_service.client.get(KPIS, headers=headers).json
    of_one = any_service.client.get(
        KPIS, query_string={"postfach": account_id, "kanal": "E-Mail"}, headers=headers
    ).json

    with any_service.runtime.look() as turn:
        expected = figures.tiles(turn)
        expected += tuple(one for one in figures.catalogue(turn) if one.key not in {tile.key for tile in expected})
    assert shown["as_of"] == "2026-11-18T09:00:00Z"
    assert [one["key"] for one in shown["kpis"]] == [one.key for one in expected]
    assert [one["value"] for one in shown["kpis"]] == [one.value for one in expected]
    assert [one["rows"]["count"] for one in shown["kpis"] if one["rows"]] == [
        one.rows_count for one in expected if one.rows is not None
    ]
    assert len(of_one["kpis"]) == len(expected)


def test_unchanged_figures_are_not_sent_again(service: Service) -> None:
    headers = service.token("kpis")
    first = service.client.get(KPIS, headers=headers)
    unchanged = service.client.get(KPIS, headers=headers | {"If-None-Match": first.headers["ETag"]})
    service.take_in(mail(at=NOW - timedelta(hours=1)))

    changed = service.client.get(KPIS, headers=headers | {"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, unchanged.status_code, changed.status_code) == (200, 304, 200)
    assert unchanged.data == b""
    assert "private" in first.headers["Cache-Control"]


@pytest.mark.parametrize(
    "query", [{"kanal": "Fax"}, {"zeitraum": "8"}, {"postfach": "999"}, {"postfach": "1,x"}, {"postfach": "1' OR 1=1"}]
)
def test_an_unknown_part_of_the_firm_is_refused(service: Service, query: dict[str, str]) -> None:
    answer = service.client.get(KPIS, query_string=query, headers=service.token("kpis"))

    assert answer.status_code == 422
    assert answer.json["fields"].keys() == query.keys()


def test_a_known_sender_gets_class_reason_and_window(any_service: Service) -> None:
    with any_service.runtime.turn() as turn:
        keys.teach(turn, KeyScope.ADRESSE, "erika@kunde.example", Category.KUNDE, {})
    record = {"sender": "Erika@Kunde.example", "received_at": "2026-11-18T08:00:00Z", "flags": {"auth_dmarc": "pass"}}

    found = any_service.ask(record, any_service.token("suggestions")).json

    assert (found["category"], found["step"], found["final"]) == ("Kunde", "Adresse bestätigt", True)
    assert found["reason"]
    assert found["window"] == {
        "limit_minutes": 1440,
        "ideal_minutes": None,
        "calendar": "werktage",
        "due_at": "2026-11-19T08:00:00Z",
        "strict_due_at": "2026-11-19T08:00:00Z",
    }


def test_a_class_that_nobody_answers_and_an_automatic_mail_have_no_window(service: Service) -> None:
    with service.runtime.turn() as turn:
        keys.teach(turn, KeyScope.ADRESSE, "news@brief.example", Category.NEWSLETTER, {})
    headers = service.token("suggestions")

    letter = service.ask({"sender": "news@brief.example", "flags": {"auth_dmarc": "pass"}}, headers).json
    bounce = service.ask({"sender": "mailer-daemon@a.example", "flags": {"return_path_null": True}}, headers).json

    assert (letter["category"], letter["window"]) == ("Newsletter", None)
    assert (bounce["system"], bounce["window"]) == (True, None)


def test_a_whatsapp_number_is_judged_in_its_own_window(service: Service) -> None:
    record = {"channel": "WhatsApp", "sender": "+49 171 8388958", "received_at": "2026-11-18T09:00:00+01:00"}

    found = service.ask(record, service.token("suggestions")).json

    assert found["category"] is None
    assert (found["window"]["limit_minutes"], found["window"]["ideal_minutes"]) == (240, 15)
    assert found["window"]["due_at"] == "2026-11-18T12:00:00Z"


@pytest.mark.parametrize("key", ["subject", "body", "text", "preview", "role", "class_source"])
def test_content_and_fields_that_do_not_exist_are_refused_without_being_quoted(service: Service, key: str) -> None:
    answer = service.ask({"sender": "erika@kunde.example", key: CANARY}, service.token("suggestions"))

    assert answer.status_code == 422
    assert answer.json["fields"] == {key: "wird nicht angenommen"}
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sender": "keine adresse"}, "sender"),
        ({"sender": CANARY * 200}, "sender"),
        ({"channel": "WhatsApp", "sender": "abc"}, "sender"),
        ({"received_at": "2026-11-18T09:00:00"}, "received_at"),
        ({"received_at": CANARY}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59Z"}, "received_at"),
        ({"flags": {"subject": CANARY}}, "flags.subject"),
        ({"flags": {"references": -1}}, "flags.references"),
        ({"to": ["a@b.example"] * 501}, "to"),
        ({"channel": "Fax"}, "channel"),
        ([], "body"),
        ("x", "body"),
    ],
)
def test_each_wrong_field_is_named_and_no_value_is_repeated(service: Service, body: Any, field: str) -> None:
    answer = service.ask(body, service.token("suggestions"))

    assert answer.status_code == 422
    assert list(answer.json["fields"]) == [field]
    assert CANARY not in answer.text


def test_a_body_that_is_too_long_or_no_json_is_refused(service: Service) -> None:
    headers = service.token("suggestions")

    too_long = service.client.post("/api/v1/suggestions", data=b" " * 70_000, headers=headers)
    no_json = service.client.post("/api/v1/suggestions", data=b"{", headers=headers)

    assert (too_long.status_code, no_json.status_code) == (413, 422)


def test_hostile_json_is_never_an_error_of_ours(service: Service) -> None:
    headers = service.token("suggestions")
    lines = shared_file("data/hostile/json.jsonl").read_text("utf-8").splitlines()
    bodies = [base64.b64decode(json.loads(line)["raw_b64"]) for line in lines]

    answers = {service.client.post("/api/v1/suggestions", data=body, headers=headers).status_code for body in bodies}

    assert answers <= {200, 413, 422}


def test_suggestions_store_nothing(any_service: Service) -> None:
    any_service.ask({"sender": "geheim@kunde.example"}, any_service.token("suggestions"))

    with any_service.runtime.look() as turn:
        stored = turn.session.connection().exec_driver_sql("SELECT count(*) FROM message").scalar_one()
    assert stored == 0


def test_health_needs_no_token_and_tells_nothing_of_the_firm(service: Service) -> None:
    answer = service.client.get("/api/v1/health")

    assert answer.status_code == 200
    assert answer.json.keys() == {"status", "version"}


def test_without_a_database_the_answer_is_503_with_a_code_and_a_time(tmp_path: Path) -> None:
    service = serve(Database("postgresql+psycopg://niemand@127.0.0.1:1/nichts"), tmp_path)

    for path, headers in (("/api/v1/health", {}), (KPIS, {"Authorization": "Bearer x"})):
        answer = service.client.get(path, headers=headers)

        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert answer.json["code"] == "PL-1053"
        assert int(answer.headers["Retry-After"]) > 0


def test_a_database_file_that_is_gone_is_503_for_programs(service: Service) -> None:
    path = Path(str(service.runtime.database.engine.url.database))
    assert service.client.get("/api/v1/health").status_code == 200

    path.rename(path.with_suffix(".weg"))

    answer = service.client.get("/api/v1/health")
    assert (answer.status_code, answer.json["code"]) == (503, "PL-1056")
    assert not path.exists()


def test_unknown_addresses_and_methods_are_problems_not_pages(service: Service) -> None:
    service.sign_in(Role.ADMIN)

    unknown = service.client.get("/api/v1/gibtesnicht")
    method = service.client.delete(KPIS)

    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
    assert (method.status_code, method.mimetype) in {
        (404, "application/problem+json"),
        (405, "application/problem+json"),
    }


def test_a_message_of_whatsapp_past_its_window_counts_in_the_figures(service: Service) -> None:
    service.take_in(chat(at=NOW - timedelta(days=2)))

    shown = service.client.get(KPIS, headers=service.token("kpis")).json

    tile = next(one for one in shown["kpis"] if one["key"] == "whatsapp_unanswered")
    assert tile["value"] == 1
    assert tile["rows"]["count"] == 1
