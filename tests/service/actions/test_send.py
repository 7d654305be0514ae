"""Answering over WhatsApp: once, inside the window, never against somebody's will, and no word of it stays."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.emulator.cloud import BROKEN, DOWN, LOST
from connectors.whatsapp.sending import Outcome
from models.clock_event import ClockEvent
from models.message import Message
from models.tables import tables
from models.terms import ClockKind, Direction, SendState, TemplateState
from service.actions import hold, send
from service.actions.send import Order
from service.errors import Conflict, Invalid, NotFound, Unsendable
from service.store import inbox, sendings
from service.store.engine import Database
from tests.conftest import NOW
from tests.service import whatsapp_scene
from tests.service.jobs.chatting import NUMBER, inbound
from tests.service.whatsapp_scene import Scene

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
CANARY = "Kanarienvogel 4711 fliegt über Ütrecht"


@pytest.fixture
def firm(database: Database) -> Iterator[Scene]:
    """A firm that may send, on either database."""
    with whatsapp_scene.on(database) as found:
        yield found


def outbound(firm: Scene) -> list[Message]:
    with firm.runtime.look() as turn:
        return [m for m in turn.session.query(Message).all() if m.direction is Direction.AUSGANG]


def test_words_inside_the_window_go_out_once_stop_the_clock_and_are_nowhere_afterwards(
    firm: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    firm.wrote()
    assert firm.conversation().waiting_since is not None
    firm.clock.move(MINUTE)
    order = firm.order(words=f"  {CANARY}  ")

    first, second = firm.send(order), firm.send(order)
    firm.sent.flush()
    firm.drain()

    (row,) = firm.rows()
    (message,) = outbound(firm)
    assert first is not None
    assert second is None
    assert len(firm.sent.taken) == 1
    assert (row.state, row.source_id, row.message_id) == (SendState.ANGENOMMEN, firm.sent.taken[0].id, message.id)
    assert firm.conversation().waiting_since is None
    with firm.runtime.look() as turn:
        (shown,) = sendings.shown(turn, firm.conversation().id)
        assert (shown.who, shown.status) == ("Anna Voss", "read")
        held = "".join(repr(turn.session.execute(text(f'SELECT * FROM "{table.name}"')).all()) for table in tables())
    assert CANARY not in held
    assert CANARY not in repr(order)
    assert CANARY not in "".join(capfd.readouterr())


@pytest.mark.parametrize("fault", [LOST, BROKEN])
def test_a_lost_answer_is_found_again_by_our_mark_and_never_sent_twice(firm: Scene, fault: str) -> None:
    firm.wrote()
    firm.clock.move(MINUTE)
    order = firm.order()
    firm.api.faults = [fault]

    outcome = firm.send(order)
    (row,) = firm.rows()
    with pytest.raises(Unsendable, match="wartet noch"):
        firm.send(order)
    firm.sent.flush("sent")
    again = firm.send(order)

    assert outcome == Outcome(lost=True)
    assert row.state is SendState.UNGEWISS
    assert again is None
    assert len(firm.sent.taken) == 1
    assert firm.rows()[0].source_id == firm.sent.taken[0].id
    assert len(outbound(firm)) == 1
    assert firm.conversation().waiting_since is None


def test_what_nobody_confirmed_goes_out_again_only_after_a_wait_and_only_when_a_person_wants_it(firm: Scene) -> None:
    firm.wrote()
    order = firm.order()
    firm.api.faults = [DOWN]
    firm.send(order)

    firm.clock.move(2 * MINUTE)
    with pytest.raises(Unsendable, match="ungewiss"):
        firm.send(order)
    with pytest.raises(Unsendable, match="ungewiss"):
        firm.send(firm.order())
    firm.send(Order(order.key, order.seen, order.answered, order.words, again=True))

    (row,) = firm.rows()
    assert (row.tries, row.state) == (2, SendState.ANGENOMMEN)
    assert len(firm.sent.taken) == 1


def test_a_process_that_dies_while_sending_leaves_a_sending_that_is_uncertain_not_one_that_blocks(firm: Scene) -> None:
    firm.wrote()
    firm.send(lose=True)

    with pytest.raises(Conflict, match="Anna Voss sendet gerade"):
        firm.send()
    firm.clock.move(sendings.LOST_AFTER)
    with pytest.raises(Unsendable, match="ungewiss"):
        firm.send()
    firm.sent.flush("delivered")
    firm.drain()

    assert firm.rows()[0].state is SendState.ANGENOMMEN
    assert len(outbound(firm)) == 1


def test_a_status_that_overtakes_the_answer_wins_and_the_message_is_stored_once(firm: Scene) -> None:
    firm.wrote()
    with firm.runtime.turn(firm.anna) as turn:
        ready = send.prepare(turn, firm.conversation().id, firm.order())
    assert ready.parcel is not None
    outcome = send.deliver(firm.runtime.cloud, ready.parcel)
    firm.sent.flush()
    firm.drain()

    with firm.runtime.turn(firm.anna) as turn:
        late, _ = send.conclude(turn, ready.sending_id, outcome)

    assert late is None
    assert len(outbound(firm)) == 1


@pytest.mark.parametrize(("rest", "goes"), [(SECOND, True), (timedelta(0), False)])
def test_words_end_86400_seconds_after_metas_time_of_the_last_message(firm: Scene, rest: timedelta, goes: bool) -> None:
    firm.wrote()
    firm.clock.move(DAY - rest)

    if goes:
        assert firm.send() is not None
    else:
        with pytest.raises(Unsendable, match="Nachfrage"):
            firm.send()
    assert len(firm.sent.taken) == int(goes)


def test_a_message_that_still_waits_is_taken_in_first_and_opens_the_window(firm: Scene) -> None:
    firm.wrote()
    firm.clock.move(2 * DAY)
    with firm.runtime.turn() as turn:
        before = firm.order()
        inbox.add(turn.session, [])
    tell_later(firm, inbound("w2", firm.clock.now()))

    assert firm.send(before) is not None


def test_nothing_goes_out_while_updates_of_the_number_wait_for_intake(firm: Scene) -> None:
    firm.wrote()
    order = firm.order()
    tell_later(firm, inbound("w2", firm.clock.now()))

    with pytest.raises(Conflict, match="kommen Nachrichten"), firm.runtime.turn(firm.anna) as turn:
        send.prepare(turn, firm.conversation().id, order)
    assert firm.rows() == []


def tell_later(firm: Scene, value: object) -> None:
    """Put an update into the inbox without taking it in."""
    firm.sent.post(
        _body(value),
    )


def _body(value: object) -> bytes:
    import json

    held = {"metadata": {"phone_number_id": "1001", "display_phone_number": "4940111"}, **value}  # type: ignore[dict-item]
    return json.dumps({"entry": [{"id": "77", "changes": [{"field": "messages", "value": held}]}]}).encode()


def test_a_template_goes_out_at_any_time_with_its_places_filled_and_stops_no_clock(firm: Scene) -> None:
    firm.wrote()
    row = firm.approved("Bestätigung")
    firm.clock.move(3 * DAY)

    with pytest.raises(Invalid) as wrong:
        firm.send(firm.order(words="", template_id=row.id, typed=("2026-11-31", "14:30")))
    firm.send(firm.order(words="", template_id=row.id, typed=("2026-11-24", "14:30")))

    assert set(wrong.value.fields) == {"wert-1"}
    assert [(one.kind, one.template) for one in firm.sent.taken] == [("template", "bestaetigung")]
    assert firm.conversation().waiting_since is not None
    assert not outbound(firm)[0].opens_clock
    assert firm.conversation().meta_until == NOW + DAY


@pytest.mark.parametrize(
    ("holding", "answers", "stops"), [(True, False, False), (True, True, True), (False, True, True)]
)
def test_a_holding_reply_keeps_the_clock_running_unless_the_firm_says_it_counts(
    firm: Scene, holding: bool, answers: bool, stops: bool
) -> None:
    firm.wrote()
    row = firm.approved("Wir melden uns")
    with firm.runtime.turn() as turn:
        kept = turn.session.get_one(type(row), row.id)
        kept.holding, kept.answers = holding, answers
    firm.clock.move(MINUTE)

    firm.send(firm.order(words="", template_id=row.id))

    assert (firm.conversation().waiting_since is None) == stops
    assert outbound(firm)[0].holding == (holding and not answers)
    with firm.runtime.look() as turn:
        stopped = [e for e in turn.session.query(ClockEvent).all() if e.kind is ClockKind.STOPP]
    assert bool(stopped) == stops


def test_what_a_person_said_about_a_message_outlives_the_statuses_that_come_later(firm: Scene) -> None:
    firm.wrote()
    firm.clock.move(MINUTE)
    firm.send()
    with firm.runtime.turn(firm.anna) as turn:
        hold.hold(turn, firm.rows()[0].message_id or b"", holding=True)
    assert firm.conversation().waiting_since is not None

    firm.sent.flush()
    firm.drain()

    assert outbound(firm)[0].holding
    assert firm.conversation().waiting_since is not None


def test_only_approved_templates_with_a_known_wording_can_be_sent(firm: Scene) -> None:
    firm.wrote()
    row = firm.approved("Nachfrage")
    order = firm.order(words="", template_id=row.id)
    with firm.runtime.turn() as turn:
        turn.session.get_one(type(row), row.id).state = TemplateState.PAUSIERT

    with pytest.raises(Unsendable, match="pausiert"):
        firm.send(order)
    with firm.runtime.turn() as turn:
        kept = turn.session.get_one(type(row), row.id)
        kept.state, kept.wording = TemplateState.GENEHMIGT, ""
    with pytest.raises(Unsendable):
        firm.send(order)
    with pytest.raises(NotFound):
        firm.send(firm.order(words="", template_id=999))
    assert firm.sent.taken == []


def test_what_failed_later_has_not_arrived_and_the_clock_runs_again(firm: Scene) -> None:
    firm.wrote()
    firm.clock.move(MINUTE)
    firm.sent.ends = {NUMBER: 131026}
    firm.send()
    assert firm.conversation().waiting_since is None

    firm.sent.flush()
    firm.drain()

    assert firm.conversation().waiting_since is not None
    with firm.runtime.look() as turn:
        (shown,) = sendings.shown(turn, firm.conversation().id)
    assert (shown.status, shown.error_number) == ("failed", 131026)
