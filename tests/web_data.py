"""A small firm for page tests: members of every role, three mailboxes, known and unknown senders, running windows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from models.record import HeaderFlags, MessageRecord
from models.terms import Category, Channel, Role
from service import app as whole
from service.actions import intake, master, signin
from service.actions.intake import Judge
from service.actions.master import Entry
from service.config import Config
from service.runtime import Runtime
from service.store import accounts, keys, settings, staff
from service.store.accounts import Facts
from service.store.engine import Database
from tests.conftest import NOW
from tests.factories import OWN, answer, chat, mail
from tests.fakes import FakeClock

UNPROVEN = HeaderFlags()  # nothing is known of its authentication
FORGED = HeaderFlags(auth_dmarc="fail", auth_spf="fail")
BULK = HeaderFlags(
    auth_dmarc="pass",
    auth_spf="pass",
    auth_dkim="pass",
    list_id="post.rundbrief.example",
    list_unsubscribe=True,
    list_unsubscribe_post=True,
    precedence="bulk",
    feedback_id=True,
)

COMPANIES = (
    Entry("Kontor Nord KG", Category.KUNDE, "K-10104", "Hamburg", ("kontor-nord.example",)),
    Entry("Müller & Partner", Category.KUNDE, "K-10233", "Kiel", ("mueller-partner.example",)),
    Entry("Bau Müller GmbH", Category.KUNDE, "K-10871", "Lübeck", ("bau-mueller.example",)),
    Entry("Schrauben Ahrens", Category.LIEFERANT, "L-4410", "Hagen", ("schrauben-ahrens.example",)),
)


class Compiled(BytecodeCache):
    """Templates compiled once for all the applications of one process: compiling them was most of a page test's time."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = Compiled()


@dataclass(frozen=True)
class Web:
    """The firm with its Flask application and a clock that tests move."""

    app: Flask
    runtime: Runtime
    clock: FakeClock

    def client(self, role: Role | None = Role.MITARBEITER) -> FlaskClient:
        """Return a browser without script, signed in as a member of `role` (None = nobody)."""
        client = self.app.test_client()
        if role is not None:
            answer_ = client.post("/anmelden", json={"token": self.link(role)})
            assert answer_.status_code == 200, answer_.data
        return client

    def link(self, role: Role) -> str:
        """Return a fresh one-time token."""
        with self.runtime.turn() as turn:
            return signin.link(turn, role)


def csrf(client: FlaskClient) -> str:
    """Return the request token that the profile page carries."""
    page = client.get("/profil").text
    return page.split('name="csrf" content="')[1].split('"')[0]


def built(folder: Path, migrated: Path) -> Path:
    """Build the small firm once and return its database as one file to copy."""
    made = web(folder, migrated)
    with made.runtime.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.runtime.database.dispose()
    return folder / "postlotse.db"


def copied(folder: Path, filled: Path, *, alone: bool = False) -> Web:
    """Open a copy of a firm that was built before: much faster than taking its mail in again.

    `alone`: with an application of its own, for tests that change it.
    """
    (folder / "postlotse.db").write_bytes(filled.read_bytes())
    runtime, clock = _runtime(folder)
    return Web(_application(runtime) if alone else _shared(runtime), runtime, clock)


def _runtime(folder: Path, **config: object) -> tuple[Runtime, FakeClock]:
    values = {"data_dir": folder, "worker": False, "trusted_hosts": "127.0.0.1,localhost"} | config
    clock = FakeClock()
    database = Database(f"sqlite:///{folder / 'postlotse.db'}")
    return Runtime(Config(**values), clock, database), clock  # type: ignore[arg-type]  # the words of a test are checked


def _application(runtime: Runtime) -> Flask:
    app = whole.make_flask(runtime)
    app.jinja_env.bytecode_cache = _TEMPLATES
    return app


# The application of plain copies, made once per process: hundreds of tests ask for one, and making it costs more than
# most of them. What is the firm's own hangs on the runtime, which each test brings.
_made: list[Flask] = []


def _shared(runtime: Runtime) -> Flask:
    if not _made:
        _made.append(_application(runtime))
    _made[0].extensions["postlotse"] = runtime
    return _made[0]


def web(folder: Path, migrated: Path, records: tuple[MessageRecord, ...] | None = None, **config: object) -> Web:
    """Build the firm in `folder`; `records` replaces its mail, `config` the configuration."""
    (folder / "postlotse.db").write_bytes(migrated.read_bytes())
    runtime, clock = _runtime(folder, **config)
    firm = Web(_application(runtime), runtime, clock)
    with firm.runtime.turn() as turn:
        for role, name in zip(Role, ("Lea Voss", "Jens Thode", "Ute Admin", "Max Chef", "Dana Schutz"), strict=True):
            staff.add(turn, name, role)
        settings.put(turn, settings.OWN_DOMAINS, [OWN])
        info = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("info@", shared=True, people=6, sample=True))
        chats = accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("WhatsApp Service", people=3, sample=True))
        master.take(turn, COMPANIES)
        judge = Judge(keys.book(turn))
        posted = mixed(NOW) if records is None else records
        for channel, account in ((Channel.EMAIL, info), (Channel.WHATSAPP, chats)):
            intake.take_in(turn, [r for r in posted if r.channel is channel], account.id, judge)
    return firm


def mixed(now: datetime) -> tuple[MessageRecord, ...]:
    """Return three weeks of mail and chats: answered and waiting customers, bulk mail, strangers."""
    found: list[MessageRecord] = []
    for day in range(1, 22):
        at = now - timedelta(days=day, hours=1)
        found.append(mail(f"einkauf{day}@kontor-nord.example", at=at, thread=f"k{day}", sender_name="Jörn Petersen"))
        found.append(
            answer(f"einkauf{day}@kontor-nord.example", at=at + timedelta(hours=2 + day % 5), thread=f"k{day}")
        )
        found.append(mail("rechnung@schrauben-ahrens.example", at=at, sender_name="Schrauben Ahrens", thread=f"l{day}"))
    for n in range(6):
        at = now - timedelta(hours=2 + n)
        found.append(mail(f"post{n}@rundbrief.example", at=at, sender_name=f"Rundbrief {n}", flags=BULK))
    found += [
        mail(
            "j.petersen@kontor-nord.example", at=now - timedelta(hours=3), sender_name="Jörn Petersen", flags=UNPROVEN
        ),
        mail(
            "m.oswald@mueller-partner.example", at=now - timedelta(hours=5), sender_name="Miriam Oswald", flags=UNPROVEN
        ),
        mail("chef@kontor-nord.example", at=now - timedelta(hours=4), sender_name="Falscher Chef", flags=FORGED),
        mail("neu@werft-brandt.example", at=now - timedelta(hours=1), sender_name="Sönke Brandt"),
        mail("chef@unbekannt-gmbh.example", at=now - timedelta(days=9), sender_name="Aylin Kaya"),
        mail("privat@gmx.de", at=now - timedelta(minutes=20), sender_name="Sparkasse <x@sparkasse.example>"),
        chat("491718388958", at=now - timedelta(hours=2), sender_name="Petra Hansen"),
        chat("491601112233", at=now - timedelta(days=1), sender_name=""),
    ]
    return tuple(found)
