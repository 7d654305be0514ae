"""How well forecasts would have held: each turn is forecast from what was known when it began, then compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.business_time import Calendar
from service.domain.forecast import Experience, Source, Wait

# A forecast learns anew after so many turns; a page learns anew each time, which only helps.
_AGAIN = 30


@dataclass(frozen=True, slots=True)
class Kept:
    """Turns that were forecast from history, how many ended by the half mark, and by the mark of nine in ten."""

    turns: int = 0
    by_half: int = 0
    by_most: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        """Return both together."""
        return Kept(self.turns + other.turns, self.by_half + other.by_half, self.by_most + other.by_most)

    @property
    def share(self) -> float:
        """Return the share that ended by the mark of nine in ten, 0 to 1; 0 without turns."""
        return self.by_most / self.turns if self.turns else 0.0

    @property
    def half_share(self) -> float:
        """Return the share that ended by the half mark, 0 to 1; 0 without turns."""
        return self.by_half / self.turns if self.turns else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """All turns of a run: those with a plain forecast, those that said they were unsure, and how many got the goal."""

    sure: Kept
    unsure: Kept
    goals: int

    @classmethod
    def nothing(cls) -> "Score":
        """Return the score of no run."""
        return cls(Kept(), Kept(), 0)

    def __add__(self, other: "Score") -> "Score":
        """Return both runs together."""
        return Score(self.sure + other.sure, self.unsure + other.unsure, self.goals + other.goals)

    @property
    def all(self) -> Kept:
        """Return plain and unsure forecasts together."""
        return self.sure + self.unsure


def run(waits: Sequence[Wait], calendar: Calendar, since: datetime, until: datetime) -> Score:
    """Forecast every answered turn that began in [since, until) from what was known then, and compare.

    Raises ValueError when the calendar never opens.
    """
    judged = sorted(
        (wait for wait in waits if wait.answered and wait.ended_at and since <= wait.started_at < until),
        key=lambda wait: wait.started_at,
    )
    sure, unsure, goals = Kept(), Kept(), 0
    experience = Experience((), calendar, since)
    for number, wait in enumerate(judged):
        if number % _AGAIN == 0:
            experience = Experience(waits, calendar, wait.started_at)
        found = experience.ask(wait.started_at, wait.account_id, wait.started_at)
        if found.source is Source.ZIEL or wait.ended_at is None:
            goals += 1
            continue
        one = Kept(1, int(wait.ended_at <= found.likely_at), int(wait.ended_at <= found.latest_at))
        if found.is_unsure:
            unsure += one
        else:
            sure += one
    return Score(sure, unsure, goals)
