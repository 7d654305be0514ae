"""What is found out about WhatsApp by asking Meta: token, rights, numbers, webhook, fields, whether we are heard."""

import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import requests

from connectors import registry
from connectors.cloud import Cloud
from connectors.errors import ConnectorError
from connectors.whatsapp import account
from connectors.whatsapp.client import Client
from service.commands import setup_whatsapp
from service.commands.findings import Finding, fault, fine, note
from service.config import Config, call, names

ABOUT = "WhatsApp"
_RIGHTS = ("whatsapp_business_management", "whatsapp_business_messaging")
# When Meta switches a version of its Graph API off (its changelog, "Available API versions").
_ENDS = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
_SOON = timedelta(days=90)
_SECONDS = 10
# A number that nobody wrote to for so long is worth a look; more often it is a webhook that went missing.
_QUIET = timedelta(days=7)


def asked(config: Config, today: date) -> Iterator[Finding]:
    """Yield what Meta says where there is a token to ask with; without one that this is so."""
    if config.whatsapp_token.get_secret_value():
        yield from examine(config, today)
    else:
        yield note(ABOUT, "Ohne POSTLOTSE_WHATSAPP_TOKEN sind Konto, Nummern und Webhook bei Meta nicht geprüft.")


def examine(config: Config, today: date) -> Iterator[Finding]:
    """Yield what every check says; numbers are named by their place in the setting."""
    yield judge_version(config.whatsapp_version, today)
    try:
        cloud = registry.open_cloud(config)
        app_id = account.app(cloud)
        yield fine(ABOUT, "das Zugriffstoken gilt")
        yield judge_rights(account.rights(cloud))
        if config.whatsapp_business_account:
            yield from _account(config, cloud, app_id)
        else:
            yield fault(ABOUT, "POSTLOTSE_WHATSAPP_BUSINESS_ACCOUNT fehlt; ohne es lässt sich das Konto nicht prüfen.")
        yield from _hook(config, app_id)
    except ConnectorError as error:
        yield fault(ABOUT, f"{error} [{error.code}]")


def subscribe(config: Config) -> Finding:
    """Have our app told of everything that concerns the account. Raises ConnectorError."""
    registry.open_cloud(config).post(f"{config.whatsapp_business_account}/subscribed_apps", {})
    return fine(ABOUT, "die App ist für das Konto angemeldet")


def judge_version(version: str, today: date) -> Finding:
    """Say how long Meta answers in this version; versions that are newer than this program are taken as they are."""
    ends = _ENDS.get(version)
    if ends is None and version.startswith("v1"):
        ends = date.min
    if ends is None or ends - today > _SOON:
        return fine(ABOUT, f"Fassung {version} der Graph API")
    text = (
        f"Fassung {version} der Graph API endet am {ends:%d.%m.%Y}"
        if ends > today
        else f"Fassung {version} gibt es nicht mehr"
    )
    said = f"{text}. Neuere eintragen: POSTLOTSE_WHATSAPP_VERSION."
    return note(ABOUT, said) if ends > today else fault(ABOUT, said)


def judge_rights(rights: frozenset[str]) -> Finding:
    """Compare the rights of the token with what is needed."""
    missing = [right for right in _RIGHTS if right not in rights]
    if missing:
        return fault(ABOUT, f"Dem Zugriffstoken fehlt: {', '.join(missing)}. Im Business-Manager neu erzeugen.")
    return fine(ABOUT, "das Token hat beide Rechte")


def _account(config: Config, cloud: Cloud, app_id: str) -> Iterator[Finding]:
    there = {number.id for number in account.numbers(cloud, config.whatsapp_business_account)}
    ours = setup_whatsapp.numbers(config)
    for place, number in enumerate(ours, 1):
        if number not in there:
            yield fault(
                ABOUT,
                f"Nummer {place} der Einstellung gehört nicht zu diesem Konto. Es muss die phone_number_id sein, nicht "
                "die Telefonnummer.",
            )
    others = there - set(ours)
    if others:
        yield note(ABOUT, f"{len(others)} Nummern des Kontos stehen nicht in POSTLOTSE_WHATSAPP_NUMBERS.")
    elif there == set(ours):
        yield fine(ABOUT, f"alle {len(there)} Nummern des Kontos werden gelesen")
    if app_id in account.subscribed(cloud, config.whatsapp_business_account):
        yield fine(ABOUT, "die App ist für das Konto angemeldet")
    else:
        yield fault(
            ABOUT,
            "Die App ist für das Konto nicht angemeldet; es kommt nichts an. Abhilfe: "
            f"{call('setup', 'whatsapp', '--subscribe')}",
        )


def _hook(config: Config, app_id: str) -> Iterator[Finding]:
    """Ask with the token of the app itself; the newest secret stands first or last while it changes, so try each."""
    hook = None
    for secret in names(config.whatsapp_app_secret.get_secret_value()):
        try:
            client = Client(config.whatsapp_base, config.whatsapp_version, f"{app_id}|{secret}")
            hook = account.hook(client, app_id)
        except ConnectorError:
            continue
        break
    if hook is None:
        yield fault(ABOUT, "Das App-Geheimnis gehört nicht zu dieser App; jeder Aufruf von Meta würde abgewiesen.")
        return
    yield fine(ABOUT, "das App-Geheimnis gehört zur App")
    yield from judge_hook(hook, setup_whatsapp.address(config) if config.public_url else "")


def judge_hook(hook: account.Hook, address: str) -> Iterator[Finding]:
    """Compare the webhook at Meta with what it has to be."""
    if not hook.address or not hook.active:
        yield fault(ABOUT, "Bei Meta ist kein Webhook eingetragen (App > WhatsApp > Konfiguration).")
        return
    if address and hook.address != address:
        yield fault(ABOUT, f"Der Webhook bei Meta zeigt woandershin als auf {address}.")
    missing = sorted(setup_whatsapp.NEEDED - hook.fields)
    if missing:
        yield fault(ABOUT, f"Diese Felder sind nicht abonniert, Zahlen werden dadurch falsch: {', '.join(missing)}.")
    wished = sorted(set(setup_whatsapp.FIELDS) - setup_whatsapp.NEEDED - hook.fields)
    if wished:
        yield note(ABOUT, f"Nicht abonniert: {', '.join(wished)}.")
    if setup_whatsapp.FORBIDDEN in hook.fields:
        yield fault(
            ABOUT,
            f"{setup_whatsapp.FORBIDDEN} ist abonniert: Meta schickt damit das Adressbuch des Telefons. Postlotse "
            "verwirft es; bitte bei Meta abbestellen.",
        )
    if not missing and not wished:
        yield fine(ABOUT, "alle Felder sind abonniert")


def call_ourselves(config: Config) -> Finding:
    """Call our own webhook from outside as Meta does when it is entered."""
    if not config.public_url:
        return note(ABOUT, "POSTLOTSE_PUBLIC_URL ist leer; ob Meta uns erreicht, ist nicht geprüft.")
    word, challenge = config.whatsapp_verify_token.get_secret_value(), secrets.token_hex(8)
    asked = {"hub.mode": "subscribe", "hub.verify_token": word, "hub.challenge": challenge}
    try:
        answer = requests.get(setup_whatsapp.address(config), asked, timeout=_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        # Only its kind: the text of the error holds the address with the word in it.
        return fault(ABOUT, f"Der Webhook ist von hier aus nicht zu erreichen ({type(error).__name__}).")
    if answer.status_code == requests.codes.ok and answer.text == challenge:
        return fine(ABOUT, "der Webhook antwortet auf das Prüfwort")
    return fault(
        ABOUT,
        f"Der Webhook antwortet mit {answer.status_code}. Läuft Postlotse mit diesen Einstellungen, und reicht der "
        "Webserver davor /webhooks/whatsapp durch?",
    )


def judge_heard(heard: dict[int, datetime | None], now: datetime) -> Iterator[Finding]:
    """Say when a genuine webhook last came for each number, by the number of its account here."""
    for account_id, at in sorted(heard.items()):
        shown = f"Konto {account_id}"
        if at is None:
            yield note(
                ABOUT, f"{shown}: noch kein signierter Aufruf von Meta. {call('setup', 'whatsapp')} prüft, warum."
            )
        elif now - at > _QUIET:
            yield note(ABOUT, f"{shown}: seit {(now - at).days} Tagen kein signierter Aufruf von Meta.")
        else:
            yield fine(ABOUT, f"{shown}: letzter signierter Aufruf {at:%d.%m.%Y %H:%M} UTC")
