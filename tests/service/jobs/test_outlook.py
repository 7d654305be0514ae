"""Absences follow automatic replies and own domains the directory, as far as the firm lets us see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.errors import Refused
from connectors.office import Away
from connectors.registry import open_office
from models.staff import Member
from models.terms import Role
from service.config import Config
from service.jobs import outlook
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import absences, settings
from tests.conftest import NOW
from tests.fakes import FakeClock, FakeSource


@dataclass
class FakeOffice:
    """A directory that says what it was told to say."""

    replies: Mapping[str, Away] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    asked: list[str] = field(default_factory=list)

    def away(self, address: str) -> Away | None:
        self.asked.append(address)
        return self.replies.get(address)

    def domains(self) -> tuple[str, ...] | None:
        return self.names


def staff(runtime: Runtime, count: int) -> list[str]:
    addresses = [f"kollege{number}@firma.example" for number in range(count)]
    with runtime.turn() as turn:
        turn.session.add_all(
            Member(name=address, address=address, role=Role.MITARBEITER, created_at=turn.now) for address in addresses
        )
        turn.session.add(Member(name="ohne Adresse", role=Role.MITARBEITER, created_at=turn.now))
    return addresses


def absent(runtime: Runtime, address: str) -> bool:
    with runtime.look() as turn:
        member = turn.session.scalars(select(Member.id).where(Member.address == address)).one()
        found = absences.last_outlook(turn, member)
        return found is not None and found.ended_at is None


def test_an_automatic_reply_is_an_absence_and_its_end_is_the_end(runtime: Runtime) -> None:
    first, second = staff(runtime, 2)
    away = Away(enabled=True, from_at=NOW, until_at=NOW + timedelta(days=5))
    office = FakeOffice({first: away, second: Away(enabled=False)})

    told = outlook.follow(runtime, lambda: office)
    before = absent(runtime, first), absent(runtime, second)
    office.replies = {first: Away(enabled=False), second: Away(enabled=False)}
    outlook.follow(runtime, lambda: office)

    assert told == 2
    assert before == (True, False)
    assert not absent(runtime, first)


def test_without_the_right_a_few_are_asked_and_no_more(runtime: Runtime) -> None:
    staff(runtime, 20)
    office = FakeOffice()

    assert outlook.follow(runtime, lambda: office) == 0
    assert len(office.asked) == 5


def test_the_domains_of_the_directory_count_where_none_is_configured(runtime: Runtime) -> None:
    office = FakeOffice(names=("Firma.example", "firma-süd.example"))

    outlook.follow(runtime, lambda: office)
    office.names = None
    outlook.follow(runtime, lambda: office)

    with runtime.look() as turn:
        assert settings.own_domains(turn) == {"firma.example", "xn--firma-sd-d6a.example"}


def test_configured_domains_stay(runtime: Runtime) -> None:
    chosen = Runtime(Config(own_domains="firma.example"), runtime.clock, runtime.database)
    office = FakeOffice(names=("andere.example",))

    outlook.follow(chosen, lambda: office)

    with runtime.look() as turn:
        assert "andere.example" not in settings.own_domains(turn)


def test_another_source_knows_no_office(runtime: Runtime, clock: FakeClock) -> None:
    with pytest.raises(Refused):
        open_office("graph", FakeSource({}))
    worker = Worker(Runtime(Config(own_domains="firma.example"), clock, runtime.database), lambda: FakeSource({}))

    worker._outlook(None)  # type: ignore[arg-type]
