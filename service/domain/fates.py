"""What becomes of the lines of an import: the fate of each entry, and the plan of them all."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.terms import Category
from service.domain.books import Books
from service.domain.sheet import Remark


class Fate(StrEnum):
    """What an import does with a line."""

    NEU = "neu"
    GEAENDERT = "geändert"
    UNVERAENDERT = "unverändert"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to one entry, and what of it is written."""

    line: int
    name: str
    fate: Fate
    roles: tuple[Category, ...]
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: the books as they were and as they would be, and what people should look at."""

    before: Books
    after: Books
    outcomes: tuple[Outcome, ...]
    remarks: tuple[Remark, ...]

    @property
    def counts(self) -> Mapping[Fate, int]:
        """How many entries have which fate."""
        return Counter(outcome.fate for outcome in self.outcomes)
