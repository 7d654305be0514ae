"""What the verbs' tests share: a firm with one mailbox and one number, a member, a customer, and a judge."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from models.staff import Member
from models.terms import Category, Channel, Role
from service.actions import configure, register
from service.actions.intake import Judge
from service.store import accounts, keys
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor, Turn
from tests.factories import OWN
from tests.service import whatsapp_scene
from tests.service.whatsapp_scene import Scene


@pytest.fixture
def mailbox(turn: Turn) -> int:
    configure.own_domains(turn, (OWN,))
    return accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("info@", shared=True, people=6)).id


@pytest.fixture
def jana(turn: Turn) -> Turn:
    """The turn as a member who works takes it."""
    member = Member(name="Jana", role=Role.MITARBEITER, created_at=turn.now)
    turn.session.add(member)
    turn.session.flush()
    return replace(turn, actor=Actor(member.id, "Jana", Role.MITARBEITER))


@pytest.fixture
def kunde(turn: Turn) -> int:
    return register.company(turn, "Kunde GmbH", Category.KUNDE, "Kiel", "K-1")


@pytest.fixture
def phone(turn: Turn) -> int:
    configure.own_domains(turn, (OWN,))
    return accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("WhatsApp Vertrieb")).id


@pytest.fixture
def judge(turn: Turn, mailbox: int) -> Judge:
    return Judge(keys.book(turn), None)


@pytest.fixture
def firm(database: Database) -> Iterator[Scene]:
    """A firm that may send, on either database."""
    with whatsapp_scene.on(database) as found:
        yield found
