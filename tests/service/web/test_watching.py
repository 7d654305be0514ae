"""The page about the classifier, blind questions, steps that are held back, and learning from end to end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from classifier import artifact
from models.duty import Notice
from models.learning import ModelVersion, Recheck
from models.message import Conversation, Message
from models.terms import Category, KeyScope, ModelState, NoticeKind, Role, Step
from service.actions import confirm, intake, observe
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.jobs import learn
from service.jobs import observe as daily
from service.store import accounts, keys, rechecks, watching
from service.turn import Actor, Turn
from tests.factories import mail
from tests.service.web.test_rules import post
from tests.web_data import Web


def take(turn: Turn, *senders: str) -> list[int]:
    info = accounts.every(turn)[0]
    records = [mail(sender, at=turn.now - timedelta(minutes=5)) for sender in senders]
    intake.take_in(turn, records, info.id, Judge(keys.book(turn)))
    rows = dict(turn.session.execute(select(Message.source_id, Message.conversation_id)).all())
    return [rows[record.source_id] for record in records]


def wrong(firm: Web, many: int, right: int = 0) -> None:
    """Let a domain key answer alone, and people change `many` of its answers and confirm `right` of them."""
    with firm.runtime.turn() as turn:
        key = keys.teach(turn, KeyScope.DOMAIN, "falsch.example", Category.NEWSLETTER, {})
        key.root = "falsch.example"
        numbers = take(turn, *(f"a{n}@falsch.example" for n in range(many + right)))
        for at, number in enumerate(numbers):
            said = Category.WERBUNG if at < many else Category.NEWSLETTER
            confirm.confirm(turn, Choice((number,), said))


def test_a_firm_that_decided_nothing_reads_what_will_stand_here(firm: Web) -> None:
    for role in (Role.ADMIN, Role.TEAM_LEAD, Role.MANAGEMENT):
        text = firm.client(role).get("/klassifikator").text

        assert "Mitgeliefertes Modell" in text
        assert "Der erste Blick steht noch aus" in text
    assert firm.client(Role.MITARBEITER).get("/klassifikator").status_code == 403


def test_a_step_that_is_changed_too_often_only_suggests_until_a_person_lets_it(firm: Web) -> None:
    wrong(firm, many=8, right=60)

    daily.run(firm.runtime)
    with firm.runtime.turn() as turn:
        held = watching.held(turn)
        (number,) = take(turn, "neu@falsch.example")
        waits = turn.session.get_one(Conversation, number)
        assert (waits.category, waits.suggested) == (None, Category.NEWSLETTER)
        assert waits.reason.endswith("diese Stufe schlägt zurzeit nur vor")
        assert observe.look(turn) == ()
    page = firm.client(Role.ADMIN).get("/klassifikator").text
    firm.clock.move(timedelta(minutes=1))
    _, after = post(firm, "/klassifikator/stufen", stufe="DOMAIN_BESTAETIGT", an="1")
    with firm.runtime.turn() as turn:
        assert observe.look(turn) == ()
        (again,) = take(turn, "noch@falsch.example")
        assert turn.session.get_one(Conversation, again).category is Category.NEWSLETTER

    assert held == {Step.DOMAIN_BESTAETIGT}
    assert "„Domain bestätigt“ schlägt zurzeit nur vor" in page
    assert "ordnet wieder allein ein" in after
    with firm.runtime.look() as turn:
        kinds = turn.session.scalars(select(Notice.kind)).all()
        assert kinds.count(NoticeKind.STUFE) == 1


def test_a_person_holds_a_step_back_and_unknown_ones_are_refused(firm: Web) -> None:
    _, held = post(firm, "/klassifikator/stufen", stufe="MASSENVERSAND", an="0")
    twice = post(firm, "/klassifikator/stufen", stufe="MASSENVERSAND", an="0")
    refused = [
        post(firm, "/klassifikator/stufen", stufe=name, an=on)[0]
        for name, on in (("MODELL", "0"), ("EIGENE_DOMAIN", "1"), ("GIBTS_NICHT", "1"))
    ]

    assert "schlägt ab jetzt nur noch vor" in held
    assert twice[0] == 200
    assert refused == [422, 422, 422]


def test_every_cell_of_the_confusion_table_opens_its_rows(firm: Web) -> None:
    wrong(firm, many=3, right=2)
    daily.run(firm.runtime)
    client = firm.client(Role.ADMIN)

    page = client.get("/klassifikator").text
    cell = client.get("/klassifikator/faelle?vorschlag=Newsletter&klasse=Werbung").text

    assert "/klassifikator/faelle?vorschlag=Newsletter&amp;klasse=Werbung" in page
    assert "Die Mischung der Post" in page or "Es kommt deutlich andere Post" in page or "gemischt wie zuvor" in page
    assert cell.count("Ansehen<") == 3
    assert client.get("/klassifikator/faelle?vorschlag=Unsinn&klasse=Werbung").status_code == 422
    assert "Keine Fälle" in client.get("/klassifikator/faelle?vorschlag=Kunde&klasse=Werbung").text


def test_a_blind_question_is_an_unmarked_row_whose_answer_is_kept_and_taken_back(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        keys.teach(turn, KeyScope.DOMAIN, "sicher.example", Category.NEWSLETTER, {})
        take(turn, *(f"a{n}@sicher.example" for n in range(60)))
        asked, again = rechecks.draw(turn), rechecks.draw(turn)
        question = turn.session.scalars(select(Recheck)).first()
        assert question is not None
        number = question.conversation_id
        peer = turn.session.get_one(Conversation, number).peer
    client = firm.client(Role.MITARBEITER)
    page = client.get("/?ansicht=ohne").text
    row = page[page.rindex('<div class="row', 0, page.index(f'data-id="{number}"')) :][:900]
    pane = client.get(f"/einordnen/{number}").text
    with firm.runtime.turn(Actor(1, "Lea", Role.MITARBEITER)) as turn:
        with pytest.raises(Exception, match="keinen Vorschlag"):
            confirm.confirm(turn, Choice((number,), None))
        act = confirm.confirm(turn, Choice((number,), Category.WERBUNG)).confirmation_id
    with firm.runtime.turn() as turn:
        answered = turn.session.scalars(select(Recheck).where(Recheck.conversation_id == number)).one().answer
        tally = rechecks.tally(turn, turn.now - timedelta(days=1))
        cases = watching.cases(turn, turn.now - timedelta(days=1))
        confirm.undo(turn, act)
        turn.session.expire_all()
        reopened = turn.session.scalars(select(Recheck).where(Recheck.conversation_id == number)).one().answer

    assert asked > 0
    assert again == 0
    assert peer in page
    assert 'data-class=""' in row
    assert 'data-final="0"' in row
    assert "Newsletter 1x" not in pane
    assert "Vorschlag ·" not in pane
    assert answered is Category.WERBUNG
    assert reopened is None
    assert (tally.answered, tally.same) == (1, 0)
    assert [(case.blind, case.automatic, case.right) for case in cases] == [(True, True, False)]


def test_a_twentieth_of_the_answers_is_asked_again() -> None:
    chosen = sum(rechecks.chosen(number.to_bytes(16, "big")) for number in range(10_000))

    assert 400 < chosen < 600


def test_confirmations_become_a_model_that_the_gate_judges_and_a_person_brings_back(firm: Web) -> None:
    with firm.runtime.turn(Actor(1, "Lea", Role.MITARBEITER)) as turn:
        numbers = take(turn, *(f"info@firma{n}.example" for n in range(60)))
        for at, number in enumerate(numbers):
            said = Category.NEWSLETTER if at % 2 else Category.WERBUNG
            confirm.confirm(turn, Choice((number,), said, scope=KeyScope.DOMAIN))
    fitted_before = learn.run(firm.runtime)
    again = learn.run(firm.runtime)
    refused = firm.client(Role.ADMIN).get("/klassifikator").text
    with firm.runtime.turn() as turn:
        first = turn.session.scalars(select(ModelVersion)).one()
        packed = b"x" * 10
        for _ in range(4):
            learn.train.settle(turn, packed, (1, 60), first.verdict | {"refused": ""})
        states = [version.state for version in learn.fitted.versions(turn)]
        kept = [version.id for version in learn.fitted.versions(turn) if version.packed]
    _, back = post(firm, f"/klassifikator/modelle/{kept[-1]}/einsetzen")
    placed = firm.runtime.model_path.read_bytes()
    _, shipped = post(firm, "/klassifikator/modelle/0/einsetzen")

    assert (fitted_before, again) == (True, False)
    assert "Der Prüfsatz ist noch zu klein" in refused
    assert states == [ModelState.AKTIV] + [ModelState.ABGELOEST] * 3 + [ModelState.ABGELEHNT]
    assert len(kept) == 3
    assert placed == packed
    assert "Dieses Modell antwortet ab jetzt" in back
    assert not firm.runtime.model_path.exists()
    assert "Mitgeliefertes Modell" in shipped
    assert post(firm, f"/klassifikator/modelle/{first.id}/einsetzen")[0] == 404
    assert post(firm, "/klassifikator/lernen")[0] == 200


def test_a_model_in_force_judges_anew_what_waits(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        shipped = artifact.SHIPPED.read_bytes()
        verdict = {"refused": "", "cases": 100, "held": {}, "before": {}, "after": {}}
        learn.train.settle(turn, shipped, (1, 1), verdict)

    learn.in_force(firm.runtime)
    learn.in_force(firm.runtime)

    with firm.runtime.look() as turn:
        steps = turn.session.scalars(select(Message.step).where(Message.sender == "chef@unbekannt-gmbh.example")).all()
        reasons = turn.session.scalars(
            select(Message.reason).where(Message.sender == "chef@unbekannt-gmbh.example")
        ).all()
        assert learn.present(firm.runtime, turn) is not None
    assert steps[0] in (Step.MODELL, Step.KEINER)
    assert reasons != ["Neuer Absender"]


def test_what_one_person_changes_on_one_day_hardly_moves_the_set_that_checks(firm: Web) -> None:
    with firm.runtime.turn(Actor(1, "Lea", Role.MITARBEITER)) as turn:
        numbers = take(turn, *(f"info@firma{n}.example" for n in range(40)))
        for number in numbers:
            confirm.confirm(turn, Choice((number,), Category.WERBUNG))
        for number in numbers:
            confirm.confirm(turn, Choice((number,), Category.NEWSLETTER))
        confirmed = learn.train.lessons.confirmed(turn)

        believed = [category for _, category in learn.train.lessons.fair(turn, confirmed)]
        free = learn.train.material(turn, at_once=True)
        verdict = {"refused": "", "cases": 0, "held": {"1:2026-11-18": 0.0}, "before": {}, "after": {}}
        learn.train.settle(turn, b"x", (1, 1), verdict)
        held = learn.train.material(turn, at_once=True)

    assert len(believed) == 40
    assert believed.count(Category.NEWSLETTER) == 1
    assert free is not None
    assert held is None
