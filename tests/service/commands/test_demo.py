"""The demo fills a database through the real doors, and nothing of any content ever gets there."""

import re
import socket
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import func, select

from connectors.emulator.names import SECRET_STEM
from models.account import Account
from models.message import Conversation, Message
from models.staff import Member
from models.terms import Category, Channel, Direction, Origin, Role
from service import runtime as running
from service.actions import sample
from service.commands.demo import BANNER, Order, check, prepared
from service.errors import ConfigInvalid
from service.runtime import Runtime
from service.store import members, reach, staff, teams
from service.turn import Turn

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """Two days of the invented firm, read and confirmed."""
    order = Order(port=1, folder=tmp_path_factory.mktemp("demo") / "demo", days=2)
    with prepared(order, Console(quiet=True)) as found:
        return running.start(found.config)


def count(turn: Turn, *where: object) -> int:
    return int(turn.session.execute(select(func.count()).select_from(Message).where(*where)).scalar_one())


def test_mail_and_chats_are_stored_from_both_doors(scene: Runtime) -> None:
    with scene.look() as turn:
        for channel in Channel:
            for direction in Direction:
                assert count(turn, Message.channel == channel, Message.direction == direction) > 0


def test_persons_and_rules_have_classified_almost_everything(scene: Runtime) -> None:
    with scene.look() as turn:
        inbound = count(turn, Message.direction == Direction.EINGANG)
        classes = {c for c in Category if count(turn, Message.category == c)}
        origins = {o for o in Origin if count(turn, Message.origin == o)}
        waiting = turn.session.execute(
            select(func.count()).select_from(Conversation).where(Conversation.unclassified > 0)
        ).scalar_one()

    assert classes == set(Category)
    assert origins == {Origin.PERSON, Origin.REGEL}
    assert 35 <= waiting <= 60
    assert waiting < inbound / 3


def test_clocks_run_when_the_demo_starts(scene: Runtime) -> None:
    with scene.look() as turn:
        due = turn.session.execute(
            select(Conversation.channel, func.count()).where(Conversation.due_at.is_not(None)).group_by("channel")
        )
        assert {channel for channel, number in due if number} == set(Channel)


def test_everybody_and_every_account_is_marked_as_sample(scene: Runtime) -> None:
    with scene.look() as turn:
        members = turn.session.scalars(select(Member)).all()
        accounts = turn.session.scalars(select(Account)).all()
        assert len(members) == 12
        assert {member.role for member in members} == set(Role)
        assert len(accounts) == 20
        assert all(thing.sample for thing in (*members, *accounts))
        assert sample.present(turn)


def test_the_people_of_the_demo_look_after_something_and_have_teams_and_deputies(scene: Runtime) -> None:
    with scene.look() as turn:
        people = members.every(turn)
        clerk = staff.with_role(turn, Role.MITARBEITER)[0]
        within = reach.of(turn, clerk.id, clerk.role).accounts
        of_clerk = turn.session.execute(
            select(func.count()).select_from(Conversation).where(Conversation.account_id.in_(within or ()))
        ).scalar_one()
        sizes = {account.name: account.people for account in turn.session.scalars(select(Account))}
        assert [team.name for team in teams.every(turn)] == ["Innendienst", "Kundendienst"]

    assert all(line.accounts for line in people)
    assert {line.has_deputy for line in people if line.member.role is Role.MITARBEITER} == {True, False}
    assert of_clerk > 30
    assert (sizes["Zentrale"], sizes["Buchhaltung"]) == (6, 3), "mailboxes with averages and without"


def test_the_banner_says_that_all_of_it_is_invented(scene: Runtime) -> None:
    assert scene.config.banner == BANNER


def test_no_word_of_any_content_is_in_any_file(scene: Runtime) -> None:
    files = [path for path in scene.config.data_dir.rglob("*") if path.is_file()]

    assert any(path.suffix == ".db" for path in files)
    assert all(SECRET_STEM.encode() not in path.read_bytes() for path in files)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigInvalid) as caught:
            check(Order(port=port, folder=tmp_path))

    named = re.search(r"--port (\d+)", str(caught.value))
    assert f"Port {port} ist belegt" in str(caught.value)
    assert named is not None
    assert int(named[1]) != port


def test_a_demo_that_runs_in_a_folder_keeps_it(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        (tmp_path / "demo.env").write_text(f"POSTLOTSE_PORT='{other.getsockname()[1]}'\n", encoding="utf-8")
        (tmp_path / "erfundene-firma.txt").touch()
        with pytest.raises(ConfigInvalid) as caught:
            check(Order(port=free_port(), folder=tmp_path))

    assert "läuft schon" in str(caught.value) + repr(caught.value.args)


def test_a_folder_of_an_ended_demo_is_used_again(tmp_path: Path) -> None:
    (tmp_path / "demo.env").write_text(f"POSTLOTSE_PORT='{free_port()}'\n", encoding="utf-8")
    (tmp_path / "erfundene-firma.txt").touch()

    check(Order(port=free_port(), folder=tmp_path))


def test_a_folder_that_holds_something_else_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "wichtig.txt").write_text("bleibt", encoding="utf-8")

    with pytest.raises(ConfigInvalid) as caught:
        check(Order(port=free_port(), folder=tmp_path))

    assert "--data-dir" in str(caught.value) + repr(caught.value.args)
    assert (tmp_path / "wichtig.txt").exists()
