"""What the doctor finds out about the machine: Python, disk, port, addresses, copies, the settings of the doors."""

import http.client
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from service.commands.backup import MARK
from service.commands.findings import Finding, fault, fine, note
from service.config import Config, names

_GIGABYTE = 1024**3
_OLD_COPY = timedelta(days=2)


def python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Finding:
    """Check the version of Python."""
    shown = ".".join(map(str, version))
    if version < (3, 11):
        return fault("Python", f"Python {shown} ist zu alt; Postlotse braucht 3.11 oder neuer.")
    return fine("Python", f"Python {shown}")


def settings(strangers: tuple[str, ...]) -> Finding:
    """Name what looks like a setting but is none, with the one that may be meant."""
    about = "Konfiguration"
    if not strangers:
        return fine(about, "vollständig lesbar")
    known = [f"POSTLOTSE_{name.upper()}" for name in Config.model_fields]
    told = []
    for name in strangers:
        near = get_close_matches(name.upper(), known, n=1)
        told.append(f"{name} (gemeint: {near[0]}?)" if near else name)
    return note(about, f"Diese Einstellungen gibt es nicht: {', '.join(told)}. Alle stehen in deploy/env.example.")


def data_dir(config: Config) -> Finding:
    """Check that the data directory can be written and read by its owner only."""
    folder = config.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        return fault(
            "Datenordner",
            f"{folder} ist nicht beschreibbar ({error.strerror}). Besitzer prüfen: "
            f"chown -R postlotse {folder} (oder POSTLOTSE_DATA_DIR ändern).",
        )
    if folder.stat().st_mode & 0o007:
        return note("Datenordner", f"{folder} ist für jeden auf diesem Rechner lesbar. Abhilfe: chmod o-rwx {folder}")
    return fine("Datenordner", str(folder))


def disk(config: Config) -> Finding:
    """Check the free space where the database grows."""
    if not config.data_dir.exists():
        return note("Speicherplatz", "Den Datenordner gibt es noch nicht.")
    return judge_space(shutil.disk_usage(config.data_dir).free)


def judge_space(free: int) -> Finding:
    """Say what `free` bytes mean: below 200 MB writing may fail at any time, below 2 GB somebody should act."""
    text = f"{free / _GIGABYTE:.1f} GB frei"
    if free < 0.2 * _GIGABYTE:
        return fault(
            "Speicherplatz", f"Nur noch {text}. Bitte sofort Platz schaffen; bei voller Platte steht der Empfang."
        )
    if free < 2 * _GIGABYTE:
        return note("Speicherplatz", f"Nur noch {text}. Bitte bald Platz schaffen.")
    return fine("Speicherplatz", text)


def port(config: Config) -> Finding:
    """Check whether the port is free, taken by Postlotse, or by somebody else."""
    where = f"{config.host}:{config.port}"
    try:
        with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((config.host, config.port))
    except OSError as error:
        if _answers(config):
            return fine("Port", f"Postlotse antwortet auf {where}")
        return fault(
            "Port",
            f"{where} ist nicht zu haben ({error.strerror}). Anderen Port nehmen (POSTLOTSE_PORT) "
            "oder das andere Programm beenden.",
        )
    return fine("Port", f"{where} ist frei")


def _answers(config: Config) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104 - only compared
    connection = http.client.HTTPConnection(host, config.port, timeout=3)
    try:
        connection.request("GET", "/healthz", headers={"Host": (*names(config.trusted_hosts), host)[0]})
        return connection.getresponse().status in {200, 503}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def address(config: Config) -> Finding:
    """Check that the public address, TLS and the trusted hosts fit each other."""
    about = "Öffentliche Adresse"
    if config.is_loopback:
        return fine(about, "nur dieser Rechner")
    if not config.public_url:
        return fault(
            about,
            f"Postlotse lauscht auf {config.host}, ohne dass POSTLOTSE_PUBLIC_URL gesetzt ist. Bitte hinter einen "
            "Webserver mit TLS stellen (deploy/caddy) und die Adresse eintragen.",
        )
    parts = urlsplit(config.public_url)
    if parts.scheme != "https" or not parts.hostname:
        return fault(
            about, "POSTLOTSE_PUBLIC_URL muss mit https:// beginnen; Anmeldungen gehen sonst offen übers Netz."
        )
    if parts.hostname not in names(config.trusted_hosts):
        return fault(about, f"{parts.hostname} fehlt in POSTLOTSE_TRUSTED_HOSTS; die Seiten würden abgewiesen.")
    if not config.oidc_issuer:
        return note(
            about,
            f"{config.public_url}: Anmeldelinks sind damit aus, und das Firmenverzeichnis ist nicht eingerichtet; so "
            "kommt niemand hinein. Einrichten: docs/betrieb/anmeldung.md.",
        )
    return fine(about, f"{config.public_url}, Anmeldung über {config.oidc_issuer}")


def copy_age(config: Config, now: datetime) -> Finding:
    """Check when the last copy was made."""
    about, advice = "Sicherung", "Einrichten: deploy/systemd/postlotse-backup.timer oder deploy/backup.sh"
    try:
        made = datetime.fromisoformat((config.data_dir / MARK).read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return note(about, f"Es ist keine Sicherung bekannt. {advice}")
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    if now - made > _OLD_COPY:
        return note(about, f"Die letzte Sicherung ist {(now - made).days} Tage alt. {advice}")
    return fine(about, f"zuletzt {made:%d.%m.%Y %H:%M} UTC")


def graph(config: Config) -> Finding:
    """Check that the settings of Microsoft 365 are complete; nothing is sent."""
    about = "Microsoft 365"
    if not config.graph_tenant:
        return fine(about, "nicht eingerichtet")
    missing = [] if config.graph_managed_identity else list(_credentials(config))
    if not names(config.graph_mailboxes):
        missing.append("POSTLOTSE_GRAPH_MAILBOXES nennt kein Postfach")
    if missing:
        return fault(about, f"{'; '.join(missing)}. Anleitung: docs/betrieb/microsoft365.md")
    if not names(config.own_domains):
        return note(about, "POSTLOTSE_OWN_DOMAINS ist leer; Post von Kollegen wird so nicht als intern erkannt.")
    return fine(about, f"eingerichtet für {len(names(config.graph_mailboxes))} Postfächer")


def _credentials(config: Config) -> Iterator[str]:
    if not config.graph_client_id:
        yield "POSTLOTSE_GRAPH_CLIENT_ID fehlt"
    if not config.graph_client_secret.get_secret_value() and config.graph_certificate is None:
        yield "POSTLOTSE_GRAPH_CERTIFICATE (oder POSTLOTSE_GRAPH_CLIENT_SECRET) fehlt"
    if config.graph_certificate is not None and not _readable(config.graph_certificate):
        yield "die Datei von POSTLOTSE_GRAPH_CERTIFICATE ist nicht lesbar"


def whatsapp(config: Config) -> Finding:
    """Check that the settings of WhatsApp are complete."""
    about = "WhatsApp"
    has_secret = bool(config.whatsapp_app_secret.get_secret_value())
    if not config.whatsapp_numbers and not has_secret:
        return fine(about, "nicht eingerichtet")
    if not has_secret:
        return fault(about, "POSTLOTSE_WHATSAPP_APP_SECRET fehlt; jeder Aufruf von Meta wird abgewiesen.")
    if not config.whatsapp_verify_token.get_secret_value():
        return note(about, "POSTLOTSE_WHATSAPP_VERIFY_TOKEN fehlt; Meta kann den Webhook nicht einrichten.")
    wrong = [number for number in names(config.whatsapp_numbers) if "=" not in number]
    if wrong or not config.whatsapp_numbers:
        return fault(about, "POSTLOTSE_WHATSAPP_NUMBERS braucht Einträge der Form phone_number_id=Name.")
    return fine(about, f"eingerichtet für {len(names(config.whatsapp_numbers))} Nummern")


def _readable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK)
