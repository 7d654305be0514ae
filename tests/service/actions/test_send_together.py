"""Sending over WhatsApp beside colleagues and odd orders: one message goes out, or none and a reason."""

import threading

import pytest

from connectors.emulator.cloud import LOST, Wrong
from connectors.whatsapp.sending import Outcome
from models.message import Conversation
from models.terms import Channel, SendState
from service.actions import objection, send
from service.actions.send import Order
from service.errors import Conflict, Invalid, NotFound, Unsendable
from service.store import accounts, sendings, settings
from service.store.accounts import Facts
from service.turn import Actor
from tests.conftest import NOW
from tests.service.jobs.chatting import USER, echo, inbound, status, tell
from tests.service.whatsapp_scene import Scene

CANARY = "Kanarienvogel 4711 fliegt über Ütrecht"


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
        group = next(c.id for c in turn.session.query(Conversation).all() if c.id != number)
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
        other = max(c.id for c in turn.session.query(Conversation).all())
    with pytest.raises(Invalid, match="anderen Konversation"), firm.runtime.turn(firm.anna) as turn:
        send.prepare(turn, other, taken)


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
