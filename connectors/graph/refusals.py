"""What the sign-in server of Microsoft means by its numbers (AADSTS...), and what an admin does about each.

Source: learn.microsoft.com/entra/identity-platform/reference-error-codes. Numbers may change there; one that is not in
the table still becomes a state with its number.
"""

import re
from typing import Any

from connectors.errors import ConnectorError, SignInNeeded, Unreachable

# Failures of the sign-in server that pass by themselves; everything else needs a person.
_PASSING = frozenset({"temporarily_unavailable", "server_error", "throttled"})
_PASSING_NUMBERS = frozenset({90033, 90006, 90020, 50196, 90055})
_NUMBER = re.compile(r"AADSTS(\d{4,9})")

# Cause -> what it is and what to do, for an admin.
ADVICE: dict[str, str] = {
    "secret": "Das Geheimnis der Anwendung stimmt nicht. Gefragt ist der „Wert“, nicht die „Geheimnis-ID“.",
    "secret_expired": "Das Geheimnis der Anwendung ist abgelaufen. Ein neues eintragen, besser ein Zertifikat.",
    "certificate": "Das Zertifikat passt nicht zur Anwendung oder ist abgelaufen. In der App-Registrierung muss das "
    "Zertifikat liegen, dessen Schlüssel hier eingetragen ist.",
    "credential": "Es ist weder Zertifikat noch Geheimnis eingetragen, oder die Anwendung gilt dort als öffentlich.",
    "clock": "Die Uhr dieses Rechners geht falsch, darum gilt die Unterschrift nicht. Prüfen: timedatectl status",
    "client": "Die Anwendung gibt es in diesem Verzeichnis nicht. Anwendungs-ID und Verzeichnis-ID vergleichen.",
    "principal": "Die Anwendung hat in diesem Verzeichnis keine Unternehmensanwendung. Sie dort anlegen.",
    "disabled": "Die Anwendung ist abgeschaltet. Unternehmensanwendungen > Eigenschaften > Aktiviert: Ja.",
    "tenant": "Das Verzeichnis gibt es in dieser Cloud nicht. Verzeichnis-ID und Anmeldeserver prüfen.",
    "account": "Das Konto gibt es im Verzeichnis nicht. Postlotse meldet sich als Anwendung an: IDs prüfen.",
    "resource": "Dieses Verzeichnis kennt das eingetragene Graph nicht. Anmeldeserver und Adresse von Graph müssen zur "
    "selben Cloud gehören.",
    "consent": "Der Anwendung fehlt die Zustimmung eines Administrators.",
    "policy": "Eine Richtlinie für bedingten Zugriff sperrt die Anwendung. Sie oder diesen Rechner dort ausnehmen.",
    "identity": "Auf diesem Rechner gibt es keine verwaltete Identität, oder sie ist eine andere.",
    "token": "Der Anmeldeserver gibt kein Zugriffstoken heraus.",
}

_CAUSES: dict[int, str] = {
    7000215: "secret",
    7000222: "secret_expired",
    7000216: "credential",
    7000218: "credential",
    700025: "credential",
    70002: "credential",
    700027: "certificate",
    700030: "certificate",
    1000502: "certificate",
    50012: "certificate",
    700024: "clock",
    700016: "client",
    7000229: "principal",
    500014: "disabled",
    7000112: "disabled",
    7000115: "disabled",
    90002: "tenant",
    900023: "tenant",
    900021: "tenant",
    50059: "tenant",
    50034: "account",
    50057: "account",
    500011: "resource",
    70011: "resource",
    50001: "resource",
    900382: "resource",
    65001: "consent",
    650052: "consent",
    501051: "consent",
    53003: "policy",
    530032: "policy",
    530035: "policy",
    700211: "identity",
    700212: "identity",
    700213: "identity",
}


def refusal(answer: Any) -> ConnectorError:
    """Return the error that an answer of msal without a token means; texts of the server are never quoted."""
    told = answer if isinstance(answer, dict) else {}
    number = number_of(told)
    shown = f" (AADSTS{number})" if number else ""
    if told.get("error") in _PASSING or number in _PASSING_NUMBERS:
        return Unreachable(f"Der Anmeldeserver von Microsoft ist gerade überlastet{shown}.", 60.0)
    return sign_in_needed(_CAUSES.get(number, "token"), shown)


def sign_in_needed(why: str, shown: str = "") -> SignInNeeded:
    """Return the state of a cause of `ADVICE`; `shown` is appended to say by which number."""
    return SignInNeeded(f"Anmeldung nötig: {ADVICE[why]}{shown}", why)


def number_of(told: dict[str, Any]) -> int:
    """Return the number of a refusal, from its list or from its text; 0 for none."""
    codes = told.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    found = _NUMBER.search(str(told.get("error_description", ""))[:500])
    return int(found[1]) if found else 0
