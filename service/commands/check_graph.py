"""What is found out about Microsoft 365 by asking it: sign-in, rights, mailboxes, and what is only nice to have."""

from collections.abc import Iterator

from connectors.errors import ConnectorError, Refused, TooWide
from connectors.graph import clouds, rights
from connectors.graph.opening import open_client
from connectors.graph.probe import Probe
from service.commands.findings import Finding, fault, fine, note
from service.config import Config, names

ABOUT = "Microsoft 365"
# So many mailboxes are asked whether they let us in; the worker finds out about the others.
_MOST = 50
# So many received mails without one sent mail are no accident.
_TELLING = 20


def examine(config: Config) -> Iterator[Finding]:
    """Yield what every check says; mailboxes are named by their place in the setting, never by address."""
    try:
        name = clouds.check(config.graph_authority, config.graph_base)
        probe = Probe(open_client(config))
    except Refused as error:
        yield fault(ABOUT, str(error))
        return
    yield fine(ABOUT, f"Cloud: {name or 'eigene Adressen'}")
    try:
        yield from _ask(config, probe)
    except ConnectorError as error:
        yield fault(ABOUT, f"{error} [{error.code}]")
    finally:
        probe.close()


def _ask(config: Config, probe: Probe) -> Iterator[Finding]:
    try:
        roles = probe.roles()
    except TooWide as error:
        yield fault(ABOUT, f"{error} [{error.code}]")
        return
    yield fine(ABOUT, "Anmeldung gelingt")
    yield from judge_roles(roles)
    open_boxes = []
    for number, address in enumerate(names(config.graph_mailboxes)[:_MOST], 1):
        found = _mailbox(probe, number, address)
        if found.code == "":
            open_boxes.append((number, address))
        yield found
    yield _outside(config, probe)
    if open_boxes:
        yield from _contents(config, probe, open_boxes[0][1])
    for number, address in open_boxes:
        yield from _copies(probe, number, address)
    yield from _optional(config, probe)


def judge_roles(roles: frozenset[str]) -> Iterator[Finding]:
    """Say what the rights in the token mean; those from Exchange do not stand there."""
    wide, unlimited = sorted(roles & rights.CONTENT), sorted(roles & rights.UNLIMITED)
    if wide:
        yield note(
            ABOUT,
            f"{', '.join(wide)} öffnet Texte von Mails. Postlotse arbeitet nur weiter, weil "
            "POSTLOTSE_GRAPH_ALLOW_MAIL_READ gesetzt ist; jeder Start vermerkt es.",
        )
    if unlimited:
        yield fault(
            ABOUT,
            f"{', '.join(unlimited)} aus Entra gilt für alle Postfächer der Firma und hebt die Begrenzung auf. Dort "
            "entfernen; das Recht kommt aus Exchange.",
        )
    if not wide and not unlimited:
        yield fine(ABOUT, "kein Recht auf Mails aus Entra; es zählt allein das begrenzte aus Exchange")


def _mailbox(probe: Probe, number: int, address: str) -> Finding:
    shown = f"Postfach {number} der Einstellung"
    try:
        if probe.is_open(address):
            return fine(ABOUT, f"{shown} ist lesbar")
    except Refused as error:
        return fault(ABOUT, f"{shown}: {error} Schreibweise und Lizenz prüfen. [{error.code}]")
    return fault(
        ABOUT,
        f"{shown} ist verschlossen. Ist es direktes Mitglied der Gruppe? Änderungen wirken bei Microsoft oft erst "
        "nach ein bis zwei Stunden. [PL-2009]",
    )


def _outside(config: Config, probe: Probe) -> Finding:
    if not config.graph_outside:
        return note(ABOUT, "Ob die Begrenzung gilt, ist nicht geprüft: POSTLOTSE_GRAPH_OUTSIDE nennt kein Postfach.")
    try:
        is_open = probe.is_open(config.graph_outside)
    except Refused as error:
        return note(ABOUT, f"Das Postfach außerhalb gibt es nicht; bitte ein anderes eintragen. [{error.code}]")
    if is_open:
        return fault(
            ABOUT,
            "Das Postfach außerhalb ist lesbar: die Begrenzung gilt nicht. Rechte der Anwendung in Entra entfernen und "
            "die Zuweisung in Exchange mit -CustomResourceScope anlegen.",
        )
    return fine(ABOUT, "ein Postfach außerhalb der Gruppe bleibt verschlossen")


def _contents(config: Config, probe: Probe, address: str) -> Iterator[Finding]:
    newest = probe.newest(address)
    if not newest:
        yield note(ABOUT, "Ob Texte verschlossen sind, zeigt sich erst mit der ersten Mail.")
    elif probe.gives_text(address, newest):
        wide = note if config.graph_allow_mail_read else fault
        yield wide(ABOUT, "Texte von Mails wären lesbar. In Exchange die Rolle „Application Mail.ReadBasic“ zuweisen.")
    else:
        yield fine(ABOUT, "Texte von Mails gibt Microsoft nicht heraus")
    headers = probe.gives_headers(address)
    if headers is None:
        yield note(ABOUT, "Ob Kopfzeilen kommen, zeigt sich erst mit der ersten Mail.")
    elif headers:
        yield fine(ABOUT, "Kopfzeilen kommen; Massenpost und Abwesenheitsnotizen werden daran erkannt")
    else:
        yield note(ABOUT, "Kopfzeilen kommen nicht. Gefälschte Absender sind so nicht zu erkennen.")


def _copies(probe: Probe, number: int, address: str) -> Iterator[Finding]:
    """Say what the sent items tell about copies of replies; whether the switch is on only PowerShell knows."""
    received, sent = probe.counts(address)
    if sent and probe.sent_by_others(address):
        yield fine(ABOUT, f"In Postfach {number} liegen Antworten von Kollegen")
    elif received >= _TELLING and not sent:
        yield note(
            ABOUT,
            f"In Postfach {number} liegt keine einzige gesendete Mail. Ist es ein gemeinsames, fehlen die Kopien: "
            "Set-Mailbox POSTFACH -MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true",
        )


def _optional(config: Config, probe: Probe) -> Iterator[Finding]:
    domains = probe.domains()
    if domains is None:
        yield fine(ABOUT, "ohne Domain.Read.All: eigene Domains kommen aus POSTLOTSE_OWN_DOMAINS")
    else:
        missing = sorted(set(domains) - {name.lower() for name in names(config.own_domains)})
        told = f"; in POSTLOTSE_OWN_DOMAINS fehlen: {', '.join(missing)}" if config.own_domains and missing else ""
        yield (note if told else fine)(ABOUT, f"eigene Domains laut Verzeichnis: {len(domains)}{told}")
    boxes = names(config.graph_mailboxes)
    away = probe.away(boxes[0]) if boxes else None
    if away is None:
        yield fine(ABOUT, "ohne MailboxSettings.Read: Abwesenheiten tragen die Mitarbeiter selbst ein")
    else:
        yield fine(ABOUT, "automatische Antworten sind lesbar; sie gelten als Abwesenheit")
