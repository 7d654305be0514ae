"""What is compiled once per process of tests: each test has a database and many an application of their own.

They would compile anew, to the same: statements, and the makers of addresses of all routes.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing.rules import Rule

from tests import postgres

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

    def connect(self, *given: Any, **named: Any) -> Any:
        return postgres.taken_up(named.get("dbname", "")) or super().connect(*given, **named)

    def do_close(self, raw: Any) -> None:
        if not postgres.kept(raw):
            super().do_close(raw)


_MAKERS: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
_compile = Rule._compile_builder


def _maker(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # as werkzeug calls it
    """Return the function that makes addresses of a route; it asks the route that it is bound to for its converters."""
    if rule.defaults:
        return _compile(rule, append_unknown)
    key = (rule.rule, tuple(rule._trace), append_unknown)
    if key not in _MAKERS:
        _MAKERS[key] = _compile(rule, append_unknown)
    return _MAKERS[key]


def share() -> None:
    """Let every engine of this process keep its compiled statements together, and every application its routes."""
    Rule._compile_builder = _maker  # type: ignore[method-assign]  # the library offers no other place to keep them
    registry.register("sqlite", __name__, "SQLite")
    registry.register("postgresql.psycopg", __name__, "PostgreSQL")
