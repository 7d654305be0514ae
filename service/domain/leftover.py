"""What a forecast leaves over: quantiles of the latest turns, how high they must lie, and whether times changed."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = slice | npt.NDArray[np.int64]

# The share that is aimed at: a little above nine in ten, because a model fits what it learned from too well.
LEVEL = 0.915
# How much longer (log) than the longest known turn one may last of which nothing is known.
_BEYOND = 0.7
# How many turns the quantile is taken from, and after how many a turn counts half.
_POOL = 300
_HALF_LIFE = 120.0
# How alike (log of the expected time) turns must be to speak for each other, and how little the others still count.
_LIKE, _UNLIKE = 0.6, 0.05
# How much the turn that is asked about counts among the known ones, as one that may last longer than all of them.
_ONE_MORE = 0.5
# How many turns like this one there must be before a forecast is more than a guess (all of them count _UNLIKE).
_ENOUGH = 30.0
# The replay: how many of the last turns are forecast again, how fast the level follows, and how far it may go.
_REPLAYED = 150
_STEP = 0.02
_LOWEST, _HIGHEST = 0.8, 0.985
# The tests of change: latest turns against the ones before (rank sum), and misses among the latest forecasts.
_LATEST = 25
_RANK_LIMIT = 3.5
_MISSES = 8


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns side by side: the residual of each, the expected log time it is measured from, its begin and its end."""

    residual: Floats
    expected: Floats
    begun: Floats
    ended: Floats

    def at(self, places: Places) -> "Turns":
        """Return the turns at some places."""
        return Turns(self.residual[places], self.expected[places], self.begun[places], self.ended[places])

    def latest(self, until: int) -> "Turns":
        """Return the last of the first `until` turns."""
        return self.at(slice(max(0, until - _POOL), until))

    def weights(self, expected: float | Floats) -> Floats:
        """Return how much each turn says about one that is expected to take so long: the newer, the more alike.

        A column of expected times gives a row for each.
        """
        age = np.arange(len(self.residual))[::-1]
        found: Floats = 0.5 ** (age / _HALF_LIFE) * self.alike(expected)
        return found

    def alike(self, expected: float | Floats) -> Floats:
        """Return the same without age: how alike each turn is, 0 to about 1."""
        apart = (self.expected - expected) / _LIKE
        found: Floats = _UNLIKE + np.exp(-0.5 * apart * apart)
        return found


class Leftover:
    """What the answered turns of a channel, in the order of their answers, and the running ones leave over."""

    def __init__(self, done: Turns, waiting: Turns) -> None:
        """Replay the last forecasts; the residuals of `waiting` are what running turns have reached already."""
        self._latest = done.latest(len(done.residual))
        self._order = np.argsort(self._latest.residual, kind="stable")
        self._values = self._latest.residual[self._order]
        self._waiting = waiting.at(np.argsort(waiting.residual))
        # Of the running turns, in ascending order, those from here on have not reached a value yet.
        self._running = np.searchsorted(self._waiting.residual, self._values, "left")
        self.level, misses = _level(done)
        self.is_unsure = _has_changed(done.residual, waiting.residual, misses)

    def quantiles(self, expected: Floats, floor: Floats) -> tuple[Floats, Floats, Flags]:
        """Return the residuals that half, and that nine of ten, do not exceed, of those that exceed `floor`.

        One of each for every expected log time; a floor of minus infinity asks about all. Kaplan and Meier: running
        turns last at least as long as they do, no more is known of them. Where no turn lasted that long, a little more
        than the longest known. The last value says whether enough turns were like this one and lasted that long.
        """
        rows, last = np.arange(len(expected)), len(self._values)
        weight = self._latest.weights(expected[:, None])
        weight = (weight / weight.max(axis=1, keepdims=True))[:, self._order]
        reached = 1.0 - np.cumprod(1.0 - weight / self._at_risk(weight, expected), axis=1)
        index = np.searchsorted(self._values, floor, "right")
        past = np.where(index > 0, reached[rows, index - 1], 0.0)
        longest = np.maximum(self._values[-1], floor) + _BEYOND
        aims = (past + share * (1 - past) for share in (0.5, self.level))
        half, most = ((reached < aim[:, None]).sum(axis=1) for aim in aims)
        is_known = (most < last) & (self._latest.alike(expected[:, None]).sum(axis=1) >= _ENOUGH)
        values = np.append(self._values, 0.0)
        return np.where(half < last, values[half], longest), np.where(most < last, values[most], longest), is_known

    def _at_risk(self, weight: Floats, expected: Floats) -> Floats:
        """Return how much has lasted at least as long as each value: answered turns, running ones, and one more."""
        alike = self._waiting.alike(expected[:, None])
        running = np.zeros((len(expected), alike.shape[1] + 1))
        running[:, :-1] = _from_here_on(alike)
        found: Floats = _from_here_on(weight) + running[:, self._running] + _ONE_MORE
        return found


def _from_here_on(rows: Floats) -> Floats:
    """Return the sum of each place and all behind it, row by row."""
    return np.cumsum(rows[:, ::-1], axis=1)[:, ::-1]


def _level(done: Turns) -> tuple[float, list[bool]]:
    """Return the level that would have kept the share aimed at among the last forecasts, and which were missed."""
    level, misses = LEVEL, []
    for index in np.argsort(done.begun, kind="stable")[-_REPLAYED:]:
        known = int(np.searchsorted(done.ended, done.begun[index], "right"))
        if known < _LATEST:
            continue
        pool = done.latest(known)
        missed = bool(done.residual[index] > _quantile(pool, float(done.expected[index]), level))
        misses.append(missed)
        level = min(_HIGHEST, max(_LOWEST, level + _STEP * (missed - (1 - LEVEL))))
    return level, misses


def _quantile(pool: Turns, expected: float, level: float) -> float:
    order = np.argsort(pool.residual, kind="stable")
    mass = np.cumsum(pool.weights(expected)[order])
    index = int(np.searchsorted(mass, level * mass[-1], "left"))
    return float(pool.residual[order[min(index, len(order) - 1)]])


def _has_changed(done: Floats, waiting: Floats, misses: list[bool]) -> bool:
    if sum(misses[-_LATEST:]) >= _MISSES:
        return True
    before, latest = done[-_POOL:-_LATEST], done[-_LATEST:]
    if len(before) < 2 * _LATEST:
        return False
    return abs(_rank_sum(latest, before)) > _RANK_LIMIT or _runs_late(waiting, before)


def _rank_sum(some: Floats, others: Floats) -> float:
    """Return the standardised rank sum of Wilcoxon: how far `some` lie above `others`, in standard deviations."""
    ordered = np.sort(others)
    above = (np.searchsorted(ordered, some, "left") + np.searchsorted(ordered, some, "right")).sum() / 2
    size = len(some) * len(others)
    return float(above - size / 2) / sqrt(size * (len(some) + len(others) + 1) / 12)


def _runs_late(waiting: Floats, before: Floats) -> bool:
    """Say whether far more turns than usual already wait longer than nine of ten used to."""
    late = int((waiting > np.quantile(before, LEVEL)).sum())
    expected = len(waiting) * (1 - LEVEL)
    return late >= _MISSES and late > expected + 3 * sqrt(expected * LEVEL)
