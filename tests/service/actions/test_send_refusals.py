"""Sending over WhatsApp when somebody says no: people who want no messages, and every error Meta documents."""

from datetime import timedelta

import pytest

from connectors.emulator.cloud import Wrong
from connectors.whatsapp import refusals
from models.duty import Notice
from models.terms import NoticeKind, SendState
from service.actions import objection, send
from service.errors import Unsendable
from service.store import halts, opt_outs, sendings
from tests.conftest import NOW
from tests.service.jobs.chatting import NUMBER, USER, tell
from tests.service.whatsapp_scene import Scene

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
CANARY = "Kanarienvogel 4711 fliegt über Ütrecht"


def test_who_wrote_stop_gets_nothing_until_that_person_writes_again(firm: Scene) -> None:
    firm.wrote()
    row = firm.approved()
    firm.wrote("w2", text={"body": " Stop! "})

    for order in (firm.order(), firm.order(words="", template_id=row.id)):
        with pytest.raises(Unsendable, match="abgemeldet"):
            firm.send(order)
    firm.clock.move(MINUTE)
    firm.wrote("w3")
    with pytest.raises(Unsendable, match="abgemeldet"):
        firm.send(firm.order(words="", template_id=row.id))
    assert firm.send() is not None
    firm.clock.move(MINUTE)
    firm.wrote("w4", type="button", text=None, button={"payload": "START", "text": "Wieder"})
    assert firm.send(firm.order(words="", template_id=row.id)) is not None


@pytest.mark.parametrize("turned", [False, True])
def test_preferences_are_obeyed_in_whatever_order_they_come(firm: Scene, turned: bool) -> None:
    firm.wrote()
    key = NUMBER
    told = [preference("stop", 1), preference("resume", 2), preference("stop", 3)]

    for one in reversed(told) if turned else told:
        tell(firm.runtime, one, one, field="user_preferences")

    with firm.runtime.look() as turn:
        found = opt_outs.standing(turn, key)
        assert opt_outs.standing(turn, "niemand") is None
    assert found is not None
    assert found.at == NOW + 3 * SECOND


def preference(word: str, second: int) -> dict[str, object]:
    at = int((NOW + second * SECOND).timestamp())
    choice = {"wa_id": NUMBER, "user_id": USER, "category": "marketing_messages", "value": word, "timestamp": at}
    return {"user_preferences": [choice]}


def test_a_colleague_notes_an_objection_and_takes_it_back(firm: Scene) -> None:
    number = firm.wrote()

    with firm.runtime.turn(firm.anna) as turn:
        objection.note(turn, number, wanted=False)
        objection.note(turn, number, wanted=False)
    with pytest.raises(Unsendable, match="abgemeldet"):
        firm.send()
    firm.clock.move(SECOND)
    with firm.runtime.turn(firm.anna) as turn:
        objection.note(turn, number, wanted=True)

    assert firm.send() is not None


CASES = sorted(
    number for number in refusals.TABLE if number < 2_000_000 and refusals.TABLE[number].next.value != "Eingang"
)


def test_every_documented_error_ends_in_a_sentence_a_state_and_the_right_consequence(firm: Scene) -> None:
    firm.wrote()
    for number in CASES:
        firm.api.faults = [Wrong(number, f"quotes {CANARY}", retry_after=90 if number == 80007 else 0)]
        outcome = firm.send()
        assert outcome is not None
        found = refusals.refusal(number)
        row = firm.rows()[-1]
        with firm.runtime.turn(firm.anna) as turn:
            halted = halts.number(turn)
            send.release(turn)
        if found.next is refusals.Next.VORUEBERGEHEND:
            assert row.state is SendState.UNGEWISS, number
            firm.clock.move(sendings.LOST_AFTER)
            with firm.runtime.turn() as turn:
                turn.session.get_one(type(row), row.id).state = SendState.FEHLGESCHLAGEN
            continue
        assert (row.state, row.error_number) == (SendState.FEHLGESCHLAGEN, number)
        assert (halted == number) == refusals.halts(number), number
        assert (row.retry_at is not None) == (found.next in {refusals.Next.LANGSAMER, refusals.Next.MORGEN}), number
        if row.retry_at is not None:
            with pytest.raises(Unsendable, match="Es geht wieder in"):
                firm.send()
            firm.clock.move(row.retry_at - firm.clock.now())
        if found.next in {refusals.Next.ABGEMELDET, refusals.Next.FENSTER}:
            with pytest.raises(Unsendable):
                firm.send()
        firm.clock.move(SECOND)
        firm.wrote(f"after-{number}")
    assert firm.sent.taken == []


def test_a_pause_grows_fourfold_with_every_refusal_in_a_row(firm: Scene) -> None:
    firm.wrote()
    pauses = []
    for _ in range(4):
        firm.api.faults = [Wrong(131056)]
        firm.send()
        until = firm.rows()[-1].retry_at
        assert until is not None
        pauses.append(until - firm.clock.now())
        firm.clock.move(until - firm.clock.now())

    assert pauses == [30 * SECOND, 30 * SECOND, 64 * SECOND, 256 * SECOND]


def test_a_refused_token_stops_all_sending_and_tells_every_admin_once_a_day(firm: Scene) -> None:
    firm.wrote()
    firm.api.faults = [Wrong(190), Wrong(190)]

    firm.send()
    with pytest.raises(Unsendable, match="steht still"):
        firm.send()
    with firm.runtime.turn() as turn:
        send.release(turn)
        send.release(turn)
    firm.send()

    with firm.runtime.look() as turn:
        told = [n for n in turn.session.query(Notice).all() if n.kind is NoticeKind.SENDEN_STEHT]
    assert len(told) == 1
    firm.wrote("still-hearing")


def test_an_error_of_the_account_that_comes_by_status_stops_sending_too(firm: Scene) -> None:
    firm.wrote()
    firm.send()
    one = firm.sent.taken[0]
    firm.sent.tell(one, "failed", 131042)
    firm.drain()

    with firm.runtime.look() as turn:
        assert halts.number(turn) == 131042


def test_an_opt_out_that_comes_by_status_is_stored(firm: Scene) -> None:
    firm.wrote()
    firm.clock.move(SECOND)
    firm.send()
    firm.sent.tell(firm.sent.taken[0], "failed", 131050)
    firm.drain()

    with pytest.raises(Unsendable, match="abgemeldet"):
        firm.send()
