"""Everything about one person is found, and nothing about anybody else; raw SQL is the oracle."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Integer, MetaData, String, Table, insert, select, text

from models.column import REGISTRY, Column, Entry, Purpose, Retention, Whose
from models.inbox import Inbox
from models.message import Conversation
from models.tables import METADATA, tables
from models.terms import Category, Channel, ConversationState
from service.actions import configure, confirm, finish, intake, register
from service.actions.confirm import Choice
from service.store import accounts, keys, subject
from service.store.accounts import Facts
from service.turn import Turn
from tests.factories import OWN, START, answer, chat, mail

ERIKA = "erika@kunde.example"
OTTO = "otto@anderswo.example"
NUMBER = "491718388958"
OTHER = "4915112345678"

# Rows that are Erika's, written down by hand: (table, key) by plain SQL, one statement a table.
ORACLE = {
    "message": "SELECT id FROM message WHERE sender = :a OR submitter = :a OR id IN "
    "(SELECT message_id FROM recipient WHERE address = :a)",
    "recipient": "SELECT message_id, position FROM recipient WHERE address = :a",
    "conversation": "SELECT id FROM conversation WHERE peer = :a OR id IN (SELECT conversation_id FROM message "
    "WHERE sender = :a OR submitter = :a OR id IN (SELECT message_id FROM recipient WHERE address = :a))",
    "decision": "SELECT id FROM decision WHERE message_id IN (SELECT id FROM message WHERE sender = :a OR submitter = :a)",
    "clock_event": "SELECT id FROM clock_event WHERE conversation_id IN (SELECT id FROM conversation WHERE peer = :a)",
    "confirmation": "SELECT id FROM confirmation WHERE CAST(conversations_before AS TEXT) LIKE '%\"' || :a || '\"%' OR "
    "CAST(keys_before AS TEXT) LIKE '%\"' || :a || '\"%' OR id IN (SELECT confirmation_id FROM decision WHERE "
    "message_id IN (SELECT id FROM message WHERE sender = :a))",
    "sender_key": "SELECT id FROM sender_key WHERE value = :a",
    "contact_point": "SELECT value FROM contact_point WHERE value = :a",
    "person": "SELECT person_id FROM contact_point WHERE value = :a AND person_id IS NOT NULL",
    "party_role": "SELECT id FROM party_role WHERE person_id IN (SELECT person_id FROM contact_point WHERE value = :a)",
    "inbox": "SELECT id FROM inbox WHERE payload LIKE '%\"' || :a || '\"%'",
}


def world(turn: Turn, seed: int = 7) -> None:
    """A firm with some traffic: mails, answers, copies, chats, confirmations, a closed case, a waiting update."""
    rng = random.Random(seed)
    box = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("Info", shared=True)).id
    phone = accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Hotline")).id
    configure.own_domains(turn, (OWN,))
    people = [ERIKA, OTTO] * 6 + [f"p{number}@firma{number % 7}.example" for number in range(30)]
    letters = []
    for number in range(90):
        who, thread = rng.choice(people), f"t{rng.randrange(50)}"
        at = START + timedelta(minutes=number * 7)
        copy = (rng.choice(people),) if rng.random() < 0.4 else ()
        letters.append(mail(who, at=at, thread=thread, cc=copy, sender_name=who.title()))
        if rng.random() < 0.5:
            letters.append(answer(who, at=at + timedelta(minutes=3), thread=thread, cc=copy))
    chats = [chat(rng.choice((NUMBER, OTHER)), at=START + timedelta(hours=n), user_id="DE.77") for n in range(6)]
    for account, records in ((box, letters), (phone, chats)):
        intake.take_in(turn, records, account, intake.Judge(keys.book(turn), None))
    person = register.person(turn, "Erika", "Muster", Category.KUNDE)
    for number, peer in turn.session.execute(select(Conversation.id, Conversation.peer)).all():
        if peer in {ERIKA, OTTO}:
            ours = person if peer == ERIKA else None
            confirm.confirm(turn, Choice((number,), Category.KUNDE, person_id=ours, party_unknown=ours is None))
        elif rng.random() < 0.2:
            finish.finish(turn, (number,), ConversationState.ERLEDIGT)
    bulk = tuple(turn.session.scalars(select(Conversation.id).limit(20)))
    confirm.confirm(turn, Choice(bulk, Category.WERBUNG, mixed_ok=True))
    for dedup, payload in (("a", f'{{"from": "{ERIKA}"}}'), ("b", f'{{"to": ["{OTTO}"]}}'), ("c", "kein JSON")):
        turn.session.execute(insert(Inbox).values(dedup=dedup, account="1001", payload=payload, received_at=turn.now))
    turn.session.flush()


def keys_of(found: subject.Subject, table: str) -> set[tuple[Any, ...]]:
    return {row.key for row in found.of(table)}


def oracle(turn: Turn, address: str) -> dict[str, set[tuple[Any, ...]]]:
    def run(sql: str) -> set[tuple[Any, ...]]:
        return {tuple(row) for row in turn.session.execute(text(sql), {"a": address})}

    found = {table: run(sql) for table, sql in ORACLE.items()}
    own = [f"conversation:{n}" for (n,) in run("SELECT id FROM conversation WHERE peer = :a")]
    for table in ("confirmation", "person"):
        own += [f"{table}:{n}" for (n,) in found[table]]
    found["trail"] = {tuple(r) for r in turn.session.execute(text("SELECT id, about FROM trail")) if r.about in own}
    found["trail"] = {(row[0],) for row in found["trail"]}
    return found


def hits(turn: Turn, address: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every row of every table in which some column holds the address: no registry, no exception."""
    for table in tables():
        for row in turn.session.execute(select(table)).mappings():
            if any(f"'{address}'" in repr(value) or f'"{address}"' in repr(value) for value in row.values()):
                yield table.name, tuple(row[column.name] for column in table.primary_key.columns)


@pytest.mark.parametrize("who", [ERIKA, OTTO])
def test_what_is_found_equals_the_oracle_table_by_table(turn: Turn, who: str) -> None:
    world(turn)

    found = subject.collect(turn, who)

    expected = oracle(turn, who)
    assert {name: keys_of(found, name) for name in expected} == expected
    assert {row.table for row in found.rows} <= {*expected, "account", "company"}
    assert len(found.of("message")) > 3
    assert found.of("decision")


def test_no_row_of_any_table_that_holds_the_address_is_missed(turn: Turn) -> None:
    world(turn)

    found = {(row.table, row.key) for row in subject.collect(turn, ERIKA).rows}

    assert set(hits(turn, ERIKA)) <= found


@pytest.mark.parametrize("asked", ["+49 171 8388958", "0171 8388958", NUMBER])
def test_a_number_is_found_however_it_is_written(turn: Turn, asked: str) -> None:
    world(turn)

    found = subject.collect(turn, asked)

    assert found.of("message")
    assert {row.values["sender"] for row in found.of("message")} == {NUMBER}


def test_a_user_id_is_found(turn: Turn) -> None:
    world(turn)

    assert len(subject.collect(turn, "DE.77").of("message")) == 6


def test_an_address_is_found_however_it_is_capitalised(turn: Turn) -> None:
    world(turn)

    assert subject.collect(turn, " <Erika@KUNDE.example> ").rows == subject.collect(turn, ERIKA).rows


@pytest.mark.parametrize("asked", ["", "niemand@kunde.example", "rika@kunde.example", "%", "erika@kunde", "0"])
def test_nothing_is_found_for_a_stranger(turn: Turn, asked: str) -> None:
    world(turn)

    assert subject.collect(turn, asked).rows == ()


def test_a_thread_of_somebody_else_is_shown_but_not_about_the_one_in_copy(turn: Turn) -> None:
    world(turn)

    found = subject.collect(turn, ERIKA)

    foreign = [row for row in found.of("conversation") if row.values["peer"] != ERIKA]
    assert foreign
    assert not any(row.about for row in foreign)
    assert {row.values["last_name"] for row in found.of("person")} == {"Muster"}


def test_a_new_table_with_an_identifier_column_is_searched_without_any_change(turn: Turn) -> None:
    world(turn)
    metadata = MetaData()
    for table in METADATA.sorted_tables:
        table.to_metadata(metadata)
    calls = Table("call", metadata, SqlColumn("id", Integer, primary_key=True), SqlColumn("caller", String))
    calls.create(turn.session.connection())
    turn.session.execute(insert(calls), [{"id": 1, "caller": NUMBER}, {"id": 2, "caller": OTHER}])
    law = (Whose.PERSON, Purpose.EINORDNEN, Retention.WIE_NACHRICHT)
    column = Column("caller", "Anrufer", True, *law, identifier="nummer")
    entry = Entry("call", "Anrufe", *law, "Telefonanlage", {"caller": column})

    found = subject.collect(turn, NUMBER, {**REGISTRY, "call": entry}, metadata)

    assert keys_of(found, "call") == {(1,)}


def test_text_is_opened_only_when_it_is_json() -> None:
    assert list(subject.leaves({"a": ['{"b": "c"}', "[kaputt", 5, None]})) == ["a", "b", "c", "[kaputt"]
    assert subject.holds("x", ("x",))
    assert not subject.holds("xy", ("x",))
