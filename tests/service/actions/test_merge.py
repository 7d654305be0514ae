"""Two on WhatsApp who look like one: only a person makes them one, and every message finds its way back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.chat import ChatTwin
from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.party import Company
from models.terms import Channel, ClockKind, ConversationState
from models.trail import Trail
from service.actions import merge
from service.config import Config
from service.errors import Conflict, NotFound
from service.runtime import Runtime
from service.store import accounts, tallies, twins
from service.store.accounts import Facts
from service.store.engine import Database
from tests.factories import START
from tests.fakes import FakeClock
from tests.service.jobs.chatting import NUMBER, USER, call, echo, inbound, tell

HOUR = timedelta(hours=1)
BARE: Mapping[str, Any] = {"from": None, "from_user_id": USER}


@pytest.fixture
def runtime(database: Database) -> Runtime:
    runtime = Runtime(Config(), FakeClock(), database)
    with runtime.turn() as turn:
        for number in ("1001", "1002"):
            accounts.ensure(turn, Channel.WHATSAPP, number, Facts(f"WhatsApp {number}"))
    return runtime


@pytest.fixture
def twin_id(runtime: Runtime) -> int:
    """Two persons, by number and by user id, each with a talk, until one message names both."""
    tell(runtime, inbound("n1", START), inbound("u1", START + HOUR, **BARE))
    tell(runtime, echo("a1", START + 2 * HOUR), field="smb_message_echoes")
    tell(runtime, call("c1", START + 3 * HOUR, **BARE), field="calls")
    tell(runtime, inbound("u2", START + 4 * HOUR, **BARE), number="1002")
    tell(runtime, inbound("both", START + 5 * HOUR, from_user_id=USER))
    with runtime.look() as turn:
        return turn.session.scalars(select(ChatTwin.id)).one()


def talk(runtime: Runtime) -> dict[str, set[str]]:
    """Return which messages lie under which key of a conversation."""
    with runtime.look() as turn:
        rows = turn.session.execute(
            select(Conversation.thread, Message.source_id).join(Message, Message.conversation_id == Conversation.id)
        )
        found: dict[str, set[str]] = {}
        for thread, source_id in rows:
            found.setdefault(thread, set()).add(source_id)
        return found


def waits(runtime: Runtime) -> dict[str, object]:
    with runtime.look() as turn:
        return {
            one.thread: (one.waiting_since, one.meta_until, one.unclassified, one.state)
            for one in turn.session.scalars(select(Conversation))
        }


def windows(runtime: Runtime) -> list[Any]:
    with runtime.look() as turn:
        stopped = select(ClockEvent).where(ClockEvent.kind == ClockKind.STOPP)
        return sorted((row.started_at, row.at) for row in turn.session.scalars(stopped))


def mended(runtime: Runtime) -> int:
    with runtime.turn() as turn:
        return len(tallies.recount(turn))


def test_two_are_two_until_somebody_says_otherwise_and_the_preview_names_both(runtime: Runtime, twin_id: int) -> None:
    with runtime.look() as turn:
        found = merge.preview(turn, twin_id)

    assert (found.kept.person.number, found.other.person.user_id) == (NUMBER, USER)
    assert (found.kept.messages, found.other.messages, len(found.other.conversations)) == (3, 2, 2)
    assert talk(runtime) == {
        f"1001/{NUMBER}": {"n1", "a1", "both"},
        f"1001/{USER}": {"u1"},
        f"1002/{USER}": {"u2"},
    }


def test_merged_talk_is_one_with_one_clock_and_later_messages_of_either_name_belong_to_it(
    runtime: Runtime, twin_id: int
) -> None:
    with runtime.turn() as turn:
        merge.merge(turn, twin_id)

    tell(runtime, inbound("u3", START + 6 * HOUR, **BARE))

    assert talk(runtime) == {f"1001/{NUMBER}": {"n1", "a1", "both", "u1", "u3"}, f"1002/{NUMBER}": {"u2"}}
    stand = waits(runtime)
    assert stand[f"1001/{NUMBER}"][:2] == (START + 5 * HOUR, START + 30 * HOUR)  # type: ignore[index]  # a tuple
    assert stand[f"1001/{USER}"] == (None, None, 0, ConversationState.ARCHIVIERT)
    assert (START, START + 2 * HOUR) in windows(runtime)
    assert mended(runtime) == 0
    with runtime.look() as turn:
        rows = {one.thread: one for one in turn.session.scalars(select(Conversation))}
        shell = rows[f"1001/{USER}"]
        assert twins.goes_on_in(turn, shell) is rows[f"1001/{NUMBER}"]
        assert twins.goes_on_in(turn, rows[f"1001/{NUMBER}"]) is None
        assert [pair.same for pair in twins.of(turn, shell)] == [True]


def test_taking_it_back_brings_every_message_home_also_those_written_since(runtime: Runtime, twin_id: int) -> None:
    before, stood, clocked = talk(runtime), waits(runtime), windows(runtime)
    with runtime.turn() as turn:
        merge.merge(turn, twin_id)
    tell(runtime, inbound("u3", START + 6 * HOUR, **BARE))

    with runtime.turn() as turn:
        merge.undo(turn, twin_id)

    assert talk(runtime) == before | {f"1001/{USER}": {"u1", "u3"}}
    after = waits(runtime)
    assert after[f"1001/{NUMBER}"] == stood[f"1001/{NUMBER}"]
    assert after[f"1002/{USER}"] == stood[f"1002/{USER}"]
    assert after[f"1001/{USER}"][0] == START + HOUR  # type: ignore[index]  # a tuple
    assert windows(runtime) == clocked
    assert mended(runtime) == 0
    with runtime.turn() as turn:
        merge.merge(turn, twin_id)
    assert talk(runtime)[f"1001/{NUMBER}"] == {"n1", "a1", "both", "u1", "u3"}


def test_a_conversation_without_a_party_takes_that_of_the_other_and_gives_it_back(
    runtime: Runtime, twin_id: int
) -> None:
    with runtime.turn() as turn:
        turn.session.add(Company(id=7, name="Beispiel KG", search="beispiel kg", created_at=turn.now))
        turn.session.flush()
        one = turn.session.scalars(select(Conversation).where(Conversation.thread == f"1001/{USER}")).one()
        one.company_id = 7

    def party() -> object:
        with runtime.look() as turn:
            return turn.session.scalars(
                select(Conversation.company_id).where(Conversation.thread == f"1001/{NUMBER}")
            ).one()

    with runtime.turn() as turn:
        merge.merge(turn, twin_id)
    taken = party()
    with runtime.turn() as turn:
        merge.undo(turn, twin_id)

    assert (taken, party()) == (7, None)


def test_two_who_are_said_to_be_two_stay_so_and_are_not_offered_again(runtime: Runtime, twin_id: int) -> None:
    before = talk(runtime)

    with runtime.turn() as turn:
        merge.apart(turn, twin_id)
    tell(runtime, inbound("both2", START + 7 * HOUR, from_user_id=USER))

    with runtime.look() as turn:
        twin = turn.session.scalars(select(ChatTwin)).one()
        assert (twin.same, twin.decided_at) == (False, turn.now)
    assert talk(runtime)[f"1001/{USER}"] == before[f"1001/{USER}"]


def test_who_decided_and_took_back_stands_in_the_trail_of_each_conversation(runtime: Runtime, twin_id: int) -> None:
    with runtime.turn() as turn:
        merge.apart(turn, twin_id)
    with runtime.turn() as turn:
        merge.undo(turn, twin_id)
    with runtime.turn() as turn:
        merge.merge(turn, twin_id)

    with runtime.look() as turn:
        lines = turn.session.execute(select(Trail.verb, Trail.about).where(Trail.verb.like("%erson%"))).all()
    assert {verb for verb, _ in lines} == {merge.ONE, merge.TWO}
    assert len({about for _, about in lines}) == 3


def test_what_is_decided_cannot_be_decided_again_and_what_is_open_not_taken_back(
    runtime: Runtime, twin_id: int
) -> None:
    with runtime.turn() as turn, pytest.raises(Conflict):
        merge.undo(turn, twin_id)
    with runtime.turn() as turn:
        merge.merge(turn, twin_id)

    for verb in (merge.merge, merge.apart):
        with runtime.turn() as turn, pytest.raises(Conflict):
            verb(turn, twin_id)
    with runtime.turn() as turn, pytest.raises(NotFound):
        merge.merge(turn, 10**6)
