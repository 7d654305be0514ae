"""Several rows at once, without script: archive, no answer needed, follow up, priority; customers are asked for."""

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.message import Conversation
from models.terms import Category, ConversationState, Role
from tests.web_data import Web, csrf


def rows(firm: Web, *, customers: bool) -> list[str]:
    with firm.runtime.look() as turn:
        found = turn.session.scalars(select(Conversation).where(Conversation.state == ConversationState.OFFEN)).all()
        waits = {c.id: c.due_at is not None and (c.category or c.suggested) is Category.KUNDE for c in found}
        return [f"{c.id}:{c.version}" for c in found if waits[c.id] is customers][:2]


def post(client: FlaskClient, verb: str, chosen: list[str], **more: str) -> TestResponse:
    data = {"csrf": csrf(client), "tun": verb, "zeile": chosen, "weiter": "/konversationen?wartet=1"} | more
    return client.post("/konversationen/erledigen", data=data)


def states(firm: Web, chosen: list[str]) -> set[ConversationState]:
    with firm.runtime.look() as turn:
        numbers = [int(one.split(":")[0]) for one in chosen]
        return set(turn.session.scalars(select(Conversation.state).where(Conversation.id.in_(numbers))))


def test_rows_in_which_no_customer_waits_are_archived_at_once(firm: Web) -> None:
    client, chosen = firm.client(Role.ADMIN), rows(firm, customers=False)

    answer = post(client, "archivieren", chosen)

    assert answer.headers["Location"] == "/konversationen?wartet=1&erledigt=2&tat=archivieren"
    assert states(firm, chosen) == {ConversationState.ARCHIVIERT}
    assert "2 Konversationen archiviert." in client.get(answer.headers["Location"]).text


def test_archiving_a_customer_who_waits_asks_first_and_then_does_it(firm: Web) -> None:
    client, chosen = firm.client(Role.ADMIN), rows(firm, customers=True)

    asked = post(client, "archivieren", chosen)
    before = states(firm, chosen)
    done = post(client, "archivieren", chosen, sicher="1")

    assert "Hier warten 2 Kunden noch auf Antwort" in asked.text
    assert [asked.text.count(f'value="{one}"') for one in chosen] == [1, 1]
    assert (before, done.status_code) == ({ConversationState.OFFEN}, 303)
    assert states(firm, chosen) == {ConversationState.ARCHIVIERT}


def test_the_page_of_one_conversation_asks_too_and_offers_that_no_answer_is_needed(firm: Web) -> None:
    client, (one, *_) = firm.client(Role.ADMIN), rows(firm, customers=True)
    number, version = one.split(":")
    data = {"csrf": csrf(client), "zustand": "archiviert", "version": version}

    asked = client.post(f"/konversation/{number}/zustand", data=data)
    post(client, "keine-antwort", [one], sicher="1")

    assert "Hier wartet ein Kunde noch auf Antwort" in asked.text
    assert "Keine Antwort nötig" in asked.text
    assert states(firm, [one]) == {ConversationState.ERLEDIGT}


def test_rows_are_put_before_others_and_looked_at_again_on_a_day(firm: Web) -> None:
    client, chosen = firm.client(Role.ADMIN), rows(firm, customers=True)

    raised = post(client, "vorziehen", chosen)
    fresh = rows(firm, customers=True)
    post(client, "nachfassen", fresh, am="2026-11-25")

    assert raised.headers["Location"].endswith("erledigt=2&tat=vorziehen")
    assert "2 gefunden" in client.get("/konversationen?vorgezogen=1").text
    assert "2 gefunden" in client.get("/konversationen?zurueckgestellt=1").text
    assert "Wieder einreihen" in client.get("/konversationen?vorgezogen=1").text
    assert post(client, "einreihen", chosen).status_code == 303
    assert "0 gefunden" in client.get("/konversationen?vorgezogen=1").text


def test_what_makes_no_sense_is_refused_in_words(firm: Web) -> None:
    client, chosen = firm.client(Role.ADMIN), rows(firm, customers=False)

    assert post(client, "archivieren", []).status_code == 422
    assert post(client, "verbrennen", chosen).status_code == 422
    assert post(client, "nachfassen", chosen, am="morgen").status_code == 422
    assert post(client, "nachfassen", chosen, am="2020-01-01").status_code == 422
    assert post(firm.client(Role.MANAGEMENT), "archivieren", chosen).status_code == 403
