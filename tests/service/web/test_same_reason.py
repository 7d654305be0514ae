"""The reason of a suggestion is one text: in the list, in the pane, on the conversation's page, over the API, in exports."""

import csv
import io
from html import unescape

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from models.message import Conversation, Message
from models.terms import Category, KeyScope, Role
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, keys, tokens
from service.web import rows
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
    table = client.get("/konversationen/export.csv").data.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(client.get("/konversationen/export.xlsx").data), read_only=True).active
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
    rows = list(csv.DictReader(io.StringIO(table), delimiter=";"))
    assert [row["Begründung"] for row in rows if row["Adresse"] == record.sender] == [reason]
    head, *cells = (list(row) for row in sheet.iter_rows(values_only=True))
    place = head.index("Begründung")
    assert [row[place] for row in cells if record.sender in row] == [reason]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (None, False),
        ({}, True),
        ({"auth_dmarc": "pass"}, True),
        ({"reply_to_domain": "muster.example", "reply_to_role": "info"}, False),
    ],
)
def test_marks_of_mass_mail_are_denied_only_where_headers_are_known(
    flags: dict[str, str] | None, *, said: bool
) -> None:
    found = rows._signs(Message(flags=flags, system=False))

    assert ("Keine Kopfzeilen von Massenversand." in [fact.text for fact in found]) is said
