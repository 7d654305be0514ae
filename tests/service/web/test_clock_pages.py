"""Windows on the pages: the tightest with its name, put aside with its end, holding replies, the past measured anew."""

from datetime import timedelta

from sqlalchemy import select

from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.terms import Channel, ClockKind, Direction, Role
from tests.conftest import NOW
from tests.web_data import Web, csrf

HOUR = timedelta(hours=1)


def waiting(firm: Web, channel: Channel = Channel.EMAIL) -> int:
    """Return a conversation that waits for an answer and is not late yet."""
    with firm.runtime.look() as turn:
        found = turn.session.scalars(
            select(Conversation.id)
            .where(Conversation.channel == channel, Conversation.due_at > NOW)
            .order_by(Conversation.due_at)
        )
        return found.first() or 0


def test_the_tightest_of_several_windows_stands_first_with_its_name_wherever_a_deadline_is(firm: Web) -> None:
    number = waiting(firm, Channel.WHATSAPP)
    with firm.runtime.turn() as turn:
        one = turn.session.get_one(Conversation, number)
        one.meta_until, one.resolve_due_at = NOW + timedelta(minutes=7), NOW + 300 * HOUR
    client = firm.client(Role.ADMIN)

    pages = [
        client.get(path).text
        for path in (
            f"/konversation/{number}",
            "/konversationen?kanal=WhatsApp&wartet=1",
            "/?ansicht=ohne&kanal=WhatsApp",
            "/kennzahlen?kanal=WhatsApp",
        )
    ]

    for text in pages:
        tight, named = text.index("noch 7 Min"), text.index("Erledigung noch 12 Tage")
        assert "Meta" in text[tight - 800 : tight + 200]
        assert "Erste Antwort noch" in text
        assert tight < named or "kennzahlen" in text


def test_what_is_put_aside_is_found_says_until_when_and_keeps_its_deadline(firm: Web) -> None:
    client, number = firm.client(Role.MITARBEITER), waiting(firm)
    before = client.get("/konversationen?zurueckgestellt=1").text
    until = NOW + timedelta(days=3)

    form = {"csrf": csrf(client), "bis": until.isoformat()}
    answer = client.post(f"/konversation/{number}/zurueckstellen", data=form)

    found = client.get("/konversationen?zurueckgestellt=1").text
    page = client.get(f"/konversation/{number}").text
    assert answer.status_code == 303
    assert f"/konversation/{number}" not in before
    assert f'href="/konversation/{number}"' in found
    assert "zurückgestellt bis Sa 21.11., 10:00" in found
    assert "Erste Antwort fällig" in found
    assert "die Frist läuft weiter" in page
    client.post(f"/konversation/{number}/zurueckstellen", data={"csrf": csrf(client), "bis": "jetzt"})
    assert f"/konversation/{number}" not in client.get("/konversationen?zurueckgestellt=1").text


def test_an_instant_that_is_none_and_a_message_that_is_none_are_refused(firm: Web) -> None:
    client, number = firm.client(Role.MITARBEITER), waiting(firm)
    token = csrf(client)

    wrong = [
        client.post(f"/konversation/{number}/{where}", data={"csrf": token, name: value}).status_code
        for where, name, value in (
            ("zurueckstellen", "bis", "bald"),
            ("zurueckstellen", "bis", "2026-11-21T10:00"),
            ("zwischenbescheid", "nachricht", "keine"),
        )
    ]

    assert wrong == [422, 422, 422]


def test_a_message_of_ours_is_marked_as_a_holding_reply_on_the_page(firm: Web) -> None:
    with firm.runtime.look() as turn:
        sent = turn.session.execute(
            select(Message.id, Message.conversation_id)
            .join(ClockEvent, ClockEvent.conversation_id == Message.conversation_id)
            .where(Message.direction == Direction.AUSGANG, ClockEvent.kind == ClockKind.STOPP)
        ).first()
    assert sent is not None
    client = firm.client(Role.MITARBEITER)
    form = {"csrf": csrf(client), "nachricht": sent[0].hex(), "ist": "zwischenbescheid"}

    answer = client.post(f"/konversation/{sent[1]}/zwischenbescheid", data=form)

    assert answer.status_code == 303
    assert "Zwischenbescheid gesendet" in client.get(f"/konversation/{sent[1]}").text
