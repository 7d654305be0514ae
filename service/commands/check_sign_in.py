"""What the doctor finds out about sign-in by the firm's directory and about access tokens: settings, then answers."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors import registry
from connectors.errors import ConnectorError
from service.clock import SystemClock
from service.commands.findings import Finding, fault, fine, note
from service.config import Config, call, names

_ABOUT = "Anmeldung"
_GUIDE = "Anleitung: docs/betrieb/anmeldung.md"


def settings(config: Config) -> Finding:
    """Check that the settings of the sign-in are complete and fit each other; nothing is sent."""
    if not config.oidc_issuer:
        if config.oidc_client_id or config.oidc_api_audience:
            return fault(_ABOUT, f"POSTLOTSE_OIDC_ISSUER fehlt; ohne ihn wirkt keine der übrigen. {_GUIDE}")
        return fine(_ABOUT, "nur Anmeldelinks auf diesem Rechner")
    missing = tuple(_missing(config))
    if missing:
        return fault(_ABOUT, f"{'; '.join(missing)}. {_GUIDE}")
    if config.oidc_api_audience and not names(config.oidc_api_clients):
        return note(
            _ABOUT,
            "POSTLOTSE_OIDC_API_CLIENTS ist leer: Zugriffstoken gelten nur von der Anwendung der Anmeldung selbst.",
        )
    return fine(_ABOUT, "eingerichtet" + (", Zugriffstoken zugelassen" if config.oidc_api_audience else ""))


def _missing(config: Config) -> Iterator[str]:
    if not config.oidc_client_id:
        yield "POSTLOTSE_OIDC_CLIENT_ID fehlt"
    if not config.is_loopback and urlsplit(config.sign_in_url).scheme != "https":
        yield "die Adresse, zu der das Verzeichnis zurückschickt, beginnt nicht mit https:// (POSTLOTSE_PUBLIC_URL)"
    if config.oidc_api_audience and config.oidc_api_audience == config.oidc_client_id:
        yield (
            "POSTLOTSE_OIDC_API_AUDIENCE ist die Anwendung der Anmeldung; für die Schnittstelle gehört eine eigene "
            "Anwendung angelegt"
        )


def directory(config: Config) -> Iterator[Finding]:
    """Ask the directory: does it answer, is it the issuer that is configured, does it name keys."""
    if not config.oidc_issuer:
        return
    try:
        found = registry.open_directory(config).examine(SystemClock().now())
    except ConnectorError as error:
        yield fault(_ABOUT, f"{error} [{error.code}] Prüfen: {call('setup', 'sign-in')}")
        return
    for line in found:
        yield fine(_ABOUT, line)
