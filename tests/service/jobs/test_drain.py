"""Draining the inbox: what can be read becomes messages, what cannot is set aside, unknown numbers leave nothing."""

from sqlalchemy import func, select

from connectors.whatsapp import webhook
from models.inbox import Inbox
from models.message import Message
from service.jobs import drain
from service.runtime import Runtime
from service.store import inbox
from service.store.inbox import Row
from tests.conftest import NOW

TEXT = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":'
    b'{"messaging_product":"whatsapp","metadata":{"display_phone_number":"4940111","phone_number_id":"%s"},'
    b'"contacts":[{"profile":{"name":"Erika"},"wa_id":"491718388958"}],"messages":[{"from":"491718388958",'
    b'"id":"wamid.%s","timestamp":"1763370000","type":"text","text":{"body":"geheim"}}]}}]}]}'
)


def put(runtime: Runtime, number: bytes, key: bytes, payload: str | None = None) -> None:
    (update,) = webhook.strip(TEXT % (number, key))
    with runtime.turn() as turn:
        row = Row(key.decode(), number.decode(), payload or webhook.to_json(update), NOW)
        inbox.add(turn.session, [row])


def stored(runtime: Runtime) -> int:
    with runtime.look() as turn:
        return int(turn.session.execute(select(func.count()).select_from(Message)).scalar_one())


def test_an_update_becomes_a_message_and_its_text_is_nowhere(runtime: Runtime) -> None:
    put(runtime, b"1001", b"a")

    drained = drain.drain(runtime)

    with runtime.look() as turn:
        message = turn.session.execute(select(Message)).scalar_one()
        left = turn.session.execute(select(Inbox.payload)).scalar_one()
    assert drained == 1
    assert (message.sender, message.sender_name, message.kind) == ("491718388958", "Erika", "text")
    assert left == ""


def test_an_empty_inbox_is_no_work(runtime: Runtime) -> None:
    assert drain.drain(runtime) == 0


def test_a_number_that_the_firm_does_not_read_is_not_stored(runtime: Runtime) -> None:
    put(runtime, b"9999", b"a")

    drain.drain(runtime)

    assert stored(runtime) == 0
    with runtime.look() as turn:
        assert turn.session.execute(select(func.count()).select_from(Inbox)).scalar_one() == 0


def test_a_damaged_row_is_set_aside_and_the_others_pass(runtime: Runtime) -> None:
    put(runtime, b"1001", b"a")
    put(runtime, b"1001", b"b", payload="{kaputt")
    put(runtime, b"1001", b"c")

    drain.drain(runtime)

    with runtime.look() as turn:
        counts = inbox.counts(turn)
        errors = turn.session.scalars(select(Inbox.error).where(Inbox.state == inbox.SET_ASIDE)).all()
    assert stored(runtime) == 2
    assert counts[inbox.SET_ASIDE] == 1
    assert "kaputt" not in errors[0]


def test_the_same_message_twice_is_stored_once(runtime: Runtime) -> None:
    put(runtime, b"1001", b"a")
    drain.drain(runtime)
    (update,) = webhook.strip(TEXT % (b"1001", b"a"))
    with runtime.turn() as turn:
        inbox.add(turn.session, [Row("anderer-schluessel", "1001", webhook.to_json(update), NOW)])

    drain.drain(runtime)

    assert stored(runtime) == 1


def test_a_notice_of_whatsapp_itself_is_nobodys_message(runtime: Runtime) -> None:
    (update,) = webhook.strip(TEXT.replace(b'"type":"text"', b'"type":"system"') % (b"1001", b"a"))
    with runtime.turn() as turn:
        inbox.add(turn.session, [Row("a", "1001", webhook.to_json(update), NOW)])

    assert drain.drain(runtime) == 1
    assert stored(runtime) == 0
