"""What lives as long as the process, and how an edge opens a turn."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from connectors import registry
from connectors.cloud import Cloud
from connectors.identity import Directory
from models.address import domain_form
from models.terms import Channel
from service.clock import Clock, SystemClock
from service.config import Config, names
from service.errors import NotFound
from service.store import accounts, schema, settings, templates
from service.store.engine import Database
from service.turn import NOBODY, Actor, Turn


@dataclass(frozen=True)
class Runtime:
    """Configuration, clock and database of one process; read-only after start."""

    config: Config
    clock: Clock
    database: Database

    @property
    def model_path(self) -> Path:
        """Where the learned fallback lies (connectors never see it, the classifier reads it)."""
        return self.config.data_dir / "model.npz"

    @cached_property
    def directory(self) -> Directory:
        """The door to the firm's directory, opened at its first use. Raises NotFound where none is set up, Refused."""
        if not self.config.oidc_issuer:
            raise NotFound("Die Anmeldung über das Firmenverzeichnis ist nicht eingerichtet.")
        return registry.open_directory(self.config)

    @property
    def sends(self) -> bool:
        """Whether the configuration has what sending over WhatsApp needs: a token, and the account of templates."""
        return bool(self.config.whatsapp_token.get_secret_value() and self.config.whatsapp_business_account)

    @cached_property
    def cloud(self) -> Cloud:
        """The door to the WhatsApp Cloud API, opened at its first use. Raises Refused where none is set up."""
        return registry.open_cloud(self.config)

    @contextmanager
    def turn(self, actor: Actor = NOBODY) -> Iterator[Turn]:
        """Open one writing transaction with one instant; commits at the end, rolls back on any error."""
        with self.database.write() as session:
            yield Turn(session, self.clock.now(), actor)

    @contextmanager
    def look(self, actor: Actor = NOBODY) -> Iterator[Turn]:
        """Open one reading transaction: a consistent picture that never waits for writers and never commits."""
        with self.database.read() as session:
            yield Turn(session, self.clock.now(), actor)


def settle() -> None:
    """Say that what is loaded by now lives as long as this process, for processes that have nothing else to do.

    Python's search for garbage would go through half a million objects of the libraries otherwise, again and again,
    for a tenth of a second each time: in the midst of a request, and a tenth of the work of reading mailboxes.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back Python's search for garbage during a short stretch of work whose objects live until its end.

    While a page of five hundred messages is stored it would search a hundred times, for nothing.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def start(config: Config, clock: Clock | None = None) -> Runtime:
    """Open the database, bring its schema up to date, and note what the configuration says is read.

    Raises ConfigInvalid (the database belongs to a newer program) and Unavailable (it cannot be reached).
    """
    runtime = Runtime(config, clock or SystemClock(), Database(config.url))
    schema.upgrade(runtime.database)
    with runtime.turn() as turn:
        domains = sorted({domain_form(domain) for domain in names(config.own_domains)})
        if domains and settings.own_domains(turn) != frozenset(domains):
            settings.put(turn, settings.OWN_DOMAINS, domains)
        templates.ship(turn)
        for mailbox in names(config.graph_mailboxes):
            accounts.name_configured(turn, Channel.EMAIL, mailbox.lower(), mailbox.lower())
        for entry in names(config.whatsapp_numbers):
            number, _, name = entry.partition("=")
            accounts.name_configured(turn, Channel.WHATSAPP, number.strip(), name.strip() or number.strip())
    return runtime
