"""A firm with millions of messages by plain SQL, for measuring pages: one distribution, any size, both databases.

The firm has 40 mailboxes and numbers and two years of mail; more messages mean a busier firm. About a third of the
conversations end with a closing, most of Kunde are answered within a day, the last day's are partly still open, and a
few in ten thousand were never answered or never classified.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.schema import CreateIndex, DropIndex

from models.account import Account
from models.clock_event import ClockEvent
from models.decision import Confirmation, Decision
from models.message import Conversation, Message
from models.tables import METADATA
from models.tally import Closure
from models.terms import Channel
from service.store.engine import Database
from tests.bench.figures import Figure

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
ACCOUNTS, NUMBERS, DAYS = 40, 10, 730
_NOW = int(NOW.timestamp())
_FIRST = _NOW - _NOW % 86_400 - (DAYS - 1) * 86_400
_SLOW = 1_000_000

# What is known of conversation n: a number that looks like chance, when it began, after how long it was answered.
_SEED = """SELECT n, r, began,
  CASE WHEN r % 2000 = 1 THEN 400000000 ELSE 300 + (r / 7) % 20000 + CASE WHEN r % 13 = 0 THEN 90000 ELSE 0 END END AS d,
  CASE WHEN n % {accounts} < {mail} THEN 'E-Mail' ELSE 'WhatsApp' END AS channel, 1 + n % {accounts} AS account_id,
  CASE WHEN (r / 3) % 100 < 45 THEN 'Kunde' WHEN (r / 3) % 100 < 60 THEN 'Lieferant'
       WHEN (r / 3) % 100 < 75 THEN 'Intern' WHEN (r / 3) % 100 < 90 THEN 'Newsletter' ELSE 'Werbung' END AS kind,
  CASE WHEN (began > {now} - 200000 AND r % 20 = 3) OR r % 9000 = 3 THEN 1 ELSE 0 END AS blank
FROM (SELECT n, (n * 2654435761 + 974711) % 4294967291 AS r,
  {first} + (n * {days} / {count}) * 86400 + 22000 + (n * 2246822519 + 7) % 39000 AS began FROM {numbers}) AS numbers
WHERE began <= {now}"""


def fill(database: Database, messages: int) -> Iterator[Figure]:
    """Fill an empty database with about so many messages; yields how long each table took."""
    indexes = [index for table in METADATA.tables.values() for index in table.indexes]
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            raw: Any = connection.connection.driver_connection
            raw.create_function(
                "as_id", 2, lambda ms, n: ms.to_bytes(6, "big") + n.to_bytes(10, "big"), deterministic=True
            )
        else:
            # The rows are right as they are made; looking up what each points to takes longer than storing it.
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        heavy = [index for index in indexes if index.table.name in {"message", "conversation", "clock_event"}]
        for index in heavy:
            connection.execute(DropIndex(index))
        for table, rows in _plan(database.is_sqlite, messages // 3):
            since = perf_counter()
            _insert(connection, table, rows)
            yield Figure(f"rows of {table.name}", perf_counter() - since, "s")
        since = perf_counter()
        for index in heavy:
            connection.execute(CreateIndex(index))
        yield Figure("indexes", perf_counter() - since, "s")
    settle(database)


def settle(database: Database) -> None:
    """Count and tidy the tables as a database does by itself in time: SQLite's planner, PostgreSQL's autovacuum."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM (ANALYZE)"))


Rows = tuple[Mapping[str, str], str]


def _plan(is_sqlite: bool, count: int) -> Iterator[tuple[Table, Rows]]:
    numbers = (
        f"(WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < {count}) SELECT n FROM up)"
        if is_sqlite
        else f"generate_series(1::bigint, {count}) AS up(n)"
    )
    values = {"accounts": ACCOUNTS, "mail": ACCOUNTS - NUMBERS, "now": _NOW, "first": _FIRST, "days": DAYS}
    seed = f"({_SEED.format(count=count, numbers=numbers if is_sqlite else f'(SELECT n FROM {numbers}) AS one', **values)}) AS s"
    yield _table(Account), _accounts(is_sqlite, ACCOUNTS)
    yield _table(Conversation), (_CONVERSATION | _instants(_CONVERSATION_AT), seed)
    for place in range(3):
        yield _table(Message), (_message(place, is_sqlite), f"{seed} WHERE {_there(place)}")
    yield _table(ClockEvent), (_STOP, f"{seed} WHERE {_ASKS} AND {_ANSWERED}")
    yield _table(Confirmation), ({"id": "'a'", "category": "'Kunde'", "keys_before": "'[]'", "at": "0", "conversations_before": "'[]'"}, "(SELECT 1 AS one) AS s")  # fmt: skip
    yield _table(Decision), (_decision(is_sqlite), f"{seed} WHERE r % 10 = 0 AND blank = 0")
    yield _table(Closure), (_CLOSURE, f"{seed} WHERE {_CLOSED}")


_ASKS = "(kind = 'Kunde' OR blank = 1)"
_ANSWERED = f"began + d <= {_NOW}"
_CLOSED = f"(r % 3 = 0 AND kind = 'Kunde' AND blank = 0 AND began + d + 90000 <= {_NOW})"
_WAITS = f"({_ASKS} AND NOT {_ANSWERED})"
_LIMIT = "CASE WHEN channel = 'E-Mail' THEN 86400 ELSE 14400 END"
_CLASS = "CASE WHEN blank = 1 THEN NULL ELSE kind END"
_CONVERSATION = {
    "id": "n", "channel": "channel", "thread": "'t' || n", "account_id": "account_id",
    "peer": "'p' || (n % 50000) || '@kunde' || (n % 5000) || '.test'", "peer_domain": "'kunde' || (n % 5000) || '.test'",
    "category": _CLASS, "suggested": "kind", "confidence": "0.9", "inbound": "2", "outbound": "1",
    "state": f"CASE WHEN {_CLOSED} THEN 'archiviert' ELSE 'offen' END", "unclassified": "blank",
}  # fmt: skip
_CONVERSATION_AT = {
    "opened_at": "began", "last_at": f"CASE WHEN {_ANSWERED} THEN began + d ELSE began END", "last_inbound_at": "began",
    "last_outbound_at": f"CASE WHEN {_ANSWERED} THEN began + d END",
    "closed_at": f"CASE WHEN {_CLOSED} THEN began + d + 80000 END",
    "waiting_since": f"CASE WHEN {_WAITS} THEN began END", "due_at": f"CASE WHEN {_WAITS} THEN began + {_LIMIT} END",
    "strict_due_at": f"CASE WHEN {_WAITS} THEN began + {_LIMIT} END",
}  # fmt: skip
_STOP = {
    "conversation_id": "n", "account_id": "account_id", "channel": "channel", "kind": "'Stopp'",
    "at": f"(began + d) * {_SLOW}", "started_at": f"began * {_SLOW}", "open_s": "d", "wall_s": "d + 3600",
    "in_goal": f"d <= {_LIMIT}", "category": _CLASS,
}  # fmt: skip
_CLOSURE = {
    "conversation_id": "n", "account_id": "account_id", "channel": "channel", "category": "kind",
    "opened_at": f"began * {_SLOW}", "closed_at": f"(began + d + 80000) * {_SLOW}",
    "reopened_at": f"CASE WHEN r % 15 = 0 THEN (began + d + 85000) * {_SLOW} END",
}  # fmt: skip


def _instants(columns: Mapping[str, str]) -> dict[str, str]:
    return {name: f"({told}) * {_SLOW}" for name, told in columns.items()}


def _accounts(is_sqlite: bool, count: int) -> Rows:
    series = (
        f"(WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < {count}) SELECT n FROM up) AS s"
        if is_sqlite
        else f"(SELECT n FROM generate_series(1::bigint, {count}) AS up(n)) AS s"
    )
    told = {
        "id": "n", "name": "'Postfach ' || n", "people": "12", "state": "'bereit'",
        "address": "'box' || n || '@brandt.test'",
        "channel": f"CASE WHEN n > {ACCOUNTS - NUMBERS} THEN '{Channel.WHATSAPP}' ELSE 'E-Mail' END",
    }  # fmt: skip
    return told, series


def _there(place: int) -> str:
    """The first message always came; the second is our answer or more of the same; the third came a day later."""
    return ("1 = 1", f"began + d <= {_NOW}", f"began + d + 70000 <= {_NOW}")[place]


def _message(place: int, is_sqlite: bool) -> dict[str, str]:
    at = ("began", "began + d", "began + d + 70000")[place]
    number = f"n * 3 + {place}"
    hexed = f"decode(lpad(to_hex(({at}) * 1000), 12, '0') || lpad(to_hex({number}), 20, '0'), 'hex')"
    answer = "kind IN ('Kunde', 'Lieferant', 'Intern')" if place == 1 else "1 = 0"
    blob = f"as_id(({at}) * 1000, {number})"
    return {
        "id": blob if is_sqlite else hexed, "account_id": "account_id", "channel": "channel",
        "direction": f"CASE WHEN {answer} THEN 'Ausgang' ELSE 'Eingang' END", "source_id": f"'s' || ({number})",
        "internet_message_id": f"'<' || ({number}) || '@m>'", "conversation_id": "n",
        "sender": "'p' || (n % 50000) || '@kunde' || (n % 5000) || '.test'",
        "sender_domain": "'kunde' || (n % 5000) || '.test'", "received_at": f"({at}) * {_SLOW}",
        "category": f"CASE WHEN {answer} THEN NULL ELSE {_CLASS if place == 0 else 'kind'} END",
        "origin": "CASE WHEN r % 10 = 0 THEN 'Person' ELSE 'Regel' END", "suggested": "kind", "confidence": "0.9",
    }  # fmt: skip


def _decision(is_sqlite: bool) -> dict[str, str]:
    suggested = "CASE WHEN r % 40 = 0 THEN 'Werbung' WHEN r % 70 = 0 THEN NULL ELSE kind END"
    return {
        "message_id": _message(0, is_sqlite)["id"], "at": f"(began + 600) * {_SLOW}", "origin": "'Person'",
        "category": "kind", "suggested": suggested, "confidence": "0.9", "confirmation_id": "'a'",
    }  # fmt: skip


def _table(entity: Any) -> Table:
    table: Table = entity.__table__
    return table


def _insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert what a query tells; every other column gets its default."""
    told, source = rows
    values = {column.name: told.get(column.name) or _default(column) for column in table.columns}
    names = {name: value for name, value in values.items() if value is not None}
    told_sql = f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(names.values())} FROM {source}"
    # psycopg reads a single percent sign as a place for a parameter.
    connection.exec_driver_sql(told_sql if connection.dialect.name == "sqlite" else told_sql.replace("%", "%%"))


def _default(column: Any) -> str | None:
    if column.nullable or (column.primary_key and column.name == "id" and column.default is None):
        return None
    value = getattr(column.default, "arg", None)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return "0" if value is None and "INT" in str(column.type).upper() else f"'{getattr(value, 'value', value) or ''}'"
