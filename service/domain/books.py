"""The parties that the firm has, as plain data on which an import can be tried out before anything is stored."""

import unicodedata
from dataclasses import dataclass, field, replace

from models.terms import Category, KeyScope

# A party: (company, person). Ids below zero are parties that an import would make.
Party = tuple[int | None, int | None]

_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "&": " und ", "+": " und "})
_FORMS = "gmbh ag kg ohg gbr ug ek eg ev se co mbh haftungsbeschraenkt ltd inc bv sa sarl srl und"
_LEGAL = frozenset(_FORMS.split())


def fold(name: str) -> str:
    """Return a name as it is searched: lower case, umlauts spelled out, accents and signs gone (store/parties.fold)."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_FOLD))
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())


def core(name: str) -> str:
    """Return a folded name without its legal form: "Müller & Söhne GmbH" and "Mueller Söhne" are the same firm."""
    words = fold(name.replace(".", "")).split()
    return " ".join(word for word in words if word not in _LEGAL) or " ".join(words)


@dataclass(frozen=True, slots=True)
class Firm:
    """What the books say of a company."""

    name: str
    city: str = ""
    postcode: str = ""
    country: str = ""
    website: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A sender key of master data: as what, for which party."""

    category: Category
    party: Party


@dataclass(slots=True)
class Books:
    """All parties with what tells them apart. An import changes its own copy and remembers each change."""

    own_domains: frozenset[str] = frozenset()
    firms: dict[int, Firm] = field(default_factory=dict)
    people: dict[int, tuple[str, str]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    domains: dict[str, int] = field(default_factory=dict)
    points: dict[str, Party] = field(default_factory=dict)
    roles: set[tuple[Party, Category]] = field(default_factory=set)
    works: set[tuple[int, int]] = field(default_factory=set)
    keys: dict[tuple[KeyScope, str], MasterKey] = field(default_factory=dict)
    confirmed: dict[tuple[KeyScope, str], Category] = field(default_factory=dict)

    def copy(self) -> "Books":
        """Return books that can be changed without changing these."""
        return replace(
            self,
            firms=dict(self.firms),
            people=dict(self.people),
            numbers=dict(self.numbers),
            domains=dict(self.domains),
            points=dict(self.points),
            roles=set(self.roles),
            works=set(self.works),
            keys=dict(self.keys),
        )

    def name(self, party: Party) -> str:
        """Return the name of a party: of the company, where there is one."""
        company, person = party
        if company is not None:
            return self.firms[company].name
        return " ".join(filter(None, self.people[person])) if person is not None else ""
