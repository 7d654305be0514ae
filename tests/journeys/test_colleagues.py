"""Two colleagues at the same moment: one wins, the other hears who, nothing is lost or counted twice."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from models.decision import Decision
from models.message import Conversation, Message
from models.staff import Member
from models.terms import Category, Channel, Role
from service.actions import confirm, intake
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.config import Config
from service.errors import Conflict
from service.runtime import Runtime
from service.store import accounts, keys, tallies
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor
from tests.factories import OWN, mail
from tests.fakes import FakeClock


@pytest.fixture
def runtime(database: Database) -> Runtime:
    runtime = Runtime(Config(), FakeClock(), database)
    with runtime.turn() as turn:
        for name in ("Jana", "Timo"):
            turn.session.add(Member(name=name, role=Role.MITARBEITER, created_at=turn.now))
        account = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("info@"))
        intake.take_in(turn, [mail("news@blatt.example")], account.id, Judge(keys.book(turn)))
    return runtime


def test_the_second_of_two_hears_what_the_first_did(runtime: Runtime) -> None:
    with runtime.look() as turn:
        conversation = turn.session.execute(select(Conversation)).scalar_one()
        members = turn.session.scalars(select(Member).order_by(Member.id)).all()
    choices = {"Jana": Category.NEWSLETTER, "Timo": Category.WERBUNG}
    start, heard = Barrier(2), []

    def press(member: Member) -> None:
        choice = Choice((conversation.id,), choices[member.name], versions={conversation.id: conversation.version})
        start.wait()
        try:
            with runtime.turn(Actor(member.id, member.name, member.role)) as turn:
                confirm.confirm(turn, choice)
        except Conflict as conflict:
            heard.append(str(conflict))

    threads = [Thread(target=press, args=(member,)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with runtime.look() as turn:
        category = turn.session.execute(select(Message.category)).scalar_one()
        decisions = turn.session.execute(select(func.count()).select_from(Decision)).scalar_one()
        differences = tallies.recount(turn)
    winner = next(name for name, chosen in choices.items() if chosen is category)
    assert heard == [f"{winner} war schneller: {choices[winner].value}."]
    assert decisions == 1
    assert differences == ()
