"""What a new model learns from: the firm's confirmations, with how often the firm wrote to each sender."""

from dataclasses import replace

import msgspec

from models.staff import Member
from models.terms import Category, KeyScope, Role
from service.actions import confirm, intake, train
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.jobs import task
from service.store import keys
from service.turn import Actor, Turn
from tests.factories import answer
from tests.service.actions.test_learning import take


def test_lessons_and_reserved_decisions_know_how_often_the_firm_wrote(turn: Turn, mailbox: int) -> None:
    member = Member(name="Jana", role=Role.MITARBEITER, created_at=turn.now)
    turn.session.add(member)
    turn.session.flush()
    jana = replace(turn, actor=Actor(member.id, "Jana", Role.MITARBEITER))
    senders = [f"a@f{number}.example" for number in range(24)]
    for number in take(jana, mailbox, *((sender, None) for sender in senders)):
        confirm.confirm(jana, Choice((number,), Category.KUNDE, party_unknown=True, scope=KeyScope.ADRESSE))
    sent = [answer(f"{local}@f{number}.example") for number in range(0, 24, 2) for local in "aab"]
    intake.take_in(jana, sent, mailbox, Judge(keys.book(jana)))

    found = train.material(jana, at_once=True)

    assert found is not None
    written = {each.record.sender: each.letters for each in found.lessons}
    written |= {each.record.sender: each.letters for each in found.cases}
    assert written == {sender: (0, 0) if at % 2 else (2, 3) for at, sender in enumerate(senders)}
    assert found.cases
    assert task.unpack(task.pack(found, "", "")).lessons[0].letters in {(0, 0), (2, 3)}
    assert msgspec.json.decode(task.pack(found, "", ""))["cases"][0]["letters"] in ([0, 0], [2, 3])
