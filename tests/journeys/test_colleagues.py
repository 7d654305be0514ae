"""Two colleagues at the same moment: one wins, the other hears who, nothing is lost or counted twice."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from models.decision import Decision
from models.message import Conversation, Message
from models.staff import Member
from models.terms import Category, Channel, ConversationState, Role
from models.trail import Trail
from service.actions import assign, confirm, finish, intake
from service.actions.assign import Chosen
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.config import Config
from service.errors import Conflict
from service.runtime import Runtime
from service.store import accounts, keys, tallies
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor, Turn
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
    assert heard == [f"{winner} war schneller: {choices[winner].value} (10:00 Uhr)."]
    assert decisions == 1
    assert differences == ()


def take(turn: Turn, number: int, version: int) -> None:
    assign.take(turn, Chosen((number,), {number: version}))


def hand_over(turn: Turn, number: int, version: int) -> None:
    others = turn.session.scalars(select(Member.id).where(Member.id != turn.actor.member_id)).all()
    assign.hand_over(turn, Chosen((number,), {number: version}), others[0])


def archive(turn: Turn, number: int, version: int) -> None:
    finish.finish(turn, (number,), ConversationState.ARCHIVIERT, {number: version})


def classify(turn: Turn, number: int, version: int) -> None:
    confirm.confirm(turn, Choice((number,), Category.WERBUNG, versions={number: version}))


PAIRS = ((take, take), (hand_over, take), (take, archive), (classify, hand_over), (archive, classify))
SAYS = {
    take: "übernommen",
    hand_over: "an {other} übergeben",
    archive: "Zustand „archiviert“",
    classify: "Werbung",
}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0].__name__}-{pair[1].__name__}")
def test_of_two_different_acts_at_once_one_counts_and_the_other_hears_of_it(
    runtime: Runtime, pair: tuple[Callable[[Turn, int, int], None], Callable[[Turn, int, int], None]]
) -> None:
    with runtime.look() as turn:
        seen = turn.session.execute(select(Conversation)).scalar_one()
        members = turn.session.scalars(select(Member).order_by(Member.id)).all()
    start, heard, done = Barrier(2), [], []

    def press(member: Member, verb: Callable[[Turn, int, int], None]) -> None:
        start.wait()
        try:
            with runtime.turn(Actor(member.id, member.name, member.role)) as turn:
                verb(turn, seen.id, seen.version)
            done.append((member, verb))
        except Conflict as conflict:
            heard.append(str(conflict))

    threads = [Thread(target=press, args=both) for both in zip(members, pair, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [(winner, verb)] = done
    loser = next(member.name for member in members if member is not winner)
    assert heard == [f"{winner.name} war schneller: {SAYS[verb].format(other=loser)} (10:00 Uhr)."]
    with runtime.look() as turn:
        after = turn.session.execute(select(Conversation)).scalar_one()
        writers = set(turn.session.scalars(select(Trail.member_id).where(Trail.member_id.is_not(None))))
        differences = tallies.recount(turn)
    assert after.version == seen.version + 1
    assert (after.assignee_id is not None) is (verb in {take, hand_over})
    assert (after.state is ConversationState.ARCHIVIERT) is (verb is archive)
    assert writers == {winner.id}
    assert differences == ()
