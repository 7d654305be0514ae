"""What WhatsApp adds to the pages: Meta's window beside the firm's, and times of which messages may be missing."""

from datetime import timedelta

from sqlalchemy import select

from models.account import Account
from models.chat import Gap
from models.message import Conversation
from models.terms import Channel, ConversationState, Role
from service.web import words
from tests.conftest import NOW
from tests.web_data import Web

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
