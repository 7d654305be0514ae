"""Protect: the firm enters a works agreement about figures of small groups, or goes back to groups alone."""

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from service.domain.days import local_day
from service.domain.protection import Agreement
from service.errors import Invalid
from service.store import care, groups, settings
from service.turn import Turn

_LONGEST_NAME = 120
# An agreement is looked at again: it cannot be entered for good.
_LONGEST = timedelta(days=5 * 366)


def agree(turn: Turn, name: str, accounts: Iterable[int] | None, until: date | None) -> Agreement:
    """Enter an agreement: its name or number, what it covers (None = everything), its last day. It holds at once.

    Raises Invalid with a sentence per field. The setting's new version and the trail say who did it and when.
    """
    today = local_day(turn.now, ZoneInfo(settings.zone(turn)))
    covered = None if accounts is None else frozenset(accounts)
    problems = {}
    if not 1 <= len(name.strip()) <= _LONGEST_NAME or not name.strip().isprintable():
        problems["name"] = "Bitte die Nummer oder Bezeichnung der Vereinbarung eintragen."
    if covered is not None and not covered:
        problems["accounts"] = "Bitte sagen, für welche Postfächer und Nummern sie gilt."
    if until is None or not today <= until <= today + _LONGEST:
        problems["until"] = "Bitte das Ende eintragen: heute oder später, höchstens fünf Jahre."
    if problems or until is None:
        raise Invalid("Die Vereinbarung lässt sich so nicht eintragen.", problems)
    made = Agreement(name.strip(), None if covered is None else frozenset(care.known(turn, covered)), until)
    if made != groups.agreement(turn):
        groups.put_agreement(turn, made)
    return made


def withdraw(turn: Turn) -> None:
    """Go back to groups alone, from this moment on."""
    if groups.agreement(turn) is not None:
        groups.put_agreement(turn, None)
