"""The differencing attack: a client asks every allowed combination of filters and solves for the figure of a small group."""

import random
from datetime import timedelta
from itertools import chain, combinations
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.account import Account
from models.terms import Category, Channel, Role
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, forecast, groups, keys
from service.store.accounts import Facts
from tests.conftest import NOW
from tests.factories import OWN, answer, mail
from tests.service.domain.test_protection import derivable
from tests.service.web import small_mailbox
from tests.web_data import Web

# Hundreds of combinations of the same pages.
pytestmark = pytest.mark.unmeasured

CLASSES = ("", "Kunde")
PERIODS = ("7", "30")
# What an average is made of: whoever knows one of these for a small group knows its speed or its share.
TELLING = ("quote", "mail_reaction", "resolved", "resolution_time", "reopened", "suggested", "correction", "classes")


@pytest.fixture
def firm(tmp_path: Path, migrated: Path) -> Web:
    return small_mailbox.firm(tmp_path, migrated)


def is_shown(client: FlaskClient, query: dict[str, str]) -> bool:
    """Say whether anything telling is shown of this choice, in the API."""
    answer_ = client.get("/api/v1/kpis", query_string=query)
    assert answer_.status_code == 200, answer_.text
    figures = {one["key"]: one for one in answer_.json["kpis"]}
    for key in TELLING:
        one = figures[key]
        facts = {name for name, value in one["facts"].items() if value and name not in {"waiting", "oldest_minutes"}}
        told = one["value"] is not None or one["trend"] or one["strict"] or one["previous"]
        assert not one["withheld"] or not (told or facts - {"breached"} or (one["rows"] or {}).get("count")), one
    return any(not figures[key]["withheld"] for key in TELLING)


def test_nobody_derives_the_figure_of_a_small_group_from_everything_that_is_shown(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        boxes = {one.account_id: one.claimed for one in groups.holders(turn) if one.channel is Channel.EMAIL}
    numbers = sorted(boxes)
    choices = list(chain.from_iterable(combinations(numbers, size) for size in range(len(numbers) + 1)))

    asked = []
    for chosen in choices:
        for category in CLASSES:
            for place, period in enumerate(PERIODS):
                query = {"zeitraum": period, "kanal": "E-Mail"} | ({"klasse": category} if category else {})
                query |= {"postfach": ",".join(map(str, chosen))} if chosen else {}
                if is_shown(client, query):
                    # One unknown per mailbox, class and stretch of days that no two periods share.
                    wanted = set(chosen or numbers)
                    asked.append(
                        [
                            int(box in wanted and category in {"", kind} and stretch <= place)
                            for box in numbers
                            for kind in ("Kunde", "Rest")
                            for stretch in range(len(PERIODS))
                        ]
                    )

    assert len(asked) > len(CLASSES) * len(PERIODS)
    per_box = 2 * len(PERIODS)
    for size in range(1, len(numbers)):
        for group in combinations(range(len(numbers)), size):
            if max(boxes[numbers[n]] for n in group) < 5:
                columns = {n * per_box + rest for n in group for rest in range(per_box)}
                assert not derivable(asked, columns), [numbers[n] for n in group]


def test_the_attack_would_find_the_small_group_without_the_protection() -> None:
    firm, rest = [1, 1, 1], [0, 1, 1]

    assert derivable([firm, rest], {0})


@pytest.mark.parametrize("path", ["/kennzahlen", "/kennzahlen/stand", "/kennzahlen/export.csv", "/api/v1/kpis"])
def test_page_export_and_api_withhold_alike(firm: Web, path: str) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        small = accounts.find(turn, Channel.EMAIL, f"klein@{OWN}")
    assert small is not None

    answer_ = client.get(path, query_string={"postfach": small.id, "teil": "kennzahlen"})

    assert "weniger als 5 Personen" in answer_.get_data(as_text=True)


def test_no_file_counts_what_happened_by_small_mailbox_nor_when_its_mail_came_in(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        small = accounts.find(turn, Channel.EMAIL, f"klein@{OWN}")
    assert small is not None

    over = client.get("/konversationen/export.csv?kennzahl=mail_reaction").data.decode("utf-8-sig")
    now = client.get("/konversationen/export.csv?kennzahl=unclassified").data.decode("utf-8-sig")
    hours = client.get(f"/kennzahlen/export.csv?teil=stunden&postfach={small.id}").data.decode("utf-8-sig")
    page = client.get(f"/kennzahlen?postfach={small.id}").text.split('data-part="stunden"')[1]

    assert ";gross@;" in over
    assert ";klein@;" not in over
    assert len(over.splitlines()) > len([line for line in over.splitlines() if ";gross@;" in line]) + 1
    assert ";info@;" in now or ";klein@;" in now or len(now.splitlines()) == 1
    assert len(hours.splitlines()) == 1
    assert "weniger als 5 Personen" in page.split("</section>")[0]


def test_the_forecast_of_a_small_mailbox_is_that_of_all_small_ones_together(firm: Web) -> None:
    rng = random.Random(7)
    with firm.runtime.turn() as turn:
        for name, minutes in (("klein", 30), ("winzig", 400)):
            box = accounts.ensure(turn, Channel.EMAIL, f"{name}@{OWN}", Facts(f"{name}@", shared=True, people=1))
            found = []
            for n in range(45):
                at = NOW - timedelta(days=1 + n // 3, hours=n % 3)
                peer, thread = f"p{n}@{name}.example", f"{name}-{n}"
                found += [
                    mail(peer, at=at, thread=thread),
                    answer(peer, at=at + timedelta(minutes=minutes + rng.randrange(9)), thread=thread),
                ]
            intake.take_in(turn, found, box.id, Judge(keys.book(turn)))

    with firm.runtime.look() as turn:
        boxes = {one.address.split("@")[0]: one.id for one in turn.session.scalars(select(Account))}
        likely = {name: forecast.now(turn, Channel.EMAIL, number).likely_at for name, number in boxes.items()}

    assert likely["klein"] == likely["winzig"] == likely["info"]


def test_no_address_sorts_mailboxes_by_speed(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    names = ["gross@", "info@", "klein@", "WhatsApp Service"]

    for query in ("", "?sortierung=reaktion&sort=mean"):
        page = client.get(f"/kennzahlen{query}").text
        table = page[page.index('id="h-bx"') :]
        found = sorted(names, key=lambda name: table.index(f">{name}<"))
        assert found == sorted(names, key=str), query


def test_the_firm_has_a_customer(firm: Web) -> None:
    figures = firm.client(Role.TEAM_LEAD).get("/api/v1/kpis?klasse=Kunde").json["kpis"]

    reaction = next(one for one in figures if one["key"] == "mail_reaction")
    assert reaction["facts"]["answers"] == 13 * len(small_mailbox.PEOPLE)
    assert Category.KUNDE.value == "Kunde"
