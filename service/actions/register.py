"""Register: a new company or person becomes a party of the firm."""

from models.terms import TRAITS, Category
from service.errors import Invalid
from service.store import parties, trail
from service.turn import Turn


def company(turn: Turn, name: str, category: Category, city: str = "", number: str = "") -> int:
    """Add a company as Kunde or Lieferant; returns its id. Raises Invalid (no name), Conflict (exists)."""
    _check(category)
    if not name.strip():
        raise Invalid("Ein Unternehmen braucht einen Namen.", {"name": "Bitte den Firmennamen eintragen."})
    made = parties.add_company(turn, name.strip(), city.strip())
    if number.strip():
        parties.number(turn, made.id, parties.OWN_BOOKS, number.strip())
    parties.role(turn, {"company_id": made.id, "person_id": None}, category)
    trail.note(turn, "Unternehmen angelegt", f"company:{made.id}", None, {"class": category.value})
    return made.id


def person(turn: Turn, first_name: str, last_name: str, category: Category) -> int:
    """Add a person as Kunde or Lieferant; returns the id. Raises Invalid when both names are empty."""
    _check(category)
    if not (first_name.strip() or last_name.strip()):
        raise Invalid("Eine Person braucht einen Namen.", {"name": "Bitte Vor- oder Nachnamen eintragen."})
    made = parties.add_person(turn, first_name.strip(), last_name.strip())
    parties.role(turn, {"company_id": None, "person_id": made.id}, category)
    trail.note(turn, "Person angelegt", f"person:{made.id}", None, {"class": category.value})
    return made.id


def _check(category: Category) -> None:
    if not TRAITS[category].names_party:
        raise Invalid("Nur Kunden und Lieferanten haben einen Eintrag.", {"category": "Kunde oder Lieferant wählen."})
