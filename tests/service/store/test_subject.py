"""Everything about one person is found, and nothing about anybody else; raw SQL is the oracle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Integer, MetaData, String, Table, insert, select, text

from models.column import Column, Entry, Purpose, Retention, Whose
from models.registry import REGISTRY
from models.tables import METADATA, tables
from models.terms import Channel
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, keys, subject
from service.store.accounts import Facts
from service.turn import Turn
from tests.factories import chat
from tests.service import people
from tests.service.people import ERIKA, NUMBER, OTHER, OTTO, world

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


@pytest.fixture
def firm(migrated: Path, tmp_path: Path) -> Iterator[Turn]:
    """A firm with some traffic on SQLite, ready made."""
    with people.opened(migrated, tmp_path) as made:
        yield made


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


@pytest.mark.unmeasured
@pytest.mark.parametrize("who", [ERIKA, OTTO])
def test_what_is_found_equals_the_oracle_table_by_table(turn: Turn, who: str) -> None:
    world(turn)

    found = subject.collect(turn, who)

    expected = oracle(turn, who)
    assert {name: keys_of(found, name) for name in expected} == expected
    assert {row.table for row in found.rows} <= {*expected, "account", "company"}
    assert len(found.of("message")) > 3
    assert found.of("decision")


@pytest.mark.unmeasured
def test_no_row_of_any_table_that_holds_the_address_is_missed(turn: Turn) -> None:
    world(turn)

    found = {(row.table, row.key) for row in subject.collect(turn, ERIKA).rows}

    assert set(hits(turn, ERIKA)) <= found


@pytest.mark.parametrize("asked", ["+49 171 8388958", "0171 8388958", NUMBER])
def test_a_number_is_found_however_it_is_written(firm: Turn, asked: str) -> None:
    found = subject.collect(firm, asked)

    assert found.of("message")
    assert {row.values["sender"] for row in found.of("message")} == {NUMBER}


def test_a_user_id_is_found(firm: Turn) -> None:
    assert len(subject.collect(firm, "DE.77").of("message")) == 6


def test_an_address_is_found_however_it_is_capitalised(firm: Turn) -> None:
    assert subject.collect(firm, " <Erika@KUNDE.example> ").rows == subject.collect(firm, ERIKA).rows


@pytest.mark.parametrize("asked", ["", "niemand@kunde.example", "rika@kunde.example", "%", "erika@kunde", "0"])
def test_nothing_is_found_for_a_stranger(firm: Turn, asked: str) -> None:
    assert subject.collect(firm, asked).rows == ()


def test_a_thread_of_somebody_else_is_shown_but_not_about_the_one_in_copy(firm: Turn) -> None:
    found = subject.collect(firm, ERIKA)

    foreign = [row for row in found.of("conversation") if row.values["peer"] != ERIKA]
    assert foreign
    assert not any(row.about for row in foreign)
    assert {row.values["last_name"] for row in found.of("person")} == {"Muster"}


def test_a_new_table_with_an_identifier_column_is_searched_without_any_change(firm: Turn) -> None:
    metadata = MetaData()
    for table in METADATA.sorted_tables:
        table.to_metadata(metadata)
    calls = Table("call", metadata, SqlColumn("id", Integer, primary_key=True), SqlColumn("caller", String))
    calls.create(firm.session.connection())
    firm.session.execute(insert(calls), [{"id": 1, "caller": NUMBER}, {"id": 2, "caller": OTHER}])
    law = (Whose.PERSON, Purpose.EINORDNEN, Retention.WIE_NACHRICHT)
    column = Column("caller", "Anrufer", True, *law, identifier="nummer")
    entry = Entry("call", "Anrufe", *law, "Telefonanlage", {"caller": column})

    found = subject.collect(firm, NUMBER, {**REGISTRY, "call": entry}, metadata)

    assert keys_of(found, "call") == {(1,)}


def test_text_is_opened_only_when_it_is_json() -> None:
    assert list(subject.leaves({"a": ['{"b": "c"}', "[kaputt", 5, None]})) == ["a", "b", "c", "[kaputt"]
    assert subject.holds("x", ("x",))
    assert not subject.holds("xy", ("x",))


def test_the_other_name_of_a_chat_partner_is_pointed_out(turn: Turn) -> None:
    account = accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("WhatsApp")).id
    intake.take_in(turn, [chat("491718388958", user_id="DE.13")], account, Judge(keys.book(turn)))

    assert subject.siblings(turn, "0171 8388958") == ("DE.13",)
    assert subject.siblings(turn, "DE.13") == ("491718388958",)
    assert subject.siblings(turn, "erika@kunde.example") == ()
