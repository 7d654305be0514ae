"""`postlotse setup`: leads an admin through what has to be set up outside Postlotse, and checks it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import click

from connectors import registry
from connectors.errors import ConnectorError
from service import config as configuration
from service.clock import SystemClock
from service.commands import login_link
from service.config import Config, names
from service.errors import Invalid


@click.group()
def command() -> None:
    """Führt durch Einrichtungen außerhalb von Postlotse und prüft sie."""


@command.command("sign-in")
@click.option("--offline", is_flag=True, help="Nur die Schritte und Einstellungen, ohne Fragen über das Netz.")
def sign_in(offline: bool) -> None:
    """Anmeldung über das Firmenverzeichnis: Schritte und Prüfung. Rückgabewert 1, wenn etwas zu tun ist."""
    config = configuration.load()
    for number, step in enumerate(steps(config), 1):
        click.echo(f"{number}. {step}\n")
    problems = tuple(settings_problems(config))
    for problem in problems:
        click.echo(f"FEHLT    {problem}")
    if problems:
        raise SystemExit(1)
    click.echo("OK       Einstellungen vollständig")
    if not offline:
        _ask(config)


@command.command("microsoft365")
@click.option("--offline", is_flag=True, help="Nur die Schritte und Einstellungen, ohne Fragen über das Netz.")
@click.option("--check", is_flag=True, help="Nur prüfen, ohne die Schritte zu zeigen.")
def microsoft365(offline: bool, check: bool) -> None:
    """Postfächer von Microsoft 365: Schritte und Prüfung. Rückgabewert 1, wenn etwas zu tun ist."""
    # Loaded here: the libraries of Microsoft are heavy, and the sign-in needs none of them.
    from service.commands import check_graph, check_machine, setup_microsoft365
    from service.commands.findings import Level

    config = configuration.load()
    for number, step in enumerate(() if check else setup_microsoft365.steps(config), 1):
        click.echo(f"{number}. {step}\n")
    found = [check_machine.graph(config)]
    if not config.graph_tenant:
        click.echo("FEHLT    POSTLOTSE_GRAPH_TENANT ist leer (Schritt 1).")
        raise SystemExit(1)
    if not offline and found[0].level is not Level.FEHLER:
        found += check_graph.examine(config)
    for finding in found:
        click.echo(f"{finding.level.upper():8} {finding.text}")
    if any(finding.level is Level.FEHLER for finding in found):
        raise SystemExit(1)


@command.command("whatsapp")
@click.option("--offline", is_flag=True, help="Nur die Schritte und Einstellungen, ohne Fragen über das Netz.")
@click.option("--check", is_flag=True, help="Nur prüfen, ohne die Schritte zu zeigen.")
@click.option("--subscribe", is_flag=True, help="Die App für das Konto anmelden, dann prüfen.")
def whatsapp(offline: bool, check: bool, subscribe: bool) -> None:
    """WhatsApp: Schritte bei Meta und Prüfung. Rückgabewert 1, wenn etwas zu tun ist."""
    from service.commands import check_machine, check_whatsapp, setup_whatsapp
    from service.commands.findings import Level, fault

    config = configuration.load()
    for number, step in enumerate(() if check or subscribe else setup_whatsapp.steps(config), 1):
        click.echo(f"{number}. {step}\n")
    found = [check_machine.whatsapp(config)]
    ready = bool(config.whatsapp_app_secret.get_secret_value()) and found[0].level is not Level.FEHLER
    if not ready:
        found[0] = fault(check_whatsapp.ABOUT, found[0].text)
    elif subscribe:
        try:
            found.append(check_whatsapp.subscribe(config))
        except ConnectorError as error:
            found.append(fault(check_whatsapp.ABOUT, f"{error} [{error.code}]"))
    if ready and not offline:
        found.append(check_whatsapp.call_ourselves(config))
        found += check_whatsapp.asked(config, SystemClock().now().date())
    for finding in found:
        click.echo(f"{finding.level.upper():8} {finding.text}")
    if any(finding.level is Level.FEHLER for finding in found):
        raise SystemExit(1)


def _ask(config: Config) -> None:
    try:
        found = registry.open_directory(config).examine(SystemClock().now())
    except ConnectorError as error:
        click.echo(f"FEHLER   {error} [{error.code}]")
        raise SystemExit(1) from error
    for line in found:
        click.echo(f"OK       {line}")
    click.echo("Zum Schluss selbst anmelden: nur so zeigt sich, ob Rollen und Zuweisung stimmen.")
    try:
        link = login_link.first_link(config)
    except Invalid:
        return  # an Admin has come in already
    click.echo(
        f"\nErste Verwaltung: Wer diesen Link öffnet und sich anmeldet, verwaltet Postlotse (einmal, 7 Tage):\n{link}"
    )


def steps(config: Config) -> Iterator[str]:
    """Yield what to do in Microsoft Entra, word by word, with the values of this installation."""
    yield (
        "Microsoft Entra Admin Center > App-Registrierungen > Neue Registrierung: Name „Postlotse Anmeldung“,\n"
        "   „Nur Konten in diesem Organisationsverzeichnis“, Umleitungs-URI vom Typ „Web“ (nicht SPA), genau so:\n"
        f"   {config.sign_in_url}"
    )
    yield (
        "Übersicht: „Anwendungs-ID (Client)“ nach POSTLOTSE_OIDC_CLIENT_ID; mit der „Verzeichnis-ID (Mandant)“:\n"
        "   POSTLOTSE_OIDC_ISSUER=https://login.microsoftonline.com/VERZEICHNIS-ID/v2.0\n"
        "   POSTLOTSE_OIDC_TENANTS=VERZEICHNIS-ID"
    )
    yield (
        "Zertifikate & Geheimnisse > Neuer geheimer Clientschlüssel: den „Wert“ in eine Datei, die nur Postlotse\n"
        "   liest, und ihren Pfad nach POSTLOTSE_OIDC_CLIENT_SECRET_FILE. Das Ablaufdatum in den Kalender."
    )
    roles = "\n".join(f"   - Wert {value} (in Postlotse: {role})" for value, role in config.roles.items())
    yield f"App-Rollen > App-Rolle erstellen, Mitgliedstyp „Benutzer/Gruppen“, je eine mit diesem Wert:\n{roles}"
    yield (
        "Unternehmensanwendungen > Postlotse Anmeldung > Eigenschaften: „Zuweisung erforderlich?“ auf Ja.\n"
        "   Dann Benutzer und Gruppen > Benutzer/Gruppe hinzufügen: jeder Person oder Gruppe eine Rolle."
    )
    yield "Postlotse neu starten und diesen Befehl noch einmal aufrufen: er prüft dann Einstellungen und Verzeichnis."


def settings_problems(config: Config) -> Iterator[str]:
    """Yield what the settings lack, one sentence each."""
    if not config.oidc_issuer:
        yield "POSTLOTSE_OIDC_ISSUER ist leer (Schritt 2)."
    if not config.oidc_client_id:
        yield "POSTLOTSE_OIDC_CLIENT_ID ist leer (Schritt 2)."
    if not config.is_loopback:
        yield from _address_problems(config)


def _address_problems(config: Config) -> Iterator[str]:
    parts = urlsplit(config.sign_in_url)
    if parts.scheme != "https":
        yield "POSTLOTSE_PUBLIC_URL muss mit https:// beginnen; das Verzeichnis schickt niemanden auf offene Wege."
    if parts.hostname not in names(config.trusted_hosts):
        yield f"{parts.hostname} fehlt in POSTLOTSE_TRUSTED_HOSTS."
    if not config.oidc_client_secret.get_secret_value():
        yield "POSTLOTSE_OIDC_CLIENT_SECRET ist leer (Schritt 3)."
