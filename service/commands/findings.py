"""What the doctor says about one thing: fine, worth knowing, or broken, with what to do and a code."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How serious a finding is; only FEHLER makes the command fail."""

    OK = "ok"
    HINWEIS = "Hinweis"
    FEHLER = "Fehler"


# Every thing the doctor looks at, with the code that docs/betrieb/fehlercodes.md explains.
CODES = {
    "Python": "PL-9001",
    "Konfiguration": "PL-9002",
    "Datenordner": "PL-9003",
    "Speicherplatz": "PL-9004",
    "Datenbank": "PL-9005",
    "Stand der Datenbank": "PL-9006",
    "Sicherheit der Datenbank": "PL-9007",
    "Unversehrtheit": "PL-9008",
    "Protokoll von PostgreSQL": "PL-9009",
    "Uhr": "PL-9010",
    "Microsoft 365": "PL-9011",
    "WhatsApp": "PL-9012",
    "Konten": "PL-9013",
    "Eingang der Webhooks": "PL-9014",
    "Hintergrundarbeit": "PL-9015",
    "Modell": "PL-9016",
    "Port": "PL-9017",
    "Öffentliche Adresse": "PL-9018",
    "Sicherung": "PL-9019",
    "Anmeldung": "PL-9020",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `text` names no address and no person, so that it can be passed on to support."""

    about: str
    level: Level
    text: str

    @property
    def code(self) -> str:
        """The code of the thing looked at; "" when all is well."""
        return "" if self.level is Level.OK else CODES[self.about]


def fine(about: str, text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(about, Level.OK, text)


def note(about: str, text: str) -> Finding:
    """Return a finding that a person should know."""
    return Finding(about, Level.HINWEIS, text)


def fault(about: str, text: str) -> Finding:
    """Return a finding that a person has to mend."""
    return Finding(about, Level.FEHLER, text)
