"""Pages on a server: what they ask ahead is what they ask anyway, and what they show is what they show without one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from models.terms import ReviewKind, Role
from service import app as whole
from service.actions import review, signin
from service.config import Config
from service.runtime import Runtime
from service.store import firm_days, snapshots, staff, tallies
from service.store.engine import Database
from service.turn import NOBODY, Actor, Turn
from tests import postgres
from tests.bench import giant
from tests.fakes import FakeClock

PAGES = (
    "/kennzahlen",
    "/kennzahlen?zeitraum=90&klasse=Kunde",
    "/kennzahlen?postfach=1,2,33",
    "/kennzahlen?postfach=1,2,33&kanal=WhatsApp&zeitraum=7",
    "/kennzahlen?bis=2026-11-10&tage=20",
    "/kennzahlen/stand",
    "/kennzahlen/wand/stand",
    "/api/v1/kpis",
    "/konversationen?kennzahl=reaction",
)


@dataclass(frozen=True)
class Site:
    """An invented firm on one database, and the statements that its database was told for the last page."""

    client: FlaskClient
    told: list[str]

    def get(self, path: str) -> str:
        self.told.clear()
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


Make = Callable[[str], Site]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    opened: list[Database] = []

    def made(url: str) -> Site:
        database = Database(url)
        opened.append(database)
        list(giant.fill(database, 900))
        for work in (tallies.recount, snapshots.fill, firm_days.fill):
            with database.write() as session:
                work(Turn(session, giant.NOW, NOBODY))
        folder = tmp_path_factory.mktemp("firma")
        runtime = Runtime(Config(data_dir=folder, worker=False), FakeClock(giant.NOW), database)
        with runtime.turn() as turn:
            token = signin.link(turn, Role.TEAM_LEAD)
        client = whole.make_flask(runtime).test_client()
        client.post("/anmelden", json={"token": token})
        with runtime.look() as turn:
            (lead,) = staff.with_role(turn, Role.TEAM_LEAD)
        with runtime.turn(Actor(lead.id, lead.name, lead.role)) as turn:
            review.begin(turn, ReviewKind.MONAT)
        return _heard(client, database)

    yield made
    for database in opened:
        database.dispose()


def _heard(client: FlaskClient, database: Database) -> Site:
    site = Site(client, [])

    def note(connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        # Where a transaction begins by a statement of its own is the driver's business.
        if not statement.startswith("BEGIN"):
            site.told.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    return site


@pytest.fixture(scope="module")
def on_a_file(make: Make, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    path = tmp_path_factory.mktemp("sqlite") / "postlotse.db"
    path.write_bytes(migrated.read_bytes())
    return make(f"sqlite:///{path}")


@pytest.fixture(scope="module")
def on_a_server(make: Make, copies: postgres.Copies) -> Iterator[Site]:
    url = copies.get()
    yield make(url)
    copies.give_back(url)


@pytest.mark.postgres
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_the_same_on_a_server_and_asks_no_more_than_on_a_file(
    on_a_file: Site, on_a_server: Site, path: str
) -> None:
    expected, found = (_without_secrets(site.get(path)) for site in (on_a_file, on_a_server))

    assert found == expected
    assert len(on_a_server.told) == len(on_a_file.told) > 0


@pytest.mark.postgres
def test_a_review_asks_a_server_no_more_than_a_file(on_a_file: Site, on_a_server: Site) -> None:
    """Its page differs: which messages are drawn is chance."""
    for site in (on_a_file, on_a_server):
        assert "Monatsreview" in site.get("/reviews/1")

    assert len(on_a_server.told) <= len(on_a_file.told)


def _without_secrets(page: str) -> str:
    return re.sub(r"[0-9a-f]{64}", "", page)
