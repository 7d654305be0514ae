"""Debian's chromium, the small firm behind a real HTTP server, and a page that keeps what went wrong."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from models.terms import Role
from tests import web_data
from tests.web_data import Web

HERE = Path(__file__).parent
# The same browser three times. The first is built without windows: it starts and draws with half the work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=Translate,OptimizationHints",
)


class Silent(WSGIRequestHandler):
    """Says nothing about requests."""

    def log_request(self, *_args: object) -> None:
        pass


@dataclass
class Site:
    """A running firm, its address, and everything the browser complained about."""

    web: Web
    url: str
    server: BaseWSGIServer
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def page(self, role: Role | None = Role.MITARBEITER, path: str = "/") -> Page:
        """Open a page as a member of `role`, signed in by a one-time link (what its page does is proved elsewhere)."""
        page = self.context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        if role is not None:
            self.enter(page, role)
        page.goto(self.url + path)
        return page

    def enter(self, page: Page, role: Role) -> None:
        """Sign the browser of `page` in as a member of `role`: the cookie comes as from the page of the link."""
        head = {"User-Agent": page.evaluate("navigator.userAgent")}
        answer = page.request.post(f"{self.url}/anmelden", data={"token": self.web.link(role)}, headers=head)
        assert answer.ok, answer.text()

    def _note(self, kind: str, text: str) -> None:
        # Chromium reports answers of 4xx to fetch on the console; that is how conflicts travel, not a fault.
        if kind in {"error", "warning"} and "the server responded with a status of 4" not in text:
            self.complaints.append(text)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium; skips where it is not installed."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, installed once from the lock file; skips where that is not possible."""
    script = HERE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, axe-core cannot be fetched")
        done = subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=False, timeout=180)
        if done.returncode or not script.exists():
            pytest.skip("axe-core cannot be installed here")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The small firm's database as a file to copy."""
    return web_data.built(tmp_path_factory.mktemp("firma"), migrated)


def start(browser: Browser, firm: Web) -> Site:
    """Serve a firm on a free port."""
    server = make_server("127.0.0.1", 0, firm.app, threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="de-DE")
    context.set_default_timeout(15_000)
    return Site(firm, f"http://127.0.0.1:{server.server_port}", server, context)


def stop(site: Site) -> None:
    """Close the browser's window and the server."""
    site.context.close()
    site.server.shutdown()
    site.server.server_close()
    site.web.runtime.database.dispose()


@pytest.fixture
def site(browser: Browser, tmp_path: Path, filled: Path) -> Iterator[Site]:
    """The small firm in a browser."""
    running = start(browser, web_data.copied(tmp_path, filled, alone=True))
    yield running
    stop(running)
