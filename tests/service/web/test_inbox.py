"""The list in working order, its filters, and what a posted decision does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, update

from models.message import Conversation, Message
from models.party import Company
from models.terms import Category, Channel, Role
from service.store import accounts, lookup, triage
from service.store.accounts import Facts
from service.store.triage import Filter
from tests.conftest import NOW
from tests.web_data import Web, csrf, web


def shown(firm: Web, **wanted: Any) -> list[Conversation]:
    with firm.runtime.look() as turn:
        return [line.conversation for line in triage.rows(turn, Filter(**wanted)).lines]


def find(firm: Web, name: str) -> Conversation:
    with firm.runtime.look() as turn:
        return turn.session.scalars(select(Conversation).where(Conversation.peer_name == name)).one()


def post(client: FlaskClient, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, json=body, headers={"X-CSRF-Token": csrf(client)})


def test_likely_customers_come_first_by_time_left(firm: Web) -> None:
    rows = shown(firm)

    assert [row.suggested for row in rows[:2]] == [Category.KUNDE, Category.KUNDE]
    assert rows[0].due_at is not None
    assert rows[1].due_at is not None
    assert rows[0].due_at <= rows[1].due_at
    assert all(row.suggested is not Category.KUNDE for row in rows[2:])


def test_unknown_senders_are_ordered_by_time_left(firm: Web) -> None:
    due = [row.due_at for row in shown(firm, tab="ohne") if row.due_at]

    assert due == sorted(due)
    assert len(due) > 2


def test_filters_combine(firm: Web) -> None:
    chats = shown(firm, tab="ohne", channel=Channel.WHATSAPP)
    old = shown(firm, tab="alt")

    assert {row.channel for row in chats} == {Channel.WHATSAPP}
    assert all(row.last_inbound_at and row.last_inbound_at < NOW - timedelta(days=7) for row in old)
    assert [row.peer_name for row in shown(firm, tab="alt", text="kaya")] == ["Aylin Kaya"]
    assert shown(firm, tab="alt", channel=Channel.WHATSAPP) == []


def test_search_takes_signs_of_patterns_literally(firm: Web) -> None:
    assert shown(firm, tab="ohne", text="%") == []
    assert shown(firm, tab="ohne", text="_") == []
    assert len(shown(firm, tab="ohne", text="' OR 1=1 --")) == 0
    assert [row.peer for row in shown(firm, tab="ohne", text="0171 8388958")] == ["491718388958"]


def test_accepting_a_suggestion_assigns_the_party_the_domain_points_to(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")

    answer = post(client, "/einordnen/bestaetigen", {"ids": [row.id], "versions": {str(row.id): row.version}})

    assert answer.status_code == 200, answer.text
    after = find(firm, "Miriam Oswald")
    with firm.runtime.look() as turn:
        company = turn.session.get(Company, after.company_id)
        assert company is not None
        assert company.name == "Müller & Partner"
    assert after.category is Category.KUNDE


def test_accepting_several_suggestions_gives_each_its_own_party_and_one_undo(firm: Web) -> None:
    client = firm.client()
    sure = [each for each in shown(firm) if each.confidence >= 0.8]
    ids = sorted(each.id for each in sure[:3])
    unsure = find(firm, "Miriam Oswald")

    refused = post(client, "/einordnen/bestaetigen", {"ids": [unsure.id, *ids]})
    done = post(client, "/einordnen/bestaetigen", {"ids": ids}).get_json()
    undone = post(client, "/einordnen/zuruecknehmen", {"confirmation": done["confirmation"]})

    assert "Unsicher: 1 von" in refused.text
    assert done["conversations"] == len(ids) > 1
    assert undone.status_code == 200, undone.text
    assert not {each.id for each in shown(firm) if each.category is not None} & set(ids)


def test_kunde_without_a_party_is_refused_with_the_field(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Sönke Brandt")

    answer = post(client, "/einordnen/bestaetigen", {"ids": [row.id], "category": "Kunde"})

    assert answer.status_code == 422
    assert "party" in answer.get_json()["fields"]
    assert find(firm, "Sönke Brandt").category is None


def test_kunde_not_known_yet_is_listed_for_rework(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Sönke Brandt")

    post(client, "/einordnen/bestaetigen", {"ids": [row.id], "category": "Kunde", "party": "unbekannt"})

    page = client.get("/konversationen?partei=unbekannt").text
    assert "Sönke Brandt" in page
    assert "1 gefunden" in page


def test_mixed_senders_are_refused_until_somebody_has_seen_them(firm: Web) -> None:
    client = firm.client()
    ids = [row.id for row in shown(firm, text="rundbrief")]
    body = {"ids": ids, "category": "Newsletter"}

    refused = post(client, "/einordnen/bestaetigen", body)
    accepted = post(client, "/einordnen/bestaetigen", body | {"mixed_ok": True})

    assert refused.status_code == 422
    assert "post0@rundbrief.example (1)" in refused.get_json()["fields"]["mixed"]
    assert accepted.get_json()["conversations"] == 6


def test_a_stale_row_is_a_conflict_that_names_what_is_true(firm: Web) -> None:
    client, colleague = firm.client(), firm.client(Role.TEAM_LEAD)
    row = find(firm, "Sönke Brandt")
    body = {"ids": [row.id], "versions": {str(row.id): row.version}}
    post(colleague, "/einordnen/bestaetigen", body | {"category": "Werbung"})

    answer = post(client, "/einordnen/bestaetigen", body | {"category": "Newsletter"})

    assert answer.status_code == 409
    assert "Jens Thode war schneller: Werbung" in answer.get_json()["title"]
    assert find(firm, "Sönke Brandt").category is Category.WERBUNG


def test_the_second_undo_of_the_same_act_is_refused(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Sönke Brandt")
    done = post(client, "/einordnen/bestaetigen", {"ids": [row.id], "category": "Werbung"}).get_json()
    body = {"confirmation": done["confirmation"]}

    first, second = post(client, "/einordnen/zuruecknehmen", body), post(client, "/einordnen/zuruecknehmen", body)

    assert (first.status_code, second.status_code) == (200, 409)


def test_parties_are_found_by_name_number_and_domain_and_told_apart(firm: Web) -> None:
    def search(text: str) -> list[str]:
        with firm.runtime.look() as turn:
            return [party.name for party in lookup.search(turn, text)]

    assert search("muell") == ["Müller & Partner", "Bau Müller GmbH"]
    assert search("mueller und") == ["Müller & Partner"]
    assert search("K-10871") == ["Bau Müller GmbH"]
    assert search("kontor-nord.ex") == ["Kontor Nord KG"]
    assert search("%") == []
    with firm.runtime.look() as turn:
        places = {party.name: (party.city, party.number) for party in lookup.search(turn, "mueller")}
    assert places["Müller & Partner"] == ("Kiel", "K-10233")


def test_a_new_party_can_be_added_while_classifying(firm: Web) -> None:
    client = firm.client()
    made = post(client, "/einordnen/partei", {"name": "Werft Brandt", "category": "Kunde"}).get_json()
    row = find(firm, "Sönke Brandt")

    post(
        client,
        "/einordnen/bestaetigen",
        {"ids": [row.id], "category": "Kunde", "party": made["key"], "scope": "domain"},
    )

    page = client.get("/" + made["key"].replace("firma:", "partei/firma/")).text
    assert "Sönke Brandt" in page
    assert "werft-brandt.example" in page
    again = post(client, "/einordnen/partei", {"name": "Werft Brandt", "category": "Kunde"})
    assert again.status_code == 409


def test_a_name_that_claims_another_address_is_marked(firm: Web) -> None:
    page = firm.client().get("/?ansicht=ohne").text

    assert "Der Anzeigename nennt eine andere Adresse als die echte." in page
    assert "privat@gmx.de" in page


def test_free_mail_never_offers_the_whole_domain(firm: Web) -> None:
    client = firm.client()
    number = find(firm, "Sparkasse <x@sparkasse.example>").id

    pane = client.get(f"/einordnen/{number}").text

    assert "Gilt nur für diese Adresse" in pane
    assert 'value="domain"' not in pane


def test_the_list_says_what_to_do_next_when_it_is_empty(firm: Web) -> None:
    client = firm.client()
    ids = [row.id for tab in ("vorschlaege", "ohne") for row in shown(firm, tab=tab)]
    post(client, "/einordnen/bestaetigen", {"ids": ids, "category": "Werbung", "mixed_ok": True})

    page = client.get("/").text

    assert "Alles eingeordnet" in page
    assert "Offene Konversationen" in page


def test_a_sender_who_only_claims_to_be_a_customer_gets_no_party_offered(firm: Web) -> None:
    client = firm.client()
    number = find(firm, "Falscher Chef").id

    pane = client.get(f"/einordnen/{number}").text

    assert "Beglaubigung nicht bestanden" in pane
    assert 'name="partei" value=""' in pane


def test_what_was_done_today_can_be_looked_up_and_corrected(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Sönke Brandt")
    post(client, "/einordnen/bestaetigen", {"ids": [row.id], "category": "Werbung"})

    page = client.get("/?ansicht=erledigt").text
    post(client, "/einordnen/bestaetigen", {"ids": [row.id], "category": "Newsletter"})

    assert 'data-name="Sönke Brandt"' in page
    assert 'data-class="Werbung" data-final="1"' in page
    assert find(firm, "Sönke Brandt").category is Category.NEWSLETTER
    decisions = client.get(f"/konversation/{row.id}").text
    assert "statt Werbung" in decisions


def test_a_fresh_installation_says_how_mail_gets_in(tmp_path: Path, migrated: Path) -> None:
    empty = web(tmp_path, migrated, ())
    client = empty.client(Role.ADMIN)

    pages = {path: client.get(path) for path in ("/", "/kennzahlen", "/konversationen", "/parteien", "/einstellungen")}

    assert "Noch keine Post" in pages["/"].text
    assert {answer.status_code for answer in pages.values()} == {200}
    empty.runtime.database.dispose()


def test_a_message_that_was_deleted_in_the_mailbox_stays_on_the_page_and_says_so(firm: Web) -> None:
    row = find(firm, "Sönke Brandt")
    with firm.runtime.turn() as turn:
        turn.session.execute(update(Message).where(Message.conversation_id == row.id).values(removed_at=NOW))
    client = firm.client()

    page = client.get(f"/konversation/{row.id}").text
    pane = client.get(f"/einordnen/{row.id}").text

    assert "im Postfach gelöscht am" in page
    assert '<span class="muted">offen</span>' not in page
    assert "(im Postfach gelöscht)" in pane


def test_a_conversation_that_lies_in_two_mailboxes_names_both(firm: Web) -> None:
    row = find(firm, "Sönke Brandt")
    with firm.runtime.turn() as turn:
        other = accounts.ensure(turn, Channel.EMAIL, "zweites@muster.example", Facts("Zweites Postfach"))
        turn.session.execute(update(Message).where(Message.conversation_id == row.id).values(account_id=other.id))

    page = firm.client().get(f"/konversation/{row.id}").text

    assert ", Zweites Postfach" in page
