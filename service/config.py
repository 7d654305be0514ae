"""What the owner of the machine decides: read once at start from environment and file, into one frozen Config."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from models.terms import Role
from service import misread
from service.errors import ConfigInvalid

VERSION = "0.1.0"

# The path on which Microsoft Graph calls us.
GRAPH_HOOK = "/hooks/graph"


class Config(BaseSettings):
    """Every setting with its meaning; `deploy/env.example` holds the same list (a test compares the two).

    Each comes from the environment as POSTLOTSE_<NAME>, from POSTLOTSE_<NAME>_FILE (secrets), or from the file named
    by POSTLOTSE_CONFIG (lines NAME=value).
    """

    model_config = SettingsConfigDict(env_prefix="POSTLOTSE_", frozen=True, extra="ignore", env_file_encoding="utf-8")

    data_dir: Path = Field(Path("var"), description="Ordner für Datenbank, Modell und Schlüssel.")
    database_url: str = Field(
        "",
        description="Datenbank; leer = SQLite-Datei postlotse.db im Datenordner. "
        "PostgreSQL: postgresql+psycopg://nutzer:wort@rechner/datenbank",
    )
    host: str = Field(
        "127.0.0.1", description="Adresse, auf der Postlotse lauscht. Dahinter steht ein Webserver mit TLS."
    )
    port: int = Field(8484, ge=1, le=65535, description="Port, auf dem Postlotse lauscht.")
    threads: int = Field(16, ge=1, le=256, description="Gleichzeitige Anfragen.")
    trusted_hosts: str = Field(
        "127.0.0.1,localhost",
        description="Rechnernamen, unter denen die Seiten erreichbar sind, "
        "mit Komma getrennt; andere werden abgewiesen.",
    )
    public_url: str = Field("", description="Öffentliche Adresse (https://post.firma.de); leer = nur dieser Rechner.")
    worker: bool = Field(
        default=True,
        description="Hintergrundarbeit im selben Prozess. Mit PostgreSQL und eigenem Dienst "
        "`postlotse work` auf false.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Schlüssel für Formulare; leer = wird im Datenordner angelegt."
    )
    banner: str = Field("", description="Hinweiszeile über jeder Seite, etwa für Beispieldaten.")
    support_contact: str = Field("", description="An wen sich Mitarbeiter bei Fehlern wenden (Adresse oder Nummer).")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Ausführlichkeit des Protokolls."
    )

    oidc_issuer: str = Field(
        "",
        description="Anmeldung über das Firmenverzeichnis: Aussteller, bei Microsoft Entra "
        "https://login.microsoftonline.com/VERZEICHNIS-ID/v2.0. Leer = nur Anmeldelinks auf diesem Rechner.",
    )
    oidc_client_id: str = Field("", description="Anmeldung: Anwendungs-ID im Verzeichnis.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Anmeldung: Geheimnis der Anwendung.")
    oidc_tenants: str = Field(
        "",
        description="Anmeldung: zugelassene Verzeichnis-IDs (Anspruch tid), mit Komma getrennt; "
        "leer = der Aussteller allein entscheidet.",
    )
    oidc_role_claim: str = Field(
        "roles",
        description="Anmeldung: Anspruch im Token, in dem die Rollen stehen; "
        "leer = Rollen vergibt die Verwaltung unter „Mitglieder“, herein kommt nur, wer eingeladen ist.",
    )
    oidc_roles: str = Field(
        "",
        description="Anmeldung: welcher Wert welche Rolle ist (wert=Rolle), mit Komma getrennt; "
        "leer = die Werte heißen wie die Rollen: Mitarbeiter, Team-Lead, Admin, Management, Datenschutz.",
    )
    oidc_api_audience: str = Field(
        "",
        description="Schnittstelle: für wen Zugriffstoken des Verzeichnisses ausgestellt sein müssen (Anspruch aud), "
        "bei Entra die Anwendungs-ID der Schnittstelle. Leer = nur Dienst-Token.",
    )
    oidc_api_clients: str = Field(
        "",
        description="Schnittstelle: Programme, die mit Zugriffstoken rufen dürfen (Anspruch azp), mit Komma getrennt; "
        "leer = nur die Anwendung der Anmeldung.",
    )
    oidc_api_scope: str = Field(
        "Konversation.Einordnen",
        min_length=1,
        description="Schnittstelle: Berechtigung (Anspruch scp), mit der ein Programm im Namen eines Mitglieds ruft.",
    )

    graph_tenant: str = Field("", description="Microsoft 365: Verzeichnis-ID (Tenant). Leer = kein Microsoft 365.")
    graph_client_id: str = Field("", description="Microsoft 365: Anwendungs-ID (Client).")
    graph_client_secret: SecretStr = Field(
        SecretStr(""), description="Microsoft 365: Geheimnis; besser ein Zertifikat."
    )
    graph_certificate: Path | None = Field(None, description="Microsoft 365: PEM-Datei mit Schlüssel und Zertifikat.")
    graph_managed_identity: str = Field(
        "",
        description="Microsoft 365: verwaltete Identität statt Zertifikat und Geheimnis, nur auf Rechnern in Azure: "
        "system, oder die Client-ID einer zugewiesenen.",
    )
    graph_allow_mail_read: bool = Field(
        default=False,
        description="Microsoft 365: trotz eines Rechts wie Mail.Read arbeiten, das Texte öffnet. Jeder Start "
        "vermerkt es im Protokoll. Besser: das Recht in Entra entfernen.",
    )
    graph_outside: str = Field(
        "",
        description="Microsoft 365: ein Postfach, das verschlossen bleiben muss; `doctor` und `setup microsoft365` "
        "prüfen es.",
    )
    graph_authority: str = Field(
        "https://login.microsoftonline.com", description="Microsoft 365: Anmeldeserver der Cloud."
    )
    graph_base: str = Field(
        "https://graph.microsoft.com/v1.0", description="Microsoft 365: Adresse von Graph samt Fassung."
    )
    graph_mailboxes: str = Field("", description="Microsoft 365: gelesene Postfächer, mit Komma getrennt.")
    graph_poll_seconds: int = Field(60, ge=5, description="Microsoft 365: Abstand der Abrufe in Sekunden.")
    graph_history_days: int = Field(
        365, ge=0, description="Microsoft 365: ältere Nachrichten als so viele Tage bleiben ungelesen; 0 = alle lesen."
    )
    graph_notifications: bool = Field(
        default=False,
        description="Microsoft 365: sich über neue Post benachrichtigen lassen, statt nur nachzusehen. "
        "Braucht eine öffentliche Adresse mit https (POSTLOTSE_PUBLIC_URL).",
    )
    own_domains: str = Field("", description="Eigene Maildomains, mit Komma getrennt.")

    whatsapp_app_secret: SecretStr = Field(
        SecretStr(""),
        description="WhatsApp: App-Geheimnis; ohne es wird jeder Aufruf abgewiesen. Mehrere mit Komma beim Wechsel.",
    )
    whatsapp_verify_token: SecretStr = Field(
        SecretStr(""), description="WhatsApp: Prüfwort für das Einrichten des Webhooks."
    )
    whatsapp_numbers: str = Field("", description="WhatsApp: Nummern als phone_number_id=Name, mit Komma getrennt.")
    whatsapp_business_account: str = Field(
        "", pattern="^[0-9]{0,40}$", description="WhatsApp: Kennung des WhatsApp-Business-Kontos (WABA)."
    )
    whatsapp_token: SecretStr = Field(SecretStr(""), description="WhatsApp: Zugriffstoken. Leer = nur zuhören.")
    whatsapp_version: str = Field(
        "v25.0", pattern=r"^v\d{1,3}\.\d{1,2}$", description="WhatsApp: Fassung von Metas Graph API."
    )
    whatsapp_base: str = Field("https://graph.facebook.com", description="WhatsApp: Adresse von Metas Graph API.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment beats file; nothing else is read."""
        return init_settings, env_settings, dotenv_settings

    @field_validator("oidc_roles")
    @classmethod
    def _known_roles(cls, text: str) -> str:
        for part in names(text):
            if part.partition("=")[2].strip() not in set(Role):
                raise ValueError(f"{part}: rechts vom = muss eine Rolle stehen ({', '.join(Role)}).")
        return text

    @property
    def roles(self) -> dict[str, Role]:
        """What each value of the role claim means here."""
        told = dict(part.split("=", 1) for part in names(self.oidc_roles)) or {role.value: role.value for role in Role}
        return {value.strip(): Role(role.strip()) for value, role in told.items()}

    @property
    def roles_from_directory(self) -> bool:
        """Whether the directory says at each sign-in who has which role; otherwise Admins say it on the pages."""
        return bool(self.oidc_issuer and self.oidc_role_claim.strip())

    @property
    def sign_in_url(self) -> str:
        """Where the directory sends browsers back to; registered there, to the letter."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.public_url.rstrip('/') or f'http://{host}:{self.port}'}/anmelden/antwort"

    @property
    def notification_url(self) -> str:
        """Where Microsoft Graph is to call when mail changes; "" where polling alone has to do.

        A stand-in for Graph on this machine can call us without a public address.
        """
        if not self.graph_notifications:
            return ""
        if self.public_url.startswith("https://"):
            return self.public_url.rstrip("/") + GRAPH_HOOK
        return f"http://{self.host}:{self.port}{GRAPH_HOOK}" if self.graph_base.startswith("http://") else ""

    @property
    def url(self) -> str:
        """The database URL, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'postlotse.db').absolute()}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the pages; one-time login links exist only then."""
        return self.host in {"127.0.0.1", "::1", "localhost"} and not self.public_url


def names(text: str) -> tuple[str, ...]:
    """Split a comma list, leaving out blanks."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def call(*words: str, settings: str = "") -> str:
    """Return the line that calls a command of this installation: what a hint prints works when it is typed.

    `postlotse` alone where the shell finds this installation (directly or by deploy/postlotse); otherwise the path,
    from the current folder where that is shorter, with the file of settings that this process reads. `settings`
    names another file.
    """
    script = Path(sys.prefix) / "bin" / "postlotse"
    found = shutil.which("postlotse")
    file = settings or os.environ.get("POSTLOTSE_CONFIG", "")
    if found and not settings and _leads_to(Path(found), script):
        return shlex.join(("postlotse", *words))
    before = f"POSTLOTSE_CONFIG={shlex.quote(file)} " if file else ""
    if not script.exists():
        return before + shlex.join((sys.executable, "-m", "service.cli", *words))
    here = Path.cwd()
    return before + shlex.join((str(script.relative_to(here) if script.is_relative_to(here) else script), *words))


def _leads_to(found: Path, script: Path) -> bool:
    try:
        return found.samefile(script) or str(script) in found.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _from_files(environment: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name in Config.model_fields:
        path = environment.get(f"POSTLOTSE_{name.upper()}_FILE")
        if path:
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError:
                problems.append(f"POSTLOTSE_{name.upper()}_FILE: die Datei {path} ist nicht lesbar.")
    return values, problems


def _unreadable(path: str) -> list[str]:
    # A missing file would be taken for an empty one: the service would start with other settings than meant.
    try:
        if path:
            Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return [f"POSTLOTSE_CONFIG: die Datei {path} ist kein Text in UTF-8."]
    except OSError as error:
        return [f"POSTLOTSE_CONFIG: die Datei {path} ist nicht lesbar ({error.strerror})."]
    return []


def strangers() -> tuple[str, ...]:
    """Return the names POSTLOTSE_... in environment and file that are no setting: a slip of the pen does nothing."""
    file = os.environ.get("POSTLOTSE_CONFIG", "")
    named = {*os.environ, *(dotenv_values(file) if file and not _unreadable(file) else ())}
    known = {f"POSTLOTSE_{name.upper()}" for name in Config.model_fields} | {"POSTLOTSE_CONFIG", "POSTLOTSE_SHARED"}
    ours = {name for name in named if name.upper().startswith("POSTLOTSE_")}
    return tuple(sorted(name for name in ours if name.upper().removesuffix("_FILE") not in known))


def load(**overrides: Any) -> Config:
    """Read the configuration once. Raises ConfigInvalid with every problem at once."""
    environment = dict(os.environ)
    values, problems = _from_files(environment)
    problems += _unreadable(environment.get("POSTLOTSE_CONFIG", ""))
    if problems:
        raise ConfigInvalid(tuple(problems))
    try:
        config = Config(_env_file=environment.get("POSTLOTSE_CONFIG"), **{**values, **overrides})
    except ValidationError as error:
        raise ConfigInvalid(tuple(misread.problem(each) for each in error.errors())) from error
    return config
