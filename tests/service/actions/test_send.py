"""Answering over WhatsApp: once, inside the window, never against somebody's will, and no word of it stays."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.emulator.cloud import BROKEN, DOWN, LOST, Wrong
from connectors.whatsapp import refusals
from connectors.whatsapp.sending import Outcome
from models.clock_event import ClockEvent
from models.duty import Notice
from models.message import Message
from models.tables import tables
from models.terms import Channel, ClockKind, Direction, NoticeKind, SendState, TemplateState
from service.actions import hold, objection, send
from service.actions.send import Order
from service.errors import Conflict, Invalid, NotFound, Unsendable
from service.runtime import Runtime
from service.store import accounts, halts, inbox, opt_outs, sendings, settings
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor
from tests.conftest import NOW
from tests.fakes import FakeClock
from tests.service import whatsapp_scene
from tests.service.jobs.chatting import NUMBER, USER, echo, inbound, status, tell
from tests.service.whatsapp_scene import Scene

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
CANARY = "Kanarienvogel 4711 fliegt über Ütrecht"


@pytest.fixture
def firm(database: Database) -> Iterator[Scene]:
    """A firm that may send, on either database."""
    clock = FakeClock()

    def make(config: object) -> Runtime:
        runtime = Runtime(config, clock, database)  # type: ignore[arg-type]  # a Config
        with runtime.turn() as turn:
            accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Service"))
        return runtime

    with ExitStack() as stack:
        yield stack.enter_context(whatsapp_scene.scene(make, clock))


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


def test_two_colleagues_who_send_at_once_send_one_message(firm: Scene) -> None:
    firm.wrote()
    orders = [firm.order(), firm.order()]
    ended: list[object] = []
    start = threading.Barrier(2)

    def work(order: Order) -> None:
        start.wait()
        try:
            ended.append(firm.send(order))
        except (Conflict, Unsendable) as refused:
            ended.append(refused)

    threads = [threading.Thread(target=work, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(firm.sent.taken) == 1
    assert sorted(type(one).__name__ for one in ended) == ["Conflict", "Outcome"]


def test_who_did_not_see_a_colleagues_answer_is_told_instead_of_sending(firm: Scene) -> None:
    firm.wrote()
    mine = firm.order()
    firm.send()
    with pytest.raises(Conflict, match="Inzwischen"):
        firm.send(mine)
    mine = firm.order()
    tell(firm.runtime, echo("from-the-phone", firm.clock.now()), field="smb_message_echoes")
    with pytest.raises(Conflict, match="Inzwischen"):
        firm.send(mine)
    mine = firm.order()
    firm.api.faults = [Wrong(131026)]
    firm.send()
    with pytest.raises(Conflict, match="Anna Voss hat inzwischen"):
        firm.send(mine)
    assert len(firm.sent.taken) == 1


def test_a_refused_order_may_be_corrected_and_sent_from_the_same_form(firm: Scene) -> None:
    firm.wrote()
    order = firm.order()
    firm.api.faults = [Wrong(131009)]
    firm.send(order)

    assert firm.send(order) is not None
    assert firm.rows()[0].tries == 2


def test_sending_is_off_until_an_admin_switches_it_on(firm: Scene) -> None:
    firm.wrote()
    with firm.runtime.turn() as turn:
        settings.put(turn, sendings.SWITCH, value=False)

    with pytest.raises(Unsendable, match="abgeschaltet"):
        firm.send()
    assert firm.api.heard == []


def test_a_person_without_a_number_is_written_to_by_user_id(firm: Scene) -> None:
    firm.wrote(**{"from": None, "from_user_id": USER})

    firm.send()

    assert [(one.number, one.user_id) for one in firm.sent.taken] == [("", USER)]
    assert firm.rows()[0].state is SendState.ANGENOMMEN


def test_groups_foreign_numbers_and_odd_orders_are_refused_before_anything_is_stored(firm: Scene) -> None:
    number = firm.wrote()
    far = Actor(firm.anna.member_id, "Anna", firm.anna.role, reach=frozenset())

    with pytest.raises(NotFound), firm.runtime.turn(far) as turn:
        send.prepare(turn, number, firm.order())
    for words in ("", "  ", "x" * 4097):
        with pytest.raises(Invalid):
            firm.send(firm.order(words=words))
    with pytest.raises(Invalid):
        firm.send(firm.order(key="etwas anderes"))
    assert firm.rows() == []
    tell(firm.runtime, inbound("g1", firm.clock.now(), group_id="120363@g.us"))
    with firm.runtime.look() as turn:
        group = next(c.id for c in turn.session.query(type(firm_conversation(turn, number))).all() if c.id != number)
    order = Order(send.fresh_key(), 0, 0, "Hallo")
    with pytest.raises(Unsendable, match="Gruppen"), firm.runtime.turn(firm.anna) as turn:
        send.prepare(turn, group, order)
    with pytest.raises(Invalid, match="einzelnen"), firm.runtime.turn(firm.anna) as turn:
        objection.note(turn, group, wanted=False)
    taken = Order(send.fresh_key(), 0, 0, "Ja")
    with firm.runtime.turn(firm.anna) as turn:
        send.prepare(turn, number, taken)
    tell(firm.runtime, inbound("w9", firm.clock.now(), **{"from": "491700000001"}))
    with firm.runtime.look() as turn:
        other = max(c.id for c in turn.session.query(type(firm_conversation(turn, number))).all())
    with pytest.raises(Invalid, match="anderen Konversation"), firm.runtime.turn(firm.anna) as turn:
        send.prepare(turn, other, taken)


def firm_conversation(turn: object, number: int) -> object:
    from models.message import Conversation

    return turn.session.get_one(Conversation, number)  # type: ignore[attr-defined]


def test_a_mark_of_another_number_or_program_moves_nothing(firm: Scene) -> None:
    firm.wrote()
    order = firm.order()
    firm.api.faults = [LOST]
    firm.send(order)
    with firm.runtime.turn() as turn:
        accounts.ensure(turn, Channel.WHATSAPP, "2002", Facts("Andere"))

    tell(firm.runtime, status("s1", "sent", NOW, biz_opaque_callback_data=order.key), number="2002")
    tell(firm.runtime, status("s2", "sent", NOW, biz_opaque_callback_data="pl1." + "0" * 32))
    tell(firm.runtime, status("s3", "sent", NOW, biz_opaque_callback_data=f"{CANARY}"))

    assert firm.rows()[0].state is SendState.UNGEWISS


def test_an_unreachable_whatsapp_means_that_nothing_was_sent(firm: Scene) -> None:
    firm.wrote()
    firm.api.stop()

    outcome = firm.send()

    assert outcome == Outcome()
    assert firm.rows()[0].state is SendState.FEHLGESCHLAGEN
    assert "nichts gesendet" in send.sentence(None)
