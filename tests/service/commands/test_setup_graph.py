"""`postlotse setup microsoft365` and the doctor: each step is told, each promise of the set-up is checked."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.letters import Letter, Mail, Style
from connectors.emulator.mailboxes import Mailboxes
from connectors.errors import SignInNeeded
from connectors.graph import probe as probing
from connectors.graph import rights
from connectors.graph.client import Client
from connectors.graph.probe import Probe
from connectors.office import Away
from service.commands import check_graph
from service.commands.findings import Level
from service.commands.setup import command
from service.config import Config
from tests.connectors.graph.conftest import ADDRESS, CUSTOMER, NOON, mail

OUTSIDE = "chef@firma.example"


@dataclass
class Scene:
    """A tenant with one mailbox inside and one outside of the scope, and what the admin has set."""

    mailboxes: Mailboxes
    server: GraphEmulator
    monkeypatch: pytest.MonkeyPatch

    def settings(self, **changed: object) -> dict[str, object]:
        told: dict[str, object] = {
            "graph_base": self.server.base,
            "graph_tenant": "firma",
            "graph_client_id": "app",
            "graph_client_secret": self.server.token,
            "graph_mailboxes": ADDRESS,
            "graph_outside": OUTSIDE,
            "own_domains": "firma.example",
        }
        return told | changed

    def setup(self, *words: str, **changed: object) -> Result:
        for name, value in self.settings(**changed).items():
            self.monkeypatch.setenv(f"POSTLOTSE_{name.upper()}", str(value))
        return CliRunner().invoke(command, ["microsoft365", *words])

    def found(self, **changed: object) -> list[tuple[Level, str]]:
        return [(f.level, f.text) for f in check_graph.examine(Config(**self.settings(**changed)))]

    def level(self, word: str, **changed: object) -> Level:
        (level,) = [level for level, text in self.found(**changed) if word in text]
        return level

    def probe(self) -> Probe:
        return Probe(Client(self.server.base, lambda claims: self.server.token))


def token(*roles: str) -> str:
    """Return a token in the shape of Microsoft's."""
    packed = base64.urlsafe_b64encode(json.dumps({"roles": roles}).encode()).decode().rstrip("=")
    return f"e30.{packed}.sig"


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    mailboxes = Mailboxes([ADDRESS, OUTSIDE], [mail(n) for n in range(30)])
    mailboxes.box(OUTSIDE).state = "outside"
    server = GraphEmulator(mailboxes).start()
    server.rights.content = False
    yield Scene(mailboxes, server, monkeypatch)
    server.stop()


def test_a_set_up_as_described_passes_every_check(scene: Scene) -> None:
    told = scene.setup()

    assert told.exit_code == 0, told.output
    for word in (
        "Anmeldung gelingt",
        "Postfach 1 der Einstellung ist lesbar",
        "außerhalb der Gruppe bleibt verschlossen",
        "Texte von Mails gibt Microsoft nicht heraus",
        "Kopfzeilen kommen;",
    ):
        assert word in told.output
    assert "FEHLER" not in told.output
    assert "GEHEIM" not in told.output


def test_every_step_is_told_with_the_values_of_this_installation(scene: Scene) -> None:
    told = scene.setup("--offline").output

    for word in (
        'New-ServicePrincipal -AppId $AppId -ObjectId $ObjectId -DisplayName "Postlotse"',
        "New-ManagementScope",
        '-Role "Application Mail.ReadBasic" -CustomResourceScope "Postlotse-Postfaecher"',
        f'-Resource "{OUTSIDE}"',
        f'Set-Mailbox "{ADDRESS}" -MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true',
        "POSTLOTSE_GRAPH_CLIENT_ID=app",
        "openssl req -x509",
    ):
        assert word in told


def test_a_managed_identity_needs_no_certificate(scene: Scene) -> None:
    told = scene.setup("--offline", graph_managed_identity="system").output

    assert "openssl" not in told
    assert "Verwaltete Identität" in told


def test_without_a_tenant_the_first_step_is_named(scene: Scene) -> None:
    told = scene.setup("--check", graph_tenant="")

    assert told.exit_code == 1
    assert "POSTLOTSE_GRAPH_TENANT" in told.output


def test_a_token_that_opens_texts_stops_everything_unless_the_firm_decides_otherwise(scene: Scene) -> None:
    scene.server.token = token("Mail.Read", "User.Read.All")
    scene.server.rights.content = True

    refused = scene.setup("--check")
    allowed = scene.found(graph_allow_mail_read=True)

    assert refused.exit_code == 1
    assert "PL-2011" in refused.output
    assert "ist lesbar" not in refused.output
    assert [level for level, text in allowed if "POSTLOTSE_GRAPH_ALLOW_MAIL_READ" in text] == [Level.HINWEIS]
    assert [level for level, text in allowed if "Texte von Mails wären lesbar" in text] == [Level.HINWEIS]


def test_a_right_of_entra_that_is_not_limited_is_a_fault(scene: Scene) -> None:
    scene.server.token = token("Mail.ReadBasic.All")

    assert scene.level("hebt die Begrenzung auf") is Level.FEHLER


def test_texts_that_can_be_had_are_a_fault(scene: Scene) -> None:
    scene.server.rights.content = True

    assert scene.level("Texte von Mails wären lesbar") is Level.FEHLER


def test_a_mailbox_outside_that_is_open_is_a_fault(scene: Scene) -> None:
    scene.mailboxes.box(OUTSIDE).state = ""

    assert scene.level("außerhalb ist lesbar") is Level.FEHLER


def test_a_limit_that_was_not_tried_is_said(scene: Scene) -> None:
    assert scene.level("nicht geprüft", graph_outside="") is Level.HINWEIS
    assert scene.level("außerhalb gibt es nicht", graph_outside="nie@firma.example") is Level.HINWEIS


@pytest.mark.parametrize(("state", "word"), [("outside", "verschlossen"), ("unlicensed", "PL-2006")])
def test_a_mailbox_that_does_not_let_us_in_is_a_fault(scene: Scene, state: str, word: str) -> None:
    scene.mailboxes.box(ADDRESS).state = state

    found = [text for level, text in scene.found() if level is Level.FEHLER]

    assert len(found) == 1
    assert word in found[0]
    assert ADDRESS not in found[0]


def test_without_header_lines_reading_goes_on(scene: Scene) -> None:
    scene.server.rights.headers = False

    assert scene.level("Kopfzeilen kommen nicht") is Level.HINWEIS


def test_an_empty_mailbox_tells_nothing_yet(scene: Scene) -> None:
    scene.mailboxes.box(OUTSIDE).state = ""

    found = scene.found(graph_mailboxes=OUTSIDE, graph_outside="")

    assert sum("erst mit der ersten Mail" in text for _, text in found) == 2


def test_copies_of_replies_are_seen_or_missed(scene: Scene) -> None:
    missed = scene.level("keine einzige gesendete Mail")
    colleague = Letter(
        "k99", NOON, Style.PERSON, mail(1, "sentitems").letter.sender, CUSTOMER, (CUSTOMER,), (), b"x" * 16, 0
    )
    scene.mailboxes.deliver(Mail(colleague, ADDRESS, "sentitems", is_read=True))

    seen = scene.level("Antworten von Kollegen")

    assert missed is Level.HINWEIS
    assert seen is Level.OK


def test_optional_rights_are_told_and_their_absence_is_no_fault(scene: Scene) -> None:
    granted = scene.found()
    missing = scene.level("fehlen: firma.example", own_domains="andere.example")
    scene.server.rights.domains = scene.server.rights.settings = False
    denied = scene.found()

    assert any("automatische Antworten sind lesbar" in text for _, text in granted)
    assert missing is Level.HINWEIS
    assert [level for level, text in denied if text.startswith("ohne ")] == [Level.OK, Level.OK]


def test_a_server_that_is_away_is_a_fault_with_its_code(scene: Scene) -> None:
    found = scene.found(graph_client_secret="falsch")

    assert any("PL-2005" in text for level, text in found if level is Level.FEHLER)
    assert any("geschlossen" in t for _, t in scene.found(graph_base="https://graph.microsoft.de/v1.0"))


def test_roles_are_read_out_of_a_token_and_out_of_nothing_else() -> None:
    assert rights.roles_of(token("A", "B")) == {"A", "B"}
    for odd in ("", "x", "a.b.c", "a.e30.c", f"a.{base64.urlsafe_b64encode(b'[1]').decode()}.c", token() + "x"):
        assert rights.roles_of(odd) == frozenset()
    with pytest.raises(SignInNeeded):
        rights.check(token("full_access_as_app"))
    rights.check(token("Mail.ReadBasic"))


def test_automatic_replies_become_a_span_in_utc(scene: Scene) -> None:
    probe = scene.probe()
    box = scene.mailboxes.box(ADDRESS)

    box.replies = "disabled"
    off = probe.away(ADDRESS)
    box.replies = "alwaysEnabled"
    on = probe.away(ADDRESS)
    box.replies = "scheduled"
    planned = probe.away(ADDRESS)
    unknown = probe.away("nie@firma.example")
    probe.close()

    assert off == Away(enabled=False)
    assert on == Away(enabled=True)
    assert planned is not None
    assert planned.from_at == datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
    assert unknown is None


@pytest.mark.parametrize(
    ("told", "at"),
    [
        (probing._Instant("2026-07-01T08:00:00.0000000", "Europe/Berlin"), datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),
        (probing._Instant("2026-07-01T08:00:00", "UTC"), datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        (probing._Instant("morgen", "UTC"), None),
        (probing._Instant("2026-07-01T08:00:00", "Mond"), None),
        (None, None),
    ],
)
def test_instants_of_outlook_have_a_zone(told: "probing._Instant | None", at: datetime | None) -> None:
    assert probing._instant(told) == at
