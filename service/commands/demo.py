"""`postlotse demo`: an invented firm on this machine, read and served by the same code that reads a real one."""

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from threading import Event
from typing import Any

import click
import requests
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from classifier import artifact
from classifier.errors import ArtifactUnusable
from classifier.learned import Learned
from connectors import registry
from connectors.emulator import firm as firms
from connectors.emulator import traffic
from connectors.emulator.cloud import WABA
from connectors.emulator.firm import Firm
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.emulator.whatsapp import Meta
from connectors.errors import ConnectorError
from models.terms import Role
from service import config as configuration
from service import runtime as running
from service import telemetry
from service.actions import signin
from service.clock import SystemClock
from service.commands import demo_cloud, demo_data, demo_people, serve
from service.config import Config
from service.errors import ConfigInvalid
from service.hooks import whatsapp

HOST = "127.0.0.1"
BANNER = "Beispieldaten: Firma, Kunden und Nachrichten sind erfunden."
# Written into the folder that the demo made, so that it never empties one that holds anything else.
_MARK = "erfundene-firma.txt"
_ROLES = (Role.TEAM_LEAD, Role.MITARBEITER, Role.ADMIN, Role.MANAGEMENT, Role.DATENSCHUTZ)
_PATIENCE = 60.0
_TAKEN = "Port {port} ist belegt. Das andere Programm beenden, oder mit einem anderen Port starten: {command}"
_RUNNING = (
    "In {folder} läuft schon eine Demo (Port {port}). Sie beenden, oder einen anderen Ordner nehmen: --data-dir ORDNER"
)
_FOREIGN = "Der Ordner {folder} enthält etwas anderes. Einen leeren nehmen: {command}"


@dataclass(frozen=True, slots=True)
class Order:
    """What the demo shall be: port and folder, the seed of the firm, how many days back, how fast live goes on."""

    port: int = 8484
    folder: Path = Path("var/demo")
    seed: int = 20
    days: int = traffic.DAYS
    pace: float = 9.0


@dataclass(frozen=True, slots=True)
class Scene:
    """The demo once it is read: its settings, its firm, the mailboxes that are served, what was sent so far."""

    config: Config
    firm: Firm
    mailboxes: Mailboxes
    past: traffic.Traffic


@click.command()
@click.option("--port", default=8484, show_default=True, type=click.IntRange(1, 65535), help="Port der Seiten.")
@click.option("--data-dir", default="var/demo", show_default=True, type=click.Path(path_type=Path), help="Ordner.")
@click.option("--seed", default=20, show_default=True, help="Andere Zahl, andere Firma.")
@click.option("--days", default=traffic.DAYS, show_default=True, type=click.IntRange(1, 365), help="Tage zurück.")
@click.option("--pace", default=9.0, show_default=True, help="Sekunden zwischen neuen Nachrichten; 0 = keine neuen.")
def command(port: int, data_dir: Path, seed: int, days: int, pace: float) -> None:
    """Startet Postlotse mit einer erfundenen Firma; alles bleibt auf diesem Rechner."""
    order = Order(port, data_dir, seed, days, pace)
    check(order)
    console = Console()
    telemetry.start("WARNING")
    # A supervisor's end is an end like Ctrl+C: the service that we started must not stay behind.
    signal.signal(signal.SIGTERM, _interrupted)
    console.print(f"[bold]Postlotse-Demo[/bold]  {firms.NAME}, {days} Tage Post, Ordner {data_dir}", soft_wrap=True)
    with prepared(order, console) as scene, _serving(order, scene.config):
        _links(scene.config, console)
        _live(order, scene, console)


def _interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def check(order: Order) -> None:
    """Raise ConfigInvalid, saying what to do, when the port is taken or the folder is not ours to empty."""
    if not serve.free(HOST, order.port):
        command = configuration.call("demo", "--port", str(serve.next_free(HOST, order.port)))
        raise ConfigInvalid((_TAKEN.format(port=order.port, command=command),))
    if order.folder.exists() and any(order.folder.iterdir()) and not (order.folder / _MARK).exists():
        raise ConfigInvalid(
            (_FOREIGN.format(folder=order.folder, command=configuration.call("demo", "--data-dir", "ORDNER")),)
        )
    running_at = _port_of(order.folder / "demo.env")
    if running_at and not serve.free(HOST, running_at):
        raise ConfigInvalid((_RUNNING.format(folder=order.folder, port=running_at),))


def _port_of(settings: Path) -> int:
    """Return the port of the demo that this folder belongs to; 0 where there is none."""
    if not settings.exists():
        return 0
    lines = settings.read_text(encoding="utf-8").splitlines()
    ports = [line.partition("=")[2].strip("'") for line in lines if line.startswith("POSTLOTSE_PORT=")]
    return int(ports[0]) if ports and ports[0].isdigit() else 0


@contextmanager
def prepared(order: Order, console: Console) -> Iterator[Scene]:
    """Invent the firm, serve its mailboxes, and read everything into a fresh database; the server stops at the end."""
    _empty(order.folder)
    now = SystemClock().now()
    firm = firms.invent(order.seed)
    past = traffic.past(firm, now, order.days)
    mailboxes = Mailboxes([mailbox.address for mailbox in firm.mailboxes], past.mails)
    word = token_hex(16)
    server = GraphEmulator(mailboxes, token=word).start()
    try:
        with demo_cloud.serving(word, _meta(order, firm, word)) as cloud:
            config = _config(order, firm, (server.base, cloud.base), word)
            with _steps(console) as steps:
                _fill(config, firm, past, steps)
            yield Scene(config, firm, mailboxes, past)
    finally:
        server.stop()


def _meta(order: Order, firm: Firm, word: str, stop: Event | None = None) -> Meta:
    """Return who posts webhooks to the service of the demo."""
    url = f"http://{HOST}:{order.port}{whatsapp.PATH}"
    return Meta(url, word, demo_data.displays(firm), stop or Event())


def _fill(config: Config, firm: Firm, past: traffic.Traffic, steps: Progress) -> None:
    # Accounts are made before the configuration names them, because only then they are known as sample data.
    bare = running.start(config.model_copy(update={"graph_mailboxes": "", "whatsapp_numbers": ""}))
    demo_people.people(bare, firm)
    demo_data.stammdaten(bare, firm)
    bare.database.dispose()
    runtime = running.start(config)
    source = registry.open_source("graph", config)
    lying = Counter(one.mailbox for one in past.mails)
    demo_data.mail(runtime, firm, (source, _model()), _report(steps, "Postfächer lesen"), lying)
    demo_data.chats(runtime, firm, past.chats, _report(steps, "WhatsApp empfangen"))
    demo_data.said(runtime, firm, _report(steps, "Einordnungen übernehmen"))
    runtime.database.dispose()


def _config(order: Order, firm: Firm, bases: tuple[str, str], word: str) -> Config:
    """Return the configuration of the demo, and write it to its folder for the service."""
    values: dict[str, Any] = {
        "data_dir": str(order.folder.absolute()),
        "host": HOST,
        "port": order.port,
        "banner": BANNER,
        "log_level": "WARNING",
        "own_domains": firm.domain,
        "graph_base": bases[0],
        "graph_client_secret": word,
        "graph_mailboxes": ",".join(mailbox.address for mailbox in firm.mailboxes),
        "graph_poll_seconds": 5,
        "whatsapp_app_secret": word,
        "whatsapp_verify_token": word,
        "whatsapp_token": word,
        "whatsapp_business_account": WABA,
        "whatsapp_base": bases[1],
        "whatsapp_numbers": ",".join(f"{number.id}={number.name}" for number in firm.numbers),
    }
    lines = (f"POSTLOTSE_{name.upper()}='{value}'\n" for name, value in values.items())
    (order.folder / "demo.env").write_text("".join(lines), encoding="utf-8")
    return configuration.load(**values)


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).write_text("Dieser Ordner gehört der Demo und wird bei jedem Start geleert.\n", encoding="utf-8")


def _model() -> Learned | None:
    try:
        return artifact.shipped()
    except ArtifactUnusable:
        return None


def _steps(console: Console) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console)


def _report(steps: Progress, text: str) -> demo_data.Report:
    task = steps.add_task(text, total=None)
    return lambda done, total: steps.update(task, completed=done, total=total)


@contextmanager
def _serving(order: Order, config: Config) -> Iterator[None]:
    """Run `postlotse serve` as a process of its own, with the demo's settings and no others, until the end."""
    settings = (order.folder / "demo.env").absolute()
    clean = ["env", "-i", "PATH=/usr/bin:/bin", "PYTHONUTF8=1", f"POSTLOTSE_CONFIG={settings}"]
    process = subprocess.Popen([*clean, sys.executable, "-m", "service.cli", "serve"])  # noqa: S603  our own program
    try:
        _wait(process, f"http://{HOST}:{config.port}/healthz")
        yield
    finally:
        process.terminate()
        process.wait(timeout=40)


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    clock = SystemClock()
    until = clock.ticks() + _PATIENCE
    while clock.ticks() < until:
        if process.poll() is not None:
            break
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.3)
    raise ConfigInvalid(("Der Dienst ist nicht gestartet; die Meldungen darüber sagen, warum.",))


def _links(config: Config, console: Console) -> None:
    """Print one login link per role; each works once, for ten minutes, on this machine only."""
    runtime = running.start(config)
    console.print("\n[bold]Bereit.[/bold] Anmelden mit einem dieser Links (einmal, 10 Minuten gültig):\n")
    for role in _ROLES:
        with runtime.turn() as turn:
            token = signin.link(turn, role)
        console.print(
            f"  {role.value:<12} http://{HOST}:{config.port}/anmelden#{token}", soft_wrap=True, highlight=False
        )
    runtime.database.dispose()
    settings = str(config.data_dir / "demo.env")
    more = configuration.call("login-link", "--role", Role.TEAM_LEAD.value, settings=settings)
    console.print(
        f"\nWeitere Links (in einem zweiten Fenster): {more}\nEnde: Strg+C",
        soft_wrap=True,
        highlight=False,
    )


def _live(order: Order, scene: Scene, console: Console) -> None:
    """Let the firm's life go on until somebody presses Ctrl+C."""
    stop = Event()
    secret = scene.config.whatsapp_app_secret.get_secret_value()
    meta = _meta(order, scene.firm, secret, stop)
    now = SystemClock().now() + timedelta(seconds=1)
    try:
        if not order.pace:
            stop.wait()
        for event in traffic.live(scene.firm, now, order.pace, scene.past):
            stop.wait(event.delay)
            for mail in event.mails:
                scene.mailboxes.deliver(mail)
            try:
                meta.send(event.chats)
            except ConnectorError as error:
                console.print(f"WhatsApp: {error} [{error.code}]")
    except KeyboardInterrupt:
        console.print("\nDie Demo wird beendet.")
