"""What WhatsApp adds to the pages: Meta's window beside the firm's, and times of which messages may be missing."""

from datetime import timedelta

from sqlalchemy import select

from models.account import Account
from models.chat import ChatTwin, Gap
from models.duty import MemberAccount
from models.message import Conversation
from models.terms import Channel, ConversationState, Role
from service.web import words
from tests.conftest import NOW
from tests.service.jobs.chatting import USER, echo, inbound, status, tell
from tests.web_data import Web, csrf

HOUR = timedelta(hours=1)


def chat_until(firm: Web, rest: timedelta) -> int:
    """Give one waiting chat so much time at Meta; return its id."""
    with firm.runtime.turn() as turn:
        found = turn.session.scalars(
            select(Conversation).where(Conversation.channel == Channel.WHATSAPP, Conversation.unclassified > 0)
        ).first()
        assert found is not None
        found.meta_until, found.state = NOW + rest, ConversationState.OFFEN
        found.waiting_since, found.due_at = NOW - HOUR, NOW - timedelta(days=90)
        return found.id


def test_metas_remaining_time_stands_in_the_list_beside_the_figures_and_on_the_page(firm: Web) -> None:
    number = chat_until(firm, 5 * HOUR)
    client = firm.client(Role.TEAM_LEAD)

    shown = [client.get(path).text for path in (f"/konversation/{number}", "/kennzahlen?kanal=WhatsApp")]
    rows = client.get("/?ansicht=vorschlaege").text + client.get("/?ansicht=ohne").text

    left = words.left(NOW + 5 * HOUR, NOW).text
    assert left in shown[0]
    assert f"Meta {left}" in shown[1]
    assert f"Meta {left}" in rows


def test_the_free_time_of_metas_entry_point_stands_in_every_list_and_on_the_page(firm: Web) -> None:
    number = chat_until(firm, 5 * HOUR)
    with firm.runtime.turn() as turn:
        turn.session.get_one(Conversation, number).free_until = NOW + 50 * HOUR
    client = firm.client(Role.TEAM_LEAD)

    page = client.get(f"/konversation/{number}").text
    lists = [client.get("/kennzahlen?kanal=WhatsApp").text, client.get("/?ansicht=ohne").text + client.get("/").text]

    left = words.left(NOW + 50 * HOUR, NOW).text
    assert f"<dt>Kostenfrei</dt><dd>{left}" in page
    assert all(f"kostenfrei {left}" in shown for shown in lists)


def test_a_window_that_has_ended_says_that_only_templates_are_left(firm: Web) -> None:
    number = chat_until(firm, timedelta(0))
    client = firm.client(Role.TEAM_LEAD)

    assert "nur Vorlagen" in client.get(f"/konversation/{number}").text
    assert "Meta: nur Vorlagen" in client.get("/kennzahlen?kanal=WhatsApp").text


def test_a_possible_gap_is_said_with_its_times_and_its_cause(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    before = client.get("/kennzahlen").text
    with firm.runtime.turn() as turn:
        account = turn.session.scalars(select(Account.id).where(Account.channel == Channel.WHATSAPP)).first()
        for cause in ("Ausfall", "Stille", "Gesendetes fehlt", "Bezug fehlt"):
            until = None if cause == "Stille" else NOW - HOUR
            turn.session.add(Gap(account_id=account, cause=cause, from_at=NOW - 9 * HOUR, until_at=until, pieces=7))

    page = client.get("/kennzahlen").text

    assert "Lücke möglich" not in before
    assert page.count("Lücke möglich von") == 4
    assert "bis jetzt" in page
    assert "länger als 36 Stunden" in page
    assert "Zu 7 Nachrichten" in page
    assert "auf 7 Nachrichten" in page


def twins_in(firm: Web) -> tuple[int, int]:
    """Let one chat be written once by number and once by user id, until a message names both."""
    settle = firm.runtime
    tell(settle, inbound("t1", NOW - 5 * HOUR), inbound("t2", NOW - 4 * HOUR, **{"from": None, "from_user_id": USER}))
    tell(settle, inbound("t3", NOW - 3 * HOUR, from_user_id=USER))
    tell(settle, echo("t4", NOW - 2 * HOUR), field="smb_message_echoes")
    tell(settle, status("t4", "read", NOW - HOUR))
    with settle.look() as turn:
        twin = turn.session.scalars(select(ChatTwin.id)).one()
        return turn.session.scalars(select(Conversation.id).where(Conversation.thread == f"1001/{USER}")).one(), twin


def test_two_who_look_like_one_are_offered_previewed_merged_and_parted_by_a_person(firm: Web) -> None:
    number, twin = twins_in(firm)
    client = firm.client(Role.MITARBEITER)
    sent = {"csrf": csrf(client)}
    path = f"/konversation/{number}/person/{twin}"

    offered = client.get(f"/konversation/{number}").text
    shown = client.get(path).text
    merged = client.post(path, data=sent | {"tun": "eine"})
    shell, whole = client.get(f"/konversation/{number}").text, client.get(merged.location).text
    parted = client.post(path, data=sent | {"tun": "zurueck"})
    again = client.get(f"/konversation/{number}").text

    assert "könnten dieselbe Person sein" in offered
    assert "Was dann geschieht" in shown
    assert merged.location != f"/konversation/{number}"
    assert "Zusammengeführt: das Gespräch geht" in shell
    assert "gelesen" in whole
    assert f"{USER}</span> gehört zu" in whole
    assert parted.status_code == 303
    assert "könnten dieselbe Person sein" in again
    assert client.post(path, data=sent | {"tun": "anderes"}).status_code == 422
    assert client.post(path, data=sent | {"tun": "zurueck"}).status_code == 409


def test_over_the_api_a_member_sees_what_is_in_reach_and_nothing_tells_foreign_from_missing(firm: Web) -> None:
    client = firm.client(Role.MITARBEITER)
    whole = client.get("/api/v1/conversations?anzahl=200").json["conversations"]
    with firm.runtime.turn() as turn:
        lead = turn.session.scalars(select(Account.id).where(Account.channel == Channel.EMAIL)).first()
        turn.session.add(MemberAccount(member_id=2, account_id=lead))

    mine = client.get("/api/v1/conversations?anzahl=200").json["conversations"]

    assert {one["channel"] for one in whole} == {"E-Mail", "WhatsApp"}
    assert {one["channel"] for one in mine} == {"WhatsApp"}
    foreign = next(one["id"] for one in whole if one["channel"] == "E-Mail")
    answers = [client.get(f"/api/v1/conversations/{number}") for number in (foreign, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert "no-store" in client.get("/api/v1/conversations").headers["Cache-Control"]
