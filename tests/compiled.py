"""Statements compiled once per process of tests: each test has a database of its own, which would compile them anew."""

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache

# What an engine keeps for itself; one of the service keeps it for as long as it runs.
_KEPT: LRUCache = LRUCache(5000)


class _Same(Dialect):
    """Every instance stands for the same: what one compiled, another can use."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine._compiled_cache = _KEPT


class SQLite(_Same, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class PostgreSQL(_Same, PGDialect_psycopg):
    supports_statement_cache = True


def share() -> None:
    """Let every engine of this process keep its compiled statements together."""
    registry.register("sqlite", __name__, "SQLite")
    registry.register("postgresql.psycopg", __name__, "PostgreSQL")
