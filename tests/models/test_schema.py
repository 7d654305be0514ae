"""Models and migrations agree, on both databases, and SQLite runs as safely as promised."""

import pytest
from sqlalchemy import text

from models.migrations import HEAD
from service.errors import ConfigInvalid, Rejected, Unavailable
from service.store import schema
from service.store.engine import Database


def test_migrations_make_exactly_the_models(database: Database) -> None:
    assert schema.differences(database) == []
    assert schema.current(database) == HEAD


def test_an_upgrade_without_work_does_nothing(database: Database) -> None:
    assert not schema.upgrade(database)


def test_an_older_program_refuses_a_newer_database_politely(sqlite_database: Database) -> None:
    with sqlite_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(ConfigInvalid, match="neuere Fassung"):
        schema.upgrade(sqlite_database)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1), ("foreign_keys", 1)]
)
def test_sqlite_survives_a_power_cut_and_forgets_what_is_erased(
    sqlite_database: Database, pragma: str, value: object
) -> None:
    with sqlite_database.engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_missing_database_is_a_clear_error() -> None:
    broken = Database("postgresql+psycopg://niemand@127.0.0.1:1/nichts")

    with pytest.raises(Unavailable, match="nicht erreichbar"), broken.write():
        pass
    with pytest.raises(Unavailable), broken.read() as session:
        session.execute(text("SELECT 1"))


def test_an_error_never_quotes_a_value(database: Database) -> None:
    with pytest.raises(Rejected) as refused, database.write() as session:
        session.execute(
            text(
                "INSERT INTO company (id, name, search, city, postcode, country, website, vat_id, created_at,"
                " sample) VALUES (1, '', 'geheim', '', '', '', '', '', 0, :no)"
            ),
            {"no": False},
        )

    assert "geheim" not in str(refused.value)
