"""Regeln, Regelbuch and Unstimmigkeiten as people use them."""

import pytest
from sqlalchemy import select

from models.duty import Notice
from models.key import SenderKey
from models.learning import Rule
from models.message import Message
from models.terms import Category, KeyScope, Role
from service.actions import intake, rulebook
from service.actions.intake import Judge
from service.domain import rulebook as wording
from service.store import accounts, keys
from tests.conftest import NOW
from tests.factories import mail
from tests.web_data import Web, csrf

NEW = {"absender": "werft-brandt.example", "klasse": "Kunde", "name": "Werft", "partei": "Kontor Nord KG"}


def post(firm: Web, path: str, role: Role = Role.ADMIN, **values: str) -> tuple[int, str]:
    client = firm.client(role)
    answer = client.post(path, data={"csrf": csrf(client)} | values, follow_redirects=True)
    return answer.status_code, answer.text


def rule(firm: Web) -> Rule:
    with firm.runtime.look() as turn:
        return turn.session.scalars(select(Rule).order_by(Rule.id.desc())).first()  # type: ignore[return-value]


def test_a_rule_shows_first_what_it_would_change_and_then_settles_what_waits(firm: Web) -> None:
    _, preview = post(firm, "/regeln/neu", **NEW)
    with firm.runtime.look() as turn:
        stored_before = turn.session.scalars(select(Rule)).all()

    _, done = post(firm, "/regeln/neu", schritt="speichern", **NEW)

    assert "Was die Regel ändern würde" in preview
    assert "Mails der letzten 90 Tage</dt><dd><strong>1</strong>" in preview
    assert "Sönke Brandt" in preview
    assert stored_before == []
    assert "1 wartende Nachricht ist damit eingeordnet" in done
    with firm.runtime.look() as turn:
        message = turn.session.scalars(select(Message).where(Message.sender == "neu@werft-brandt.example")).one()
        assert message.category is Category.KUNDE
        assert message.reason.startswith("Regel „Werft“: werft-brandt.example (Kontor Nord KG)")
    assert rule(firm).hits == 1


def test_new_mail_follows_a_rule_and_counts_its_hits(firm: Web) -> None:
    post(firm, "/regeln/neu", schritt="speichern", absender="scanner@geraete.example", klasse="Intern")

    with firm.runtime.turn() as turn:
        info = accounts.every(turn)[0]
        records = [mail("scanner@geraete.example"), mail("scanner@geraete.example"), mail("x@geraete.example")]
        intake.take_in(turn, records, info.id, Judge(keys.book(turn)))

    assert (rule(firm).hits, rule(firm).last_hit_at) == (2, NOW)
    assert "2</td>" in firm.client(Role.ADMIN).get("/regeln").text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"absender": "gmx.de"}, "schreiben viele verschiedene Leute"),
        ({"absender": "!"}, "Bitte eine Adresse"),
        ({"absender": "a b@muster"}, "nicht lesbar"),
        ({"klasse": ""}, "Bitte eine Klasse wählen"),
        ({"partei": "Müller"}, "nicht eindeutig"),
    ],
)
def test_what_cannot_be_a_rule_is_said_and_keeps_what_was_typed(firm: Web, changed: dict[str, str], says: str) -> None:
    status, text = post(firm, "/regeln/neu", schritt="speichern", **(NEW | changed))

    assert (status, rule(firm)) == (422, None)
    assert says in text
    assert 'value="Werft"' in text


def test_rules_are_copied_ordered_changed_and_switched_off(firm: Web) -> None:
    post(firm, "/regeln/neu", schritt="speichern", **NEW)
    first = rule(firm).id
    client = firm.client(Role.ADMIN)
    copy = client.get(f"/regeln/neu?von={first}").text
    post(firm, "/regeln/neu", schritt="speichern", **(NEW | {"name": "Zweite", "liste": "mit", "klasse": "Newsletter"}))
    second = rule(firm).id

    twice = post(firm, "/regeln/neu", schritt="speichern", **NEW)
    post(firm, f"/regeln/{second}/hoch")
    post(firm, f"/regeln/{second}/hoch")
    page = client.get("/regeln").text
    post(firm, f"/regeln/{second}/tief")
    post(firm, f"/regeln/{first}", schritt="speichern", **(NEW | {"name": "Neuer Name"}))
    post(firm, f"/regeln/{first}/schalten", an="0")
    after = client.get("/regeln").text

    assert 'value="werft-brandt.example"' in copy
    assert "schon die Regel" in twice[1]
    assert page.index("Zweite") < page.index(">Werft<")
    assert after.index("Neuer Name") < after.index("Zweite")
    assert "ausgeschaltet" in after


def test_a_learned_sender_is_found_and_switched_off(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        key = keys.teach(turn, KeyScope.ADRESSE, "a@fremd.example", Category.WERBUNG, {})
        number = key.id

    found = firm.client(Role.ADMIN).get("/regeln?suche=fremd").text
    post(firm, f"/regeln/gelernt/{number}/schalten", an="0")

    assert "a@fremd.example" in found
    assert "Kein gelernter Absender passt" in firm.client(Role.ADMIN).get("/regeln?suche=niemand").text
    with firm.runtime.look() as turn:
        kept = turn.session.get_one(SenderKey, number)
        assert (kept.active, kept.off_at) == (False, NOW)


def test_the_report_finds_every_planted_inconsistency(firm: Web) -> None:
    empty = firm.client(Role.ADMIN).get("/unstimmigkeiten").text
    with firm.runtime.turn() as turn:
        keys.teach(turn, KeyScope.DOMAIN, "kontor-nord.example", Category.LIEFERANT, {})
        mixed = keys.teach(turn, KeyScope.DOMAIN, "gemischt.example", Category.KUNDE, {})
        mixed.active = False
        two = turn.session.scalars(select(Message).where(Message.sender == "rechnung@schrauben-ahrens.example")).all()
        two[0].category = Category.WERBUNG
        bare = turn.session.scalars(select(Message).where(Message.sender == "neu@werft-brandt.example")).one()
        intake.clocks.refresh(turn, [two[0].conversation_id])
        conversation = turn.session.get_one(intake.messages.Conversation, bare.conversation_id)
        conversation.category, conversation.company_id = Category.KUNDE, None
    post(firm, "/regeln/neu", schritt="speichern", **(NEW | {"absender": "kontor-nord.example"}))
    post(
        firm,
        "/regeln/neu",
        schritt="speichern",
        **(NEW | {"absender": "kontor-nord.example", "weg": "E-Mail", "klasse": "Intern"}),
    )

    text = firm.client(Role.TEAM_LEAD).get("/unstimmigkeiten").text

    assert "Alles passt zusammen" in empty
    for planted in ("rechnung@schrauben-ahrens.example", "Stammdaten (kontor-nord.example)", "gemischt.example"):
        assert planted in text
    assert "Sönke Brandt" in text
    assert text.count("Regel „Werft“") >= 2


def test_the_rule_book_begins_with_the_rules_of_the_source_and_is_approved_by_the_management(firm: Web) -> None:
    first = firm.client(Role.MITARBEITER).get("/regelbuch").text
    changed = {f"regeln_{c.category.value}": "\n".join(c.rules) for c in wording.DEFAULT.chapters}
    changed |= {"regeln_Werbung": "- Kaltakquise\n\n- Messe-Einladungen", "grundregel": wording.GROUND, "gesehen": "0"}

    refused = post(firm, "/regelbuch/1/freigeben", Role.ADMIN)
    _, draft = post(firm, "/regelbuch/neu", **changed)
    late = post(firm, "/regelbuch/neu", **changed)
    holds_meanwhile = firm.client(Role.MITARBEITER).get("/regelbuch").text
    _, approved = post(firm, "/regelbuch/1/freigeben", Role.MANAGEMENT)

    for sentence in (
        "Der Absender bestimmt die Klassifizierung",
        "Auch Marketing-Newsletter von Kunden",
        "Kaltakquise",
    ):
        assert sentence in first
    assert (refused[0], late[0]) == (403, 409)
    assert "„Messe-Einladungen“ neu" in draft
    assert "Messe-Einladungen" not in holds_meanwhile
    assert "Messe-Einladungen" in approved
    assert "von Max Chef" in approved


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"regeln_Werbung": ""}, "mindestens eine Regel"),
        ({"absprachen": "x" * 10_000, "beispiele_Kunde": "y" * 10_000}, "zu lang"),
        ({}, "nichts geändert"),
    ],
)
def test_a_rule_book_that_says_too_little_or_nothing_new_is_refused(
    firm: Web, changed: dict[str, str], says: str
) -> None:
    same = {f"regeln_{c.category.value}": "\n".join(c.rules) for c in wording.DEFAULT.chapters}
    same |= {f"beispiele_{c.category.value}": "\n".join(c.examples) for c in wording.DEFAULT.chapters}

    status, text = post(firm, "/regelbuch/neu", **(same | {"grundregel": wording.GROUND, "gesehen": "0"} | changed))

    assert status == 422
    assert says in text


def test_the_management_is_reminded_once_a_year(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        told = [rulebook.remind(turn), rulebook.remind(turn)]
    post(firm, "/regelbuch/0/freigeben", Role.MANAGEMENT)
    with firm.runtime.turn() as turn:
        told.append(rulebook.remind(turn))
    firm.clock.move(wording.YEAR)
    with firm.runtime.turn() as turn:
        told += [rulebook.remind(turn), rulebook.remind(turn)]

    assert told == [1, 0, 0, 1, 0]
    with firm.runtime.look() as turn:
        assert len(turn.session.scalars(select(Notice)).all()) == 2
    assert "Regelbuch" in firm.client(Role.MANAGEMENT).get("/hinweise").text
