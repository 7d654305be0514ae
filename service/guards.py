"""Who may do what, in one matrix (right x role -> none, own, all); declared on every view, checked before it runs.

A right says what a role may do; how far "own" goes says store/reach.py. docs/dev/rechte.md is made from here, and a
test walks every route with every role, on own, foreign and missing objects.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g

from models.terms import Role
from service.errors import NotAllowed, NotSignedIn

P = ParamSpec("P")
R = TypeVar("R")


class Extent(StrEnum):
    """How far a right goes: not at all, over what is one's own (store/reach.py), or over everything of the firm."""

    KEIN = "kein"
    EIGENE = "eigene"
    ALLE = "alle"


@dataclass(frozen=True, slots=True, eq=False)
class Right:
    """A line of the matrix: its German name, what it allows, and for each role how far. `role in right` asks it."""

    name: str
    what: str
    extents: Mapping[Role, Extent]

    def __contains__(self, role: object) -> bool:
        return isinstance(role, Role) and self.extents[role] is not Extent.KEIN

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles that have this right, however far."""
        return frozenset(role for role in Role if role in self)


def _right(name: str, what: str, letters: str) -> Right:
    """Return a line of the matrix from one letter per role, in the order of `Role`: - (kein), e (eigene), a (alle)."""
    meaning = {"-": Extent.KEIN, "e": Extent.EIGENE, "a": Extent.ALLE}
    extents = (meaning[letter] for letter in letters.split())
    return Right(name, what, dict(zip(Role, extents, strict=True)))


# Mitarbeiter, Team-Lead, Admin, Management, Datenschutz.
EVERY_ROLE = _right("Eigenes", "Startseite, Hilfe, eigenes Profil", "e e e e e")
SESSIONS = _right("Sitzungen", "angemeldete Browser sehen und abmelden", "e e a e e")
READ = _right("Lesen", "Konversationen, Parteien und Postfächer sehen", "e e a a a")
# Who does the daily work: classifies, finishes, archives, enters parties (S4.49, S4.50).
WORK = _right("Arbeiten", "einordnen, abschließen, zuweisen, Parteien anlegen", "e e a - -")
# Who sees figures of mailboxes; the data protection officer has no need of them (purpose limitation, S4.99).
FIGURES = _right("Kennzahlen", "Kennzahlen der Firma und der Postfächer sehen", "e e a a -")
# Who sees how the firm has set Postlotse up, and who changes it.
SETTINGS = _right("Einrichtung sehen", "Einstellungen, Mitglieder und Teams sehen", "- a a a a")
CHANGE_SETTINGS = _right("Einrichtung ändern", "Einstellungen, Mitglieder, Teams, Postfächer ändern", "- - a - -")
# Who goes through weeks and months for the firm, and closes them (S4.50, S4.97).
REVIEWS = _right("Reviews", "Freitag- und Monatsreview führen, Monate abschließen", "- e a - -")
TOKENS = _right("Dienst-Token", "Token für andere Programme anlegen und sperren", "- - a - -")

# Who sees how the classifier does and by which rules, and who steers it (rules, steps, models).
CLASSIFIER = _right("Klassifikator sehen", "Zahlen des Klassifikators, Regeln und Unstimmigkeiten sehen", "- a a a a")
STEER = _right("Klassifikator steuern", "Regeln, Stufen und Modelle ändern", "- - a - -")
# Only the management answers for how the firm classifies (S4.52).
WRITE_RULEBOOK = _right("Regelbuch schreiben", "eine neue Fassung des Regelbuchs schreiben", "- - a a -")
APPROVE_RULEBOOK = _right("Regelbuch freigeben", "eine Fassung des Regelbuchs freigeben", "- - - a -")
# Who answers over WhatsApp from here, and who keeps the templates (S4.51, S4.76).
SEND = _right("Senden", "über WhatsApp antworten, sobald die Verwaltung es eingeschaltet hat", "e e a - -")
TEMPLATES = _right("Vorlagen pflegen", "WhatsApp-Vorlagen schreiben und einreichen, Senden einschalten", "- - a - -")

MATRIX = (
    EVERY_ROLE,
    SESSIONS,
    READ,
    WORK,
    FIGURES,
    SETTINGS,
    CHANGE_SETTINGS,
    TOKENS,
    REVIEWS,
    CLASSIFIER,
    STEER,
    WRITE_RULEBOOK,
    APPROVE_RULEBOOK,
    SEND,
    TEMPLATES,
)

# What every view function carries: a Right or PUBLIC; views of the API also the scope that programs need, and whether
# a browser with a session may call them.
ATTRIBUTE = "postlotse_needs"
SCOPE = "postlotse_scope"
BY_SESSION = "postlotse_session"
PUBLIC = "öffentlich"


def needs(right: Right) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare that a view is for signed-in members whose role has `right`.

    The view raises NotSignedIn without a session and NotAllowed for another role.
    """

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            ask(right)
            return view(*args, **kwargs)

        setattr(guarded, ATTRIBUTE, right)
        return guarded

    return declare


def ask(right: Right) -> None:
    """Raise NotSignedIn when nobody acts in this request, and NotAllowed when the role lacks `right`."""
    actor = g.get("actor")
    if actor is None or actor.role is None:
        raise NotSignedIn("Bitte melden Sie sich an.")
    if actor.role not in right:
        raise NotAllowed(f"Ihre Rolle ({actor.role.value}) darf das nicht.")


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Declare that a view is for anybody, signed in or not; it shows nothing of the firm."""
    setattr(view, ATTRIBUTE, PUBLIC)
    return view
