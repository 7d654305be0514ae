"""What the doctor finds out about the data: database, schema, clock, accounts, what waits, the model."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from classifier import artifact
from classifier.errors import ArtifactOutdated, ClassifierError
from models.migrations import HEAD
from models.terms import AccountState
from service.commands import check_whatsapp
from service.commands.findings import Finding, fault, fine, note
from service.config import Config, call
from service.errors import Damaged, Unavailable
from service.runtime import Runtime
from service.store import gaps, health
from service.store.health import AccountHealth, Waiting

# What losing or leaking data depends on: synchronous 2 = FULL, so that an answered webhook survives a power cut.
_SQLITE = {"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1"}
_POSTGRESQL = {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}
# A skew beyond this makes deadlines visibly wrong and lets Microsoft refuse tokens.
_SKEW = timedelta(seconds=60)
_LATE = timedelta(minutes=15)
_SILENT = timedelta(hours=1)


def database(runtime: Runtime) -> Iterator[Finding]:
    """Check reachability, schema, settings and integrity; the later ones only when the earlier ones hold."""
    try:
        version = health.version(runtime.database)
        yield fine("Datenbank", "SQLite" if runtime.database.is_sqlite else "PostgreSQL")
        yield judge_version(version)
        if not version:
            return
        yield judge_settings(health.settings(runtime.database), is_sqlite=runtime.database.is_sqlite)
        verdict = health.integrity(runtime.database)
    except Damaged:
        yield damaged()
        return
    except Unavailable:
        yield fault(
            "Datenbank",
            "Die Datenbank ist nicht erreichbar. Läuft sie, stimmen POSTLOTSE_DATABASE_URL und die Rechte der Datei?",
        )
        return
    if verdict == "ok":
        yield fine("Unversehrtheit", "keine Schäden")
    else:
        yield damaged()


def damaged() -> Finding:
    """A broken file: only a copy brings it back."""
    return fault(
        "Unversehrtheit",
        "Die Datenbankdatei ist beschädigt oder keine Datenbank. Postlotse anhalten und eine Sicherung zurückspielen: "
        f"{call('restore', 'SICHERUNG')} (docs/betrieb/sicherung.md).",
    )


def judge_version(version: str) -> Finding:
    """Compare the schema version of the database with the one of this program."""
    about = "Stand der Datenbank"
    if version == HEAD:
        return fine(about, version)
    if not version:
        return note(about, f"Die Datenbank ist leer; sie wird beim ersten Start angelegt (oder: {call('upgrade')}).")
    if version > HEAD:
        return fault(
            about, f"Die Datenbank ({version}) ist neuer als dieses Programm ({HEAD}). Neuere Fassung starten."
        )
    return fault(about, f"Die Datenbank hat Stand {version}, dieses Programm {HEAD}. Abhilfe: {call('upgrade')}")


def judge_settings(found: dict[str, str], *, is_sqlite: bool) -> Finding:
    """Compare the settings of a connection with what the promises of the house need."""
    about, wanted = ("Sicherheit der Datenbank", _SQLITE) if is_sqlite else ("Protokoll von PostgreSQL", _POSTGRESQL)
    wrong = [f"{name} = {found.get(name)} statt {value}" for name, value in wanted.items() if found.get(name) != value]
    if not wrong:
        return fine(about, ", ".join(f"{name} = {value}" for name, value in wanted.items()))
    if is_sqlite:
        return fault(
            about, f"{'; '.join(wrong)}. Liegt die Datei auf einem Netzlaufwerk? Bitte auf eine eigene Platte."
        )
    return note(
        about,
        f"{'; '.join(wrong)}: Adressen können ins Protokoll von PostgreSQL geraten. Abhilfe: ALTER SYSTEM SET "
        "log_error_verbosity = 'terse'; ALTER SYSTEM SET log_min_error_statement = 'panic'; SELECT pg_reload_conf();",
    )


def rows(runtime: Runtime) -> Iterator[Finding]:
    """Check accounts, webhook updates and background work; needs a database at this program's version."""
    with runtime.look() as turn:
        yield judge_newest(health.newest_message(turn), turn.now)
        yield judge_accounts(health.accounts(turn), turn.now)
        yield from check_whatsapp.judge_heard(gaps.last_signed(turn), turn.now)
        waiting = health.waiting(turn, turn.now - _LATE)
    yield judge_inbox(waiting)
    yield judge_jobs(waiting)


def judge_newest(newest: datetime | None, now: datetime) -> Finding:
    """A message from the future means that the clock of this machine is slow."""
    if newest is not None and newest - now > _SKEW:
        return note(
            "Uhr", "Es gibt Nachrichten aus der Zukunft: die Uhr dieses Rechners geht wohl nach. timedatectl status"
        )
    return fine("Uhr", f"{now:%d.%m.%Y %H:%M:%S} UTC")


def judge_skew(there: datetime, here: datetime) -> Finding:
    """Compare the clock of a server with ours."""
    skew = abs(there - here)
    if skew > _SKEW:
        return fault(
            "Uhr",
            f"Die Uhr weicht um {int(skew.total_seconds())} s ab. Abhilfe: timedatectl set-ntp true (Zeitserver).",
        )
    return fine("Uhr", "geht richtig, verglichen mit Microsoft 365")


def server_clock(config: Config, runtime: Runtime) -> Iterator[Finding]:
    """Ask the Graph server for its time (the Date header of any answer); says nothing when no tenant is set up."""
    if not config.graph_tenant:
        return
    request = urllib.request.Request(config.graph_base, method="HEAD")  # noqa: S310 - the owner's own setting
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - to the address in the line above
            date = answer.headers.get("Date", "")
    except urllib.error.HTTPError as refusal:
        date = refusal.headers.get("Date", "")
    except OSError:
        yield fault(
            "Microsoft 365", "Der Server antwortet nicht. Netz, DNS und Firewall prüfen (graph.microsoft.com:443)."
        )
        return
    try:
        yield judge_skew(parsedate_to_datetime(date), runtime.clock.now())
    except (TypeError, ValueError):
        yield note("Uhr", "Der Server von Microsoft 365 nennt keine Zeit; die Uhr ist nicht verglichen.")


def judge_accounts(accounts: tuple[AccountHealth, ...], now: datetime) -> Finding:
    """Say which accounts do not deliver; by number, not by address."""
    broken = [_ill(a) for a in accounts if a.state is AccountState.GESTOERT]
    if broken:
        return fault(
            "Konten",
            f"gestört: {', '.join(broken)}. Was zu tun ist: Seite „Postfächer“, docs/betrieb/fehlercodes.md",
        )
    live = [a for a in accounts if not a.sample]
    halted = [_ill(a) for a in live if a.state is AccountState.ANGEHALTEN]
    silent = [f"Konto {a.id}" for a in live if a.last_ok_at is not None and now - a.last_ok_at > _SILENT]
    poorer = [f"Konto {a.id} {a.warning_code}" for a in live if a.warning_code]
    if halted or silent or poorer:
        parts = [f"angehalten: {', '.join(halted)}"] * bool(halted)
        parts += [f"seit über einer Stunde nicht gelesen: {', '.join(silent)}"] * bool(silent)
        parts += [f"eingeschränkt gelesen: {', '.join(poorer)}"] * bool(poorer)
        return note("Konten", f"{'; '.join(parts)}. Läuft die Hintergrundarbeit? Näheres: Seite „Postfächer“.")
    return fine("Konten", f"{len(accounts)} Konten")


def _ill(account: AccountHealth) -> str:
    """Return which account it is, with its code and since when its figures are incomplete (UTC)."""
    text = f"Konto {account.id} ({account.channel}) {account.error_code}".strip()
    since = account.incomplete_since
    return text if since is None else f"{text}, Stand unvollständig seit {since:%d.%m.%Y %H:%M} UTC"


def judge_inbox(waiting: Waiting) -> Finding:
    """Say what became of webhook updates."""
    about = "Eingang der Webhooks"
    if waiting.waiting:
        return fault(about, f"{waiting.waiting} Meldungen warten seit über 15 Minuten. Läuft die Hintergrundarbeit?")
    if waiting.damaged:
        return note(
            about, f"{waiting.damaged} Meldungen ließen sich nicht lesen und liegen beiseite; der Rest läuft weiter."
        )
    return fine(about, "nichts bleibt liegen")


def judge_jobs(waiting: Waiting) -> Finding:
    """Say whether background work is done."""
    about = "Hintergrundarbeit"
    if waiting.jobs or waiting.schedules:
        return fault(
            about,
            f"{waiting.jobs} Aufträge und {waiting.schedules} Termine sind über 15 Minuten überfällig. Läuft "
            "der Dienst mit POSTLOTSE_WORKER=true, oder daneben der Dienst für die Hintergrundarbeit?",
        )
    if waiting.failing:
        return note(about, f"{waiting.failing} Aufträge scheitern wiederholt; der Grund steht im Protokoll.")
    return fine(about, "nichts überfällig")


def model(path: Path) -> Finding:
    """Check that the learned fallback can be read; without one the shipped one holds."""
    about = "Modell"
    try:
        if path.exists():
            artifact.load(path)
            return fine(about, "aus den eigenen Einordnungen gelernt")
        artifact.shipped()
    except ArtifactOutdated:
        return note(about, "Das eigene Modell ist aus anderer Fassung; bis zum nächsten Lernen gilt das mitgelieferte.")
    except ClassifierError:
        return note(
            about,
            f"Die Modelldatei ist unbrauchbar; es gelten nur die Regeln. Abhilfe: {path} löschen, dann gilt das "
            "mitgelieferte Modell.",
        )
    return fine(about, "das mitgelieferte")
