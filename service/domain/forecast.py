"""When an answer is likely: half and nine tenths of all answers come by then, judged by how the firm answered so far.

Everything is measured in open time, because nobody answers while the firm is closed; so a question at night is forecast
from the next shift on (S2.5). What an answer takes is modelled on a log scale by weekday, hour, mailbox and by the time
the queue ahead would need at the present pace; what the model leaves over is taken from the latest turns themselves,
with those that still wait counted as "at least so long" (Kaplan, Meier 1958). How high the quantile must lie follows
from how often the last forecasts were kept (adaptive conformal inference, Gibbs and Candes 2021). Where the latest
turns do not look like the ones before, the forecast says that it is unsure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.domain.business_time import Calendar
from service.domain.leftover import Leftover, Turns
from service.domain.timeline import Floats, Moments, Timeline, Whole

Flags = npt.NDArray[np.bool_]

# With fewer answers than this the goal is all that can be said (S2.6).
FEWEST = 30
# How many of the newest turns are looked at: about a quarter of a busy mailbox, a fraction of a second to compute.
MOST = 1000
# A mailbox is told apart from the others when it has this many turns.
_OWN = 40
# The pace is taken from this many of the last answers.
_PACE = 20
_NO_PACE = 3600.0
# Open seconds below which an answer counts as immediate; and e to this power is some years.
_SHORTEST = 60.0
_LONGEST = 17.0
# Turns after which a turn counts half, for the model; and how far it distrusts few turns (ridge).
_HALF_LIFE = 300.0
_RIDGE = 3.0
# A queue no longer than this share of all says nothing: part of what waits is only waiting for its writer.
_USUAL = 0.8
_QUEUE_SCATTER = 0.35
# Local hours at which parts of the day begin; part 0 is what came in outside opening hours.
_PARTS = (10, 12, 15)


class Source(StrEnum):
    """What a forecast rests on: the firm's own answers, or for want of them the goal."""

    VERLAUF = "Verlauf"
    ZIEL = "Ziel"


@dataclass(frozen=True, slots=True)
class Wait:
    """One turn of a channel: since when somebody waited, and until when (None: still). `answered` by a person."""

    started_at: datetime
    ended_at: datetime | None
    account_id: int
    answered: bool = True


class Question(NamedTuple):
    """A turn that waits: since when, where, and until when its window runs."""

    started_at: datetime
    account_id: int
    goal_at: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """When an answer is likely (half of all come by then) and by when nearly certain (nine of ten).

    `begins_at`: when work on it can begin, later than the question outside opening hours. `answers`: how many answers
    it rests on. Both instants are the goal when `source` is ZIEL, and it says so.
    """

    likely_at: datetime
    latest_at: datetime
    begins_at: datetime
    source: Source
    is_unsure: bool = False
    answers: int = 0


class Experience:
    """What the turns of one channel up to an instant say about the next one."""

    def __init__(self, waits: Sequence[Wait], calendar: Calendar, now: datetime) -> None:
        """Learn from `waits`, of which the newest MOST are used; what began or ended after `now` is not known yet."""
        known = sorted((wait for wait in waits if wait.started_at < now), key=lambda wait: wait.started_at)[-MOST:]
        self._calendar = calendar
        self._timeline = Timeline(calendar, known[0].started_at if known else now, now)
        over = [wait.ended_at is not None and wait.ended_at <= now for wait in known]
        ends = [w.ended_at if o and w.ended_at else now for w, o in zip(known, over, strict=True)]
        self._now = float(self._timeline.moments([now]).position[0])
        self._done = np.array([o and w.answered for w, o in zip(known, over, strict=True)], dtype=bool)
        self.answers = int(self._done.sum())
        self._left: Leftover | None = None
        if self.answers >= FEWEST:
            self._learn(known, np.array(over, dtype=bool), self._timeline.moments(ends).position)

    def ask(self, started_at: datetime, account_id: int, goal_at: datetime) -> Forecast:
        """Return the forecast for a question of `started_at` that still waits; `goal_at` is the end of its window.

        Raises ValueError when the calendar never opens.
        """
        return self.ask_all([Question(started_at, account_id, goal_at)])[0]

    def ask_all(self, questions: Sequence[Question]) -> list[Forecast]:
        """Return the forecast of each question; many at once cost little more than one. Raises as `ask` does."""
        begun = [self._calendar.clock_start(one.started_at) for one in questions]
        if self._left is None or not questions:
            return [
                Forecast(one.goal_at, one.goal_at, begins_at, Source.ZIEL, answers=self.answers)
                for one, begins_at in zip(questions, begun, strict=True)
            ]
        asked = self._timeline.moments([one.started_at for one in questions])
        middle, scatter = self._expected(asked, np.array([self._pool(one.account_id) for one in questions]))
        waited = self._now - asked.position
        floor = np.where(waited > 0, (np.log(np.maximum(waited, _SHORTEST)) - middle) / scatter, -np.inf)
        half, most, is_known = self._left.quantiles(middle, floor)
        likely, latest = (np.exp(np.minimum(middle + some * scatter, _LONGEST)).tolist() for some in (half, most))
        return [
            Forecast(
                likely_at=self._at(one.started_at, likely[at]),
                latest_at=self._at(one.started_at, latest[at]),
                begins_at=begun[at],
                source=Source.VERLAUF,
                is_unsure=self._left.is_unsure or not is_known[at],
                answers=self.answers,
            )
            for at, one in enumerate(questions)
        ]

    def _at(self, started_at: datetime, seconds: float) -> datetime:
        return self._calendar.add(started_at, timedelta(seconds=int(seconds) + 1))

    def _learn(self, known: Sequence[Wait], over: Flags, ended: Floats) -> None:
        asked, done = self._timeline.moments([wait.started_at for wait in known]), self._done
        owners = np.array([wait.account_id for wait in known])
        accounts, counts = np.unique(owners, return_counts=True)
        # A mailbox is told apart when it has enough turns; the others share one queue.
        self._accounts = [int(one) for one, count in zip(accounts, counts, strict=True) if count >= _OWN]
        owner = np.array([self._pool(int(one)) for one in owners])
        self._queues = {
            int(pool): Queue(
                asked.position[owner == pool], ended[(owner == pool) & over], ended[(owner == pool) & done]
            )
            for pool in np.unique(owner)
        }
        lasted = np.log(np.maximum(ended - asked.position, _SHORTEST))
        self._base = float(np.exp(np.median(lasted[done])))
        ahead = self._ahead(asked, owner)
        # What the hour, the day and the mailbox do is learned where no queue drowns it.
        calm = self._base / (self._base + ahead)
        self._weights = _fitted(
            self._rows(asked, owner)[done],
            (lasted - np.log(self._base + ahead))[done],
            calm[done] * _freshness(ended[done]),
        )
        expected, scatter = self._expected(asked, owner)
        # In the order in which they became known; what still waits is only known to last longer.
        order = np.flatnonzero(done)[np.argsort(ended[done], kind="stable")]
        left = (lasted - expected) / scatter
        turns = Turns(left, expected, asked.position, ended)
        self._left = Leftover(turns.at(order), turns.at(np.flatnonzero(~done)))

    def _pool(self, account_id: int) -> int:
        return account_id if account_id in self._accounts else -1

    def _expected(self, asked: Moments, owner: Whole) -> tuple[Floats, Floats]:
        """Return the expected log time of each question, and how widely answers scatter around it.

        Times without a queue scatter by themselves (1); a long queue averages that out (_QUEUE_SCATTER).
        """
        alone, ahead = self._base * np.exp(self._rows(asked, owner) @ self._weights), self._ahead(asked, owner)
        share = alone / (alone + ahead)
        return np.log(alone + ahead), np.hypot(share, (1.0 - share) * _QUEUE_SCATTER)

    def _ahead(self, asked: Moments, owner: Whole) -> Floats:
        """Return the open seconds that the queue before each question needs at the pace of the last answers."""
        found = np.zeros(len(owner))
        for pool in np.unique(owner):
            of = owner == pool
            found[of] = self._queues.get(int(pool), _EMPTY).needs(asked.position[of])
        return found

    def _rows(self, asked: Moments, owner: Whole) -> Floats:
        """Return one row per question: constant, part of the day, weekday, mailbox."""
        part = np.where(asked.hour < 0, 0, 1 + np.searchsorted(_PARTS, asked.hour, "right"))
        return np.column_stack(
            (
                np.ones(len(owner)),
                part[:, None] == np.arange(len(_PARTS) + 2),
                asked.weekday[:, None] == np.arange(7),
                owner[:, None] == np.array([*self._accounts, -2]),
            )
        ).astype(np.float64)


class Queue:
    """One queue: when its turns began, when they left it, and when they were answered (open seconds)."""

    def __init__(self, begun: Floats, over: Floats, done: Floats) -> None:
        """Keep the three in ascending order."""
        self._begun, self._over, self._done = np.sort(begun), np.sort(over), np.sort(done)
        self._usual = float(np.quantile(self._waits(self._begun), _USUAL)) if len(begun) else 0.0

    def _waits(self, positions: Floats) -> Floats:
        before = np.searchsorted(self._begun, positions, "left") - np.searchsorted(self._over, positions, "right")
        waiting: Floats = np.maximum(before, 0).astype(np.float64)
        return waiting

    def needs(self, positions: Floats) -> Floats:
        """Return the open seconds that what waits at each position beyond the usual needs at the pace just before."""
        last = np.searchsorted(self._done, positions, "right")
        counted = np.minimum(_PACE, last)
        since = np.concatenate((self._done, [0.0]))[np.where(counted > 0, last - counted, -1)]
        pace = np.where(counted > 0, np.maximum(positions - since, _SHORTEST) / np.maximum(counted, 1), _NO_PACE)
        return np.maximum(self._waits(positions) - self._usual, 0.0) * pace


_EMPTY = Queue(np.zeros(0), np.zeros(0), np.zeros(0))


def _freshness(ended: Floats) -> Floats:
    """Return how much each turn still counts: the later it ended, the more."""
    age = np.empty(len(ended))
    age[np.argsort(ended, kind="stable")] = np.arange(len(ended))[::-1]
    return np.asarray(0.5 ** (age / _HALF_LIFE), dtype=np.float64)


def _fitted(rows: Floats, lasted: Floats, weight: Floats) -> Floats:
    """Return ridge weights; the constant is not held back."""
    held = np.full(rows.shape[1], _RIDGE)
    held[0] = 1e-6
    weighted = rows * weight[:, None]
    return np.asarray(np.linalg.solve(rows.T @ weighted + np.diag(held), weighted.T @ lasted), dtype=np.float64)
