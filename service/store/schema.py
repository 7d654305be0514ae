"""The schema's version: whether the database fits this program, and bringing it up to date."""

from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from models.migrations import HEAD
from models.tables import METADATA
from service.errors import ConfigInvalid
from service.store.engine import Database, reached

_SCRIPTS = Path(import_module("models.migrations").__file__ or "").parent


def current(database: Database) -> str:
    """Return the version that the database has; "" when it is empty."""
    with reached(), database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def alembic_config(connection: Any) -> Any:
    """Return Alembic's configuration bound to an open connection."""
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> bool:
    """Bring the database to HEAD; True when something was done. Alembic is loaded only when it has work to do.

    Raises ConfigInvalid when the database is newer than this program (an older program refuses politely), Unavailable
    or Damaged when it cannot be worked with.
    """
    before = current(database)
    if before == HEAD:
        return False
    if before > HEAD:
        text = f"Die Datenbank hat den Stand {before}, dieses Programm kennt nur {HEAD}."
        raise ConfigInvalid((f"{text} Bitte die neuere Fassung von Postlotse starten.",))
    with reached(), database.engine.begin() as connection:
        import_module("alembic.command").upgrade(alembic_config(connection), "head")
    return True


def differences(database: Database) -> list[Any]:
    """Return what Alembic would still have to change so that the database equals the models (empty = none)."""
    migration = import_module("alembic.runtime.migration")
    with database.engine.connect() as connection:
        context = migration.MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": database.is_sqlite}
        )
        found: list[Any] = import_module("alembic.autogenerate").compare_metadata(context, METADATA)
        return found
