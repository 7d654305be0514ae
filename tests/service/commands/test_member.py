"""`postlotse member` does what the pages do, says what it did in German, and refuses with a reason."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from models.account import Account
from models.staff import Member
from models.terms import Channel, Role
from models.trail import Trail
from service import cli
from service import config as configuration
from service import runtime as running
from service.actions import signin
from service.errors import Invalid, NotFound
from service.runtime import Runtime
from service.store import accounts, invitations, staff
from service.store.accounts import Facts


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Path) -> None:
    (tmp_path / "postlotse.db").write_bytes(migrated.read_bytes())
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))


@pytest.fixture
def firm(folder: None) -> Runtime:
    runtime = running.start(configuration.load())
    with runtime.turn() as turn:
        for role, name in ((Role.ADMIN, "Ute Admin"), (Role.MITARBEITER, "Lea Voss"), (Role.TEAM_LEAD, "Jens Thode")):
            staff.add(turn, name, role)
        accounts.ensure(turn, Channel.EMAIL, "info@muster.example", Facts("Zentrale"))
        accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Notdienst"))
    return runtime


def call(*words: str) -> Result:
    return CliRunner().invoke(cli.group, ["member", *words], catch_exceptions=False)


def refused(*words: str) -> Exception:
    found = CliRunner().invoke(cli.group, ["member", *words]).exception
    assert isinstance(found, Exception)
    return found


def test_the_list_names_everybody_with_state_and_deputy(firm: Runtime) -> None:
    call("deactivate", "Lea Voss")

    assert call("list").stdout.splitlines() == [
        "3\tJens Thode\tTeam-Lead\taktiv\t-\t-\tohne Vertretung",
        "1\tUte Admin\tAdmin\taktiv\t-\t-\tohne Vertretung",
    ]
    assert "2\tLea Voss\tMitarbeiter\tdeaktiviert\t-\t-\t-\n" in call("list", "--alle").stdout
    firm.database.dispose()


def test_without_members_the_list_says_how_the_first_comes_in() -> None:
    assert "login-link" in call("list").stdout


def test_an_invitation_on_this_machine_prints_a_login_link_for_that_member(firm: Runtime) -> None:
    made = call("invite", "Mia Neu", "--adresse", "mia@muster.example", "--rolle", "team-lead")

    address, _, token = made.stdout.strip().partition("#")
    assert address == "http://127.0.0.1:8484/anmelden"
    with firm.turn() as turn:
        _, who = signin.redeem(turn, token)
    assert (who.name, who.address, who.role) == ("Mia Neu", "mia@muster.example", Role.TEAM_LEAD)
    firm.database.dispose()


def test_with_a_directory_the_link_is_an_invitation_and_roles_come_from_there(
    firm: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTLOTSE_PUBLIC_URL", "https://post.firma.example")
    monkeypatch.setenv("POSTLOTSE_OIDC_ISSUER", "https://verzeichnis.example")

    address, _, token = call("invite", "Mia Neu").stdout.strip().partition("#")

    assert address == "https://post.firma.example/einladung"
    with firm.look() as turn:
        assert invitations.invited(turn, token).name == "Mia Neu"
    for words in (("invite", "Max", "--role", "Admin"), ("role", "Lea Voss", "Admin")):
        assert "Firmenverzeichnis" in str(refused(*words))
    new = call("link", "Mia Neu").stdout.strip().partition("#")[2]
    with firm.look() as turn:
        assert invitations.invited(turn, new).name == "Mia Neu"
    firm.database.dispose()


def test_a_server_without_a_directory_adds_the_member_and_says_what_is_missing(
    firm: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTLOTSE_PUBLIC_URL", "https://post.firma.example")

    made = call("invite", "Mia Neu")

    assert made.exit_code == 0
    assert made.stdout == ""
    assert "setup sign-in" in made.stderr
    firm.database.dispose()


def test_role_name_and_address_change(firm: Runtime) -> None:
    assert call("role", "2", "management").stdout == "Lea Voss: Management\n"
    assert call("name", "Lea Voss", "Lea Anders", "--address", "lea@muster.example").exit_code == 0
    assert call("name", "lea@muster.example", "Lea Ganz Anders").exit_code == 0

    with firm.look() as turn:
        lea = turn.session.get_one(Member, 2)
        assert (lea.name, lea.role, lea.address) == ("Lea Ganz Anders", Role.MANAGEMENT, "lea@muster.example")
    firm.database.dispose()


def test_the_last_admin_stays(firm: Runtime) -> None:
    for words in (("role", "Ute Admin", "Mitarbeiter"), ("deactivate", "Ute Admin")):
        assert "letzte aktive Verwaltung" in str(refused(*words))
    firm.database.dispose()


def test_mailboxes_are_set_by_address_or_name_with_a_place(firm: Runtime) -> None:
    call("mailboxes", "Lea Voss", "info@muster.example", "notdienst")
    first = call("mailboxes", "Jens Thode", "Zentrale=1")

    assert first.stdout == "info@muster.example\tZentrale\tStelle 1 von 2\n"
    assert "Stelle 2 von 2" in call("mailboxes", "Lea Voss").stdout
    assert call("mailboxes", "Lea Voss", "--keine").stdout == "Lea Voss betreut kein Postfach.\n"
    with firm.look() as turn:
        assert [account.people for account in accounts.every(turn)] == [1, 1]
        assert (
            turn.session.scalars(select(Trail.member_id).where(Trail.verb == "Postfächer zugeordnet")).all()
            == [None] * 3
        )
    firm.database.dispose()


@pytest.mark.parametrize("word", ["nirgends@muster.example", "Zentrale=0", "Zentrale=eins", "Zentrale=-1"])
def test_a_mailbox_or_place_that_does_not_exist_is_refused(firm: Runtime, word: str) -> None:
    assert isinstance(refused("mailboxes", "Lea Voss", word), Invalid)
    firm.database.dispose()


def test_hours_are_written_as_people_write_them(firm: Runtime) -> None:
    words = ("mo-do=08:00-12:00,13:00-17:00", "fr=8:00-14:00", "sa=frei")
    told = call("hours", "Lea Voss", *words, "--zone", "Europe/Vienna", "--mitteilungen", "nur Dringendes")

    assert told.stdout == (
        "Lea Voss\tMo–Do 08:00–12:00 und 13:00–17:00, Fr 8:00–14:00\tEurope/Vienna\tnur Dringendes\n"
    )
    assert "Europe/Vienna\tmorgens" in call("hours", "Lea Voss", "--delivery", "morgens").stdout
    assert "Mo–Do" in call("hours", "Lea Voss").stdout
    assert "wie die Firma\tZeitzone der Firma" in call("hours", "Lea Voss", "--wie-firma", "--zone", "").stdout
    for words in (("hours", "Lea Voss", "montag=8-9"), ("hours", "Lea Voss", "--zone", "Mond")):
        assert isinstance(refused(*words), Invalid)
    firm.database.dispose()


def test_who_leaves_hands_over_and_can_come_back(firm: Runtime) -> None:
    call("mailboxes", "Lea Voss", "Zentrale")

    left = call("deactivate", "Lea Voss", "--nachfolge", "Jens Thode")

    assert "Lea Voss ist deaktiviert" in left.stdout
    assert "1 Postfächer" in left.stdout
    assert "Zentrale" in call("mailboxes", "Jens Thode").stdout
    assert "wieder aktiv" in call("activate", "Lea Voss").stdout
    assert isinstance(refused("activate", "Lea Voss"), Invalid)
    firm.database.dispose()


def test_members_are_found_by_number_name_or_address_and_never_guessed(firm: Runtime) -> None:
    with firm.turn() as turn:
        staff.add(turn, "Lea Voss", Role.MITARBEITER)

    assert isinstance(refused("role", "Niemand", "Admin"), NotFound)
    assert isinstance(refused("role", "4711", "Admin"), NotFound)
    assert "2, 4" in str(refused("role", "Lea Voss", "Admin"))
    firm.database.dispose()


def test_a_team_is_made_changed_and_removed(firm: Runtime) -> None:
    assert call("team", "list").stdout == "Noch kein Team.\n"
    call("team", "set", "Service", "--postfach", "Zentrale", "--mitglied", "Lea Voss", "--leitung", "Jens Thode")
    first = call("team", "list").stdout
    call("team", "set", "service", "--mitglied", "Ute Admin", "--name", "Dienst")
    second = call("team", "list").stdout
    call("team", "set", "Dienst", "--leitung", "Ute Admin", "--postfach", "1001")
    third = call("team", "list").stdout
    call("team", "remove", "Dienst")

    assert first == "Service\tZentrale\tLeitung: Jens Thode\tMitglieder: Lea Voss\n"
    assert second == "Dienst\tZentrale\tLeitung: Jens Thode\tMitglieder: Ute Admin\n"
    assert third == "Dienst\tNotdienst (WhatsApp)\tLeitung: Ute Admin\tMitglieder: Jens Thode\n"
    assert call("team", "list").stdout == "Noch kein Team.\n"
    assert isinstance(refused("team", "remove", "Dienst"), NotFound)
    with firm.look() as turn:
        assert turn.session.scalars(select(Account)).first() is not None
    firm.database.dispose()
