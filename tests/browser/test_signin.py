"""Signing in by a directory of other authors in another language, as people do it: in a browser."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.serving import make_server

from models.staff import Member, MemberIdentity
from models.terms import Role
from models.trail import Trail
from service import app as whole
from service.actions import members
from service.clock import SystemClock
from service.config import Config
from service.runtime import Runtime
from service.store.engine import Database
from tests.browser.conftest import HERE, Silent
from tests.directory import CLIENT, SECRET, TENANT

pytestmark = pytest.mark.browser


@dataclass
class House:
    """A firm's Postlotse, its directory, and a browser that has seen neither."""

    url: str
    runtime: Runtime
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    attempt: str = ""

    def sign_in(self, login: str, path: str = "/anmelden") -> Page:
        """Go to `path`, follow the link to the directory (an invitation goes there by itself), and sign in there."""
        page = self.context.new_page()
        page.on("request", lambda request: self.seen.append(request.url))
        page.on("console", lambda message: self._note(page, message.type, message.text))
        page.goto(self.url + path)
        if "/einladung" not in path:
            page.get_by_role("link", name="Mit dem Firmenkonto anmelden").click()
        page.locator("input[name=login]").fill(login)
        self.attempt = self._cookie("postlotse-anmeldung")
        page.locator("input[name=password]").fill("egal")
        page.locator("button[type=submit]").click()
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{self.url}/**")
        return page

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and page.url.startswith(self.url) and "status of 4" not in text:
            self.complaints.append(text)

    def session(self) -> str:
        """Return the session id that the browser holds."""
        return self._cookie("postlotse")

    def _cookie(self, name: str) -> str:
        return next(str(cookie["value"]) for cookie in self.context.cookies() if cookie["name"] == name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the provider's package, installed once from the lock file; skips where that is not possible."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("node or npm is not installed, oidc-provider cannot be started")
    package = HERE / "node_modules" / "oidc-provider" / "package.json"
    if not package.exists():
        done = subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=False, timeout=180)
        if done.returncode or not package.exists():
            pytest.skip("oidc-provider cannot be installed here")
    return found


@pytest.fixture
def house(browser: Browser, node: str, tmp_path: Path, migrated: Path) -> Iterator[House]:
    own, theirs = free_port(), free_port()
    url = f"http://127.0.0.1:{own}"
    (tmp_path / "postlotse.db").write_bytes(migrated.read_bytes())
    config = Config(
        data_dir=tmp_path,
        port=own,
        worker=False,
        oidc_issuer=f"http://127.0.0.1:{theirs}",
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
        oidc_tenants=TENANT,
        oidc_api_audience="schnittstelle",
        oidc_api_clients="outlook",
        support_contact="Ute Admin, Tel. 11",
    )
    arguments = [node, "provider.mjs", str(theirs), CLIENT, SECRET, config.sign_in_url, TENANT]
    provider = subprocess.Popen(arguments, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert provider.stdout is not None
    while "ready" not in (line := provider.stdout.readline()):
        assert line, "the provider ended"
    runtime = Runtime(config, SystemClock(), Database(f"sqlite:///{tmp_path / 'postlotse.db'}"))
    server = make_server("127.0.0.1", own, whole.make_flask(runtime), threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    context = browser.new_context(locale="de-DE")
    context.set_default_timeout(15_000)
    yield House(url, runtime, context)
    context.close()
    server.shutdown()
    server.server_close()
    runtime.database.dispose()
    provider.terminate()
    provider.wait()
    provider.stdout.close()


def test_a_person_signs_in_works_and_signs_out(house: House) -> None:
    page = house.sign_in("lea@eigen.Team-Lead", "/konversationen")
    assert urlsplit(page.url).path == "/konversationen"
    first = house.session()
    page.goto(f"{house.url}/profil")
    assert "lea" in page.inner_text("body")

    page.evaluate("() => { const form = document.querySelector('form[action=\"/abmelden\"]'); form.requestSubmit(); }")
    page.wait_for_url("**/anmelden?abgemeldet=1")

    with house.runtime.look() as turn:
        known = turn.session.scalars(select(MemberIdentity)).one()
        member = turn.session.scalars(select(Member)).one()
    assert (known.lasting_id, member.name, member.role) == ("oid-lea", "lea", Role.TEAM_LEAD)
    kept = requests.get(f"{house.url}/profil", cookies={"postlotse": first}, allow_redirects=False, timeout=10)
    assert kept.status_code == 303
    assert house.complaints == []


@pytest.mark.parametrize(
    ("login", "says", "noted"),
    [
        ("sam@eigen", "keine Rolle", "keine Rolle"),
        ("eve@anders.Admin", "nicht zugelassen", "fremdes Verzeichnis"),
    ],
)
def test_who_may_not_come_in_is_told_whom_to_ask(house: House, login: str, says: str, noted: str) -> None:
    page = house.sign_in(login)

    assert says in page.inner_text("main")
    assert "Ute Admin, Tel. 11" in page.inner_text("main")
    with house.runtime.look() as turn:
        assert turn.session.scalars(select(Member)).all() == []
        line = turn.session.scalars(select(Trail)).one()
    assert (line.verb, line.after) == ("Anmeldung abgewiesen", {"why": noted})
    page.goto(f"{house.url}/profil")
    assert urlsplit(page.url).path == "/anmelden"


def test_a_replayed_answer_is_refused_by_the_provider_itself(house: House) -> None:
    house.sign_in("lea@eigen.Admin")
    answer = next(url for url in house.seen if "/anmelden/antwort" in url)

    replayed = requests.get(answer, cookies={"postlotse-anmeldung": house.attempt}, allow_redirects=False, timeout=10)

    assert house.attempt
    assert replayed.status_code == 403
    assert "nicht (noch einmal) ein" in replayed.text
    assert "postlotse=" not in replayed.headers.get("Set-Cookie", "").replace("postlotse-anmeldung=", "")


def test_the_printed_link_makes_the_first_admin_and_never_reaches_a_log(house: House) -> None:
    with house.runtime.turn() as turn:
        token = members.invitation(turn, members.first_admin(turn).id)

    page = house.sign_in("ute@eigen", f"/einladung#{token}")

    page.goto(f"{house.url}/mitglieder")
    assert "ute" in page.inner_text("main")
    with house.runtime.look() as turn:
        who = turn.session.scalars(select(Member)).one()
        known = turn.session.scalars(select(MemberIdentity)).one()
    assert (who.name, who.role, who.invited_at) == ("ute", Role.ADMIN, None)
    assert (known.lasting_id, known.member_id) == ("oid-ute", who.id)
    sent = [url for url in house.seen if token in url]
    assert all(url.partition("#")[0] == f"{house.url}/einladung" for url in sent), "only behind #, which nobody sends"
    assert house.complaints == []


def test_an_access_token_of_the_provider_opens_the_api_and_its_id_token_does_not(house: House) -> None:
    house.sign_in("lea@eigen.Team-Lead")
    theirs = house.runtime.config.oidc_issuer
    asked = {"grant_type": "client_credentials", "client_id": "outlook", "client_secret": SECRET}
    asked |= {"resource": "https://schnittstelle.example", "scope": "Konversation.Einordnen als:lea"}
    minted = requests.post(f"{theirs}/token", data=asked, timeout=10).json()["access_token"]
    narrow = requests.post(f"{theirs}/token", data=asked | {"scope": "als:lea"}, timeout=10).json()["access_token"]

    statuses = [figures(house, token).status_code for token in (minted, narrow, id_token(house))]

    assert statuses == [200, 403, 401]


def figures(house: House, token: str) -> requests.Response:
    return requests.get(f"{house.url}/api/v1/kpis", headers={"Authorization": f"Bearer {token}"}, timeout=10)


def id_token(house: House) -> str:
    """Sign in once more, but redeem the code here, so that the test holds the ID token itself."""
    door, now = house.runtime.directory, house.runtime.clock.now()
    address, attempt = door.begin(now)
    page = house.context.new_page()
    # The browser has no cookie of this attempt, so the page refuses the answer and leaves its code unused.
    page.goto(address)
    page.wait_for_url("**/anmelden/antwort*")
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    config = house.runtime.config
    asked = {"grant_type": "authorization_code", "code": code, "code_verifier": attempt.verifier}
    asked |= {"client_id": CLIENT, "client_secret": SECRET, "redirect_uri": config.sign_in_url}
    answer = requests.post(f"{config.oidc_issuer}/token", data=asked, timeout=10).json()
    return str(answer["id_token"])


def test_signing_out_goes_on_to_the_directory_for_those_who_share_a_computer(house: House) -> None:
    page = house.sign_in("lea@eigen.Team-Lead")
    page.goto(f"{house.url}/profil")
    page.evaluate("() => { const form = document.querySelector('form[action=\"/abmelden\"]'); form.requestSubmit(); }")
    page.wait_for_url("**/anmelden?abgemeldet=1")

    page.get_by_role("link", name="auch beim Firmenkonto abmelden").click()
    page.get_by_role("button", name="Yes, sign me out").click()

    page.wait_for_url(f"{house.url}/anmelden")
    page.get_by_role("link", name="Mit dem Firmenkonto anmelden").click()
    assert page.locator("input[name=login]").is_visible()
    assert house.complaints == []
