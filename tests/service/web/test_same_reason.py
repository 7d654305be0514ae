"""The reason of a suggestion is one text: in the list, in the pane, on the conversation's page, over the API."""

from html import unescape

from sqlalchemy import select

from models.message import Conversation
from models.terms import Category, KeyScope, Role
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, keys, tokens
from tests.conftest import NOW
from tests.factories import mail
from tests.web_data import UNPROVEN, Web


def test_a_reason_reads_the_same_wherever_it_is_shown(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        for _ in range(12):
            keys.teach(turn, KeyScope.DOMAIN, "muster-kunde.example", Category.NEWSLETTER, {})
        keys.teach(turn, KeyScope.DOMAIN, "muster-kunde.example", Category.KUNDE, {})
        info = accounts.every(turn)[0]
        record = mail("neu@muster-kunde.example", at=NOW, flags=UNPROVEN)
        intake.take_in(turn, [record], info.id, Judge(keys.book(turn)))
        found = turn.session.scalars(select(Conversation).where(Conversation.peer == record.sender)).one()
        number, reason = found.id, found.reason
        token = tokens.new(turn, "Prüfung", ["suggestions"], None)
    client = firm.client(Role.MITARBEITER)

    row = unescape(client.get(f"/einordnen/{number}/zeile").text)
    pane = unescape(client.get(f"/einordnen/{number}").text)
    page = unescape(client.get(f"/konversation/{number}").text)
    answer = firm.app.test_client().post(
        "/api/v1/suggestions",
        json={
            "channel": "E-Mail",
            "sender": record.sender,
            "received_at": NOW.isoformat(),
            "flags": {},
        },
        headers={"Authorization": f"Bearer {token}"},
    )

    assert reason.startswith("Absenderdomain muster-kunde.example 1x als Kunde bestätigt, zuletzt 18.11., 12x anders")
    for text in (row, pane, page):
        assert reason in text
    assert answer.get_json()["reason"] == reason, answer.text
