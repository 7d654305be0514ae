"""How a forecast reads: from when on somebody can turn to it, by when an answer is likely, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.forecast import Forecast, Source
from service.web import words
from service.web.rows import Row

TOO_FEW = "zu wenig Antworten, deshalb das Ziel"
NOTHING = "zu wenig Antworten für eine Prognose"
UNSURE = "unsicher: zuletzt lief es anders als sonst"
OVER = "dauert schon länger als neun von zehn Antworten"
# A day further away is no promise anybody could plan with: what has waited so long was hardly ever answered.
FARTHEST = timedelta(days=30)
FAR = "in mehr als einem Monat"


@dataclass(frozen=True, slots=True)
class Expected:
    """A forecast in words: one line for lists, and its parts for a page."""

    line: str
    begins: str
    likely: str
    latest: str
    basis: str
    is_unsure: bool
    is_goal: bool
    is_over: bool


def expected(found: Forecast, asked_at: datetime, now: datetime) -> Expected:
    """Return a forecast in words; a goal is called a goal, and a guess is called unsure (S2.5, S2.6)."""
    is_far = found.source is not Source.ZIEL and found.latest_at > now + FARTHEST
    latest = FAR if is_far else words.moment(found.latest_at, now)
    if found.source is Source.ZIEL:
        basis = TOO_FEW
    else:
        basis = UNSURE if found.is_unsure else f"aus den letzten {words.number(found.answers)} Antworten"
    begins = f"ab {words.moment(found.begins_at, now).removeprefix('bis ')}" if found.begins_at > asked_at else ""
    return Expected(
        line=_line(found, latest, now),
        begins=begins,
        likely=words.moment(found.likely_at, now) if found.likely_at <= now + FARTHEST else FAR,
        latest=latest,
        basis=basis,
        is_unsure=found.is_unsure,
        is_goal=found.source is Source.ZIEL,
        is_over=found.latest_at <= now,
    )


def _line(found: Forecast, latest: str, now: datetime) -> str:
    if found.source is Source.ZIEL:
        return NOTHING if found.latest_at <= now else f"{TOO_FEW}: {latest}"
    if found.latest_at <= now:
        return OVER
    if latest == FAR:
        return f"Antwort vielleicht erst {FAR}"
    return f"Antwort wohl {latest}{' (unsicher)' if found.is_unsure else ''}"


def of(found: Mapping[int, Forecast], rows: Sequence[Row], now: datetime) -> Mapping[int, Expected]:
    """Return the forecasts of rows in words, by the id of the conversation."""
    return {r.c.id: expected(found[r.c.id], r.c.waiting_since or now, now) for r in rows if r.c.id in found}
