"""`postlotse setup whatsapp` and the doctor: each step is told, and each is checked against what Meta says."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from connectors.emulator.account import Account
from connectors.emulator.cloud import CloudApi
from service.commands import check_whatsapp, doctor, setup_whatsapp
from service.commands.findings import Level
from service.commands.setup import command
from service.config import Config
from tests.conftest import NOW

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


@dataclass
class Scene:
    """An account at Meta and what the admin has set."""

    there: Account
    server: CloudApi
    monkeypatch: pytest.MonkeyPatch
    public: str = ""

    def settings(self, **changed: object) -> dict[str, object]:
        told: dict[str, object] = {
            "whatsapp_base": self.server.base,
            "whatsapp_token": self.server.token,
            "whatsapp_business_account": self.there.id,
            "whatsapp_app_secret": f"altes,{self.there.secret}",
            "whatsapp_verify_token": "losung",
            "whatsapp_numbers": "1001=Zentrale,1002=Lager",
            "public_url": self.public,
        }
        return told | changed

    def setup(self, *words: str, **changed: object) -> Result:
        for name, value in self.settings(**changed).items():
            self.monkeypatch.setenv(f"POSTLOTSE_{name.upper()}", str(value))
        return CliRunner().invoke(command, ["whatsapp", *words])

    def wrong(self, **changed: object) -> list[str]:
        config = Config(**self.settings(**changed))
        return [f.text for f in check_whatsapp.examine(config, TODAY) if f.level is not Level.OK]


class _Webhook(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        good = parts.path == "/webhooks/whatsapp" and asked["hub.verify_token"] == "losung"
        body = asked["hub.challenge"].encode() if good else b""
        self.send_response(200 if good else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def public() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Webhook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, public: str) -> Iterator[Scene]:
    there = Account(numbers={"1001": "+49 40 111", "1002": "+49 40 112"}, fields=tuple(setup_whatsapp.FIELDS))
    there.hook = f"{public}/webhooks/whatsapp"
    server = CloudApi("emulator", [there], app_token=there.app_token).start()
    yield Scene(there, server, monkeypatch, public)
    server.stop()


def test_every_step_is_told_with_the_values_of_this_installation(scene: Scene) -> None:
    shown = scene.setup("--offline").output

    for word in (scene.there.id, f"{scene.public}/webhooks/whatsapp", "1001=Zentrale", "v25.0", *setup_whatsapp.FIELDS):
        assert word in shown
    assert "Nicht abonnieren: smb_app_state_sync" in shown
    assert "altes" not in shown
    assert scene.server.heard == []


def test_a_complete_set_up_passes_every_check(scene: Scene) -> None:
    result = scene.setup("--check")

    assert result.exit_code == 0, result.output
    assert result.output.count("OK") == 9
    assert "HINWEIS" not in result.output


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"rights": ("whatsapp_business_messaging",)}, "whatsapp_business_management"),
        ({"numbers": {"1001": "+49 40 111"}}, "Nummer 2 der Einstellung"),
        ({"numbers": {"1001": "1", "1002": "2", "1003": "3"}}, "1 Nummern des Kontos stehen nicht"),
        ({"apps": set()}, "nicht angemeldet"),
        ({"hook": ""}, "kein Webhook eingetragen"),
        ({"hook": "https://woanders.example/"}, "zeigt woandershin"),
        ({"fields": ("messages",)}, "smb_message_echoes"),
        ({"fields": tuple(f for f in setup_whatsapp.FIELDS if f != "security")}, "Nicht abonniert: security"),
        ({"fields": (*setup_whatsapp.FIELDS, "smb_app_state_sync")}, "Adressbuch"),
    ],
)
def test_each_step_that_is_missing_at_meta_is_named(scene: Scene, change: dict[str, object], word: str) -> None:
    for name, value in change.items():
        setattr(scene.there, name, value)
    scene.server.app_token = scene.there.app_token

    assert any(word in text for text in scene.wrong())


def test_the_app_is_subscribed_on_request(scene: Scene) -> None:
    scene.there.apps = set()
    before = scene.setup("--check")

    after = scene.setup("--subscribe")

    assert before.exit_code == 1
    assert "setup whatsapp --subscribe" in before.output
    assert after.exit_code == 0, after.output
    assert scene.there.app in scene.there.apps


def test_a_token_that_meta_refuses_and_a_missing_account_are_said(scene: Scene) -> None:
    refused = scene.wrong(whatsapp_token="anderes")
    missing = scene.wrong(whatsapp_business_account="")
    foreign = scene.wrong(whatsapp_app_secret="fremd,auch")
    failed = scene.setup("--subscribe", whatsapp_token="anderes")

    assert ["PL-2012" in text for text in refused] == [True]
    assert any("POSTLOTSE_WHATSAPP_BUSINESS_ACCOUNT" in text for text in missing)
    assert ["App-Geheimnis gehört nicht" in text for text in foreign] == [True]
    assert failed.exit_code == 1


def test_without_secret_nothing_is_asked_and_without_token_that_is_said(scene: Scene) -> None:
    empty = scene.setup("--check", whatsapp_app_secret="", whatsapp_numbers="")
    listening = scene.setup("--check", whatsapp_token="")

    assert empty.exit_code == 1
    assert scene.server.heard == []
    assert listening.exit_code == 0
    assert "Ohne POSTLOTSE_WHATSAPP_TOKEN" in listening.output


def test_our_own_webhook_is_called_as_meta_calls_it(scene: Scene) -> None:
    def level(**changed: object) -> Level:
        return check_whatsapp.call_ourselves(Config(**scene.settings(**changed))).level

    assert level() is Level.OK
    assert level(whatsapp_verify_token="anderes") is Level.FEHLER
    assert level(public_url="http://127.0.0.1:1") is Level.FEHLER
    assert level(public_url="") is Level.HINWEIS


def test_the_doctor_calls_our_own_webhook_too_as_soon_as_everything_is_set(scene: Scene, tmp_path: Path) -> None:
    def said(**changed: object) -> list[str]:
        config = Config(data_dir=tmp_path, **scene.settings(whatsapp_token="", **changed))
        return [found.text for found in doctor.data(config, offline=False) if found.about == check_whatsapp.ABOUT]

    assert said() == ["der Webhook antwortet auf das Prüfwort"]
    assert said(whatsapp_verify_token="") == []
    assert ["antwortet mit 403" in text for text in said(whatsapp_verify_token="anderes")] == [True]


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("v19.0", Level.FEHLER),
        ("v20.0", Level.FEHLER),
        ("v21.0", Level.HINWEIS),
        ("v25.0", Level.OK),
        ("v31.0", Level.OK),
    ],
)
def test_the_version_of_the_interface_is_a_setting_whose_end_is_told_in_time(version: str, level: Level) -> None:
    assert check_whatsapp.judge_version(version, TODAY).level is level


def test_the_age_of_the_last_genuine_call_is_said_for_each_number() -> None:
    found = list(check_whatsapp.judge_heard({3: None, 1: NOW - DAY, 2: NOW - 9 * DAY}, NOW))

    assert [finding.level for finding in found] == [Level.OK, Level.HINWEIS, Level.HINWEIS]
    assert "seit 9 Tagen" in found[1].text
