"""The report of a month as its files show it: what was reported, by whom and when, and what differs since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.terms import CalendarKind
from service import texts
from service.domain.reading import State, Unit
from service.store.month_report import Figure
from service.store.reviews import Tick
from service.web import words

# How a figure's value is written; given by the page, so that page and files cannot write one number in two ways.
Written = Callable[[Figure, float | None], str]


@dataclass(frozen=True, slots=True)
class Report:
    """A month's report. `closed_at` is None while the month is open and its figures still move."""

    title: str
    month: str
    sections: Sequence[tuple[str, Sequence[Figure]]]
    ticks: Sequence[Tick]
    closed_at: datetime | None
    closed_by: str
    population: int
    seed: str
    as_of: datetime

    @property
    def differs(self) -> bool:
        """Say whether a reported figure counts something else today."""
        return any(one.differs for _, lines in self.sections for one in lines)

    @property
    def silent(self) -> str:
        """Return the sentence that nothing came in and nothing went out; "" where something did."""
        counted = [one.value for _, lines in self.sections for one in lines if one.section == "menge"]
        return "" if any(counted) or not counted else "In diesem Monat kam nichts an und ging nichts hinaus."

    @property
    def frozen(self) -> "Report":
        """Return the report as its files show a closed month: what was reported, without what is counted today."""
        kept = [
            (title, [one for one in lines if not self.closed_at or one.value is not None or not one.differs])
            for title, lines in self.sections
        ]
        return Report(
            self.title,
            self.month,
            kept,
            self.ticks,
            self.closed_at,
            self.closed_by,
            self.population,
            self.seed,
            self.closed_at or self.as_of,
        )


def target(one: Figure, written: Written) -> str:
    """Return the target of a figure in words; "" where it has none."""
    if one.target is None:
        return ""
    return f"{(one.facts or {}).get('richtung', '')} {written(one, one.target)}".strip()


def beside(one: Figure) -> str:
    """Return what must be said beside a value: the interval of a sample, which days and which calendar are meant, how
    the times are spread, the period before, why none is shown."""
    facts = one.facts or {}
    if "von_prozent" in facts:
        low, high = (f"{facts[name]:.0f}" for name in ("von_prozent", "bis_prozent"))
        return f"{facts['richtig']} von {facts['von']}; wahre Quote zwischen {low} und {high} %"
    found = [str(facts["tage"])] if facts.get("tage") else []
    found += [texts.word(CalendarKind(facts["kalender"]))] if facts.get("kalender") else []
    if one.value is not None:
        found += _times(facts) + _before(one, facts)
    found += [str(facts[name]) for name in ("hinweis", "unvollstaendig") if facts.get(name)]
    return "; ".join(found)


def _times(facts: Mapping[str, Any]) -> list[str]:
    """Return the strict clock value beside a measured time, its spread, and what had no answer yet."""
    found = [f"streng nach der Uhr {words.span(facts['streng'])}"] if facts.get("streng") else []
    if facts.get("median") is not None:
        found.append(f"Median {words.span(facts['median'])}")
    if facts.get("p90") is not None:
        found.append(f"langsamste 10 % ab {words.span(facts['p90'])}")
    if facts.get("share") is not None and facts.get("answers"):
        answers = words.number(facts["answers"])
        found.append(f"{words.number(int(facts['share'] * 10) / 10, 1)} % von {answers} Antworten in der Frist")
    if facts.get("median") is not None and facts.get("waiting") is not None:
        found.append(f"am Ende {words.number(facts['waiting'])} ohne Antwort")
    return found


def _before(one: Figure, facts: Mapping[str, Any]) -> list[str]:
    if facts.get("davor") is None:
        return []
    return [f"davor {value(one, facts['davor'])}"]


def value(one: Figure, number: float | None) -> str:
    """Return a figure's value as people read it; "–" where there is none. A share is never rounded up to its goal."""
    if number is None:
        return "–"
    if one.unit == Unit.PROZENT.value:
        return f"{words.number(int(number * 10) / 10, 1)} %"
    if one.unit == Unit.MINUTEN.value:
        return words.span(number)
    # Means of counts have places behind the comma, plain counts have none.
    return words.number(number, 0 if number == int(number) else 2)


def standing(one: Figure) -> str:
    """Return how a figure stands to its target in words; "" where it has none."""
    return "" if one.state in {"", State.OHNE_ZIEL.value} else one.state
