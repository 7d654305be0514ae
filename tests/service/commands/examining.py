"""What tests of the doctor do: put rows into a house, have it examined, and read the findings by subject."""

import json
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import insert

from service.cli import group
from service.config import Config
from service.store.engine import Database


def put(house: Path, table: type, **values: object) -> None:
    database = Database(f"sqlite:///{house / 'postlotse.db'}")
    with database.write() as session:
        session.execute(insert(table).values(**values))
    database.dispose()


def run(*words: str) -> tuple[int, dict[str, dict[str, str]]]:
    result = CliRunner().invoke(group, ["doctor", "--json", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, {line["about"]: line for line in json.loads(result.output)}


def config(**values: object) -> Config:
    return Config(**values)
