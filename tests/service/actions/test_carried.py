"""What a member closed by hand stays closed when two on WhatsApp become one, ends nobody's window, and finds its way back."""

from datetime import datetime, timedelta

from sqlalchemy import select

from models.message import Conversation
from models.tally import Closure
from models.terms import ConversationState
from service.actions import finish, merge
from service.runtime import Runtime
from tests.factories import START
from tests.fakes import FakeClock
from tests.service.actions.test_merge import BARE, HOUR, mended, runtime, twin_id
from tests.service.jobs.chatting import NUMBER, USER, echo, inbound, tell

__all__ = ["runtime", "twin_id"]

KEPT, OTHER = f"1001/{NUMBER}", f"1001/{USER}"
DONE, OPEN, SHELL = ConversationState.ERLEDIGT, ConversationState.OFFEN, ConversationState.ARCHIVIERT
Stand = tuple[ConversationState, datetime | None, datetime | None]


def close(runtime: Runtime, key: str, at: datetime, state: ConversationState = DONE) -> None:
    """Bring a conversation into a state at an instant; the evening comes."""
    assert isinstance(runtime.clock, FakeClock)
    runtime.clock.at = at
    with runtime.turn() as turn:
        number = turn.session.scalars(select(Conversation.id).where(Conversation.thread == key)).one()
        finish.finish(turn, [number], state)
    runtime.clock.at = START + 12 * HOUR


def stand(runtime: Runtime, key: str) -> Stand:
    """Return state, since when it waits, and when it was closed."""
    with runtime.look() as turn:
        one = turn.session.scalars(select(Conversation).where(Conversation.thread == key)).one()
        return one.state, one.waiting_since, one.closed_at


def closings(runtime: Runtime) -> set[tuple[str, datetime, bool]]:
    """Return under which key which closing lies, and whether it came back."""
    with runtime.look() as turn:
        rows = turn.session.execute(
            select(Conversation.thread, Closure.closed_at, Closure.reopened_at).join(
                Closure, Closure.conversation_id == Conversation.id
            )
        )
        return {(key, at, back is not None) for key, at, back in rows}


def join(runtime: Runtime, number: int) -> None:
    with runtime.turn() as turn:
        merge.merge(turn, number)


def undo(runtime: Runtime, number: int) -> None:
    with runtime.turn() as turn:
        merge.undo(turn, number)


def answered(runtime: Runtime, at: datetime) -> None:
    """Answer the kept one, so that nothing of it waits from then on."""
    tell(runtime, echo("a2", at), field="smb_message_echoes")


def test_what_was_closed_by_hand_does_not_wait_again_once_two_are_one(runtime: Runtime, twin_id: int) -> None:
    answered(runtime, START + 6 * HOUR)
    close(runtime, OTHER, START + 7 * HOUR)
    before = stand(runtime, OTHER), stand(runtime, KEPT), closings(runtime)

    join(runtime, twin_id)

    assert stand(runtime, KEPT)[1] is None
    assert closings(runtime) == {(KEPT, START + 7 * HOUR, False)}
    assert mended(runtime) == 0
    undo(runtime, twin_id)
    assert (stand(runtime, OTHER), stand(runtime, KEPT), closings(runtime)) == before
    assert mended(runtime) == 0


def test_a_closing_never_ends_what_waits_in_the_other_one(runtime: Runtime, twin_id: int) -> None:
    close(runtime, OTHER, START + 7 * HOUR)
    before = stand(runtime, OTHER), stand(runtime, KEPT), closings(runtime)
    assert before[1][1] == START + 5 * HOUR

    join(runtime, twin_id)

    assert stand(runtime, KEPT)[0] is OPEN
    assert stand(runtime, KEPT)[1] is not None
    assert closings(runtime) == {(OTHER, START + 7 * HOUR, False)}
    undo(runtime, twin_id)
    assert (stand(runtime, OTHER), stand(runtime, KEPT), closings(runtime)) == before
    assert mended(runtime) == 0


def test_a_closed_one_that_takes_somebody_who_waits_is_open_and_closed_again_afterwards(
    runtime: Runtime, twin_id: int
) -> None:
    close(runtime, KEPT, START + 7 * HOUR)
    before = stand(runtime, OTHER), stand(runtime, KEPT), closings(runtime)
    assert before[0][1] == START + HOUR

    join(runtime, twin_id)

    assert stand(runtime, KEPT)[0] is OPEN
    assert stand(runtime, KEPT)[1] is not None
    assert mended(runtime) == 0
    undo(runtime, twin_id)
    assert (stand(runtime, OTHER), stand(runtime, KEPT), closings(runtime)) == before
    assert mended(runtime) == 0


def test_what_the_kept_one_gets_meanwhile_does_not_open_the_other_afterwards(runtime: Runtime, twin_id: int) -> None:
    answered(runtime, START + 6 * HOUR)
    close(runtime, OTHER, START + 7 * HOUR)
    before = stand(runtime, OTHER)
    join(runtime, twin_id)
    tell(runtime, inbound("n3", START + 8 * HOUR))
    assert closings(runtime) == {(KEPT, START + 7 * HOUR, True)}

    undo(runtime, twin_id)

    assert stand(runtime, OTHER) == before
    assert stand(runtime, KEPT)[1] == START + 8 * HOUR
    assert closings(runtime) == {(OTHER, START + 7 * HOUR, False)}
    assert mended(runtime) == 0


def test_what_the_other_one_gets_meanwhile_opens_it_when_they_are_two_again(runtime: Runtime, twin_id: int) -> None:
    answered(runtime, START + 6 * HOUR)
    close(runtime, OTHER, START + 7 * HOUR)
    join(runtime, twin_id)
    tell(runtime, inbound("u3", START + 8 * HOUR, **BARE))

    undo(runtime, twin_id)

    assert stand(runtime, OTHER)[:2] == (OPEN, START + 8 * HOUR)
    assert closings(runtime) == {(OTHER, START + 7 * HOUR, True)}
    assert mended(runtime) == 0


def test_a_closing_that_was_taken_back_goes_along_and_ends_nothing(runtime: Runtime, twin_id: int) -> None:
    answered(runtime, START + 6 * HOUR)
    close(runtime, OTHER, START + 7 * HOUR)
    close(runtime, OTHER, START + 8 * HOUR, OPEN)
    before = stand(runtime, OTHER), closings(runtime)

    join(runtime, twin_id)

    assert closings(runtime) == {(KEPT, START + 7 * HOUR, True)}
    undo(runtime, twin_id)
    assert (stand(runtime, OTHER), closings(runtime)) == before
    assert mended(runtime) == 0


def test_a_closing_before_the_first_message_of_the_other_is_carried(runtime: Runtime, twin_id: int) -> None:
    close(runtime, KEPT, START + timedelta(minutes=30))

    join(runtime, twin_id)

    assert (KEPT, START + timedelta(minutes=30), True) in closings(runtime)
    assert mended(runtime) == 0


def test_what_is_erased_meanwhile_does_not_come_back(runtime: Runtime, twin_id: int) -> None:
    answered(runtime, START + 6 * HOUR)
    close(runtime, OTHER, START + 7 * HOUR)
    join(runtime, twin_id)
    with runtime.turn() as turn:
        turn.session.delete(turn.session.scalars(select(Closure)).one())

    undo(runtime, twin_id)

    assert closings(runtime) == set()
    assert stand(runtime, OTHER)[0] is DONE


def test_what_the_other_one_wrote_between_a_closing_and_its_return_opens_it_only_while_both_are_one(
    runtime: Runtime, twin_id: int
) -> None:
    answered(runtime, START + 6 * HOUR)
    close(runtime, OTHER, START + 7 * HOUR)
    tell(runtime, inbound("k8", START + 8 * HOUR))
    tell(runtime, inbound("o9", START + 9 * HOUR, **BARE))
    before = returns(runtime)

    join(runtime, twin_id)
    together = returns(runtime)
    undo(runtime, twin_id)

    assert together == [START + 8 * HOUR]
    assert returns(runtime) == before == [START + 9 * HOUR]


def returns(runtime: Runtime) -> list[datetime | None]:
    """Return when each closing came back."""
    with runtime.look() as turn:
        return list(turn.session.scalars(select(Closure.reopened_at).order_by(Closure.id)))
