"""Which lines are counted: those that tests run which are the first to run them. Counting doubles the time of a test."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import walk_packages

import coverage
from coverage.collector import Collector
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers

# Where `coverage run` tells the processes that a test starts that they are to be measured as well.
_FOR_PROCESSES = "COVERAGE_PROCESS_CONFIG"
_told: list[str] = []


def rest() -> None:
    """Load the house, counted, and count nothing from here on but within `counted`.

    Finding and reading thousands of tests takes twice as long while lines are counted.
    """
    current = coverage.Coverage.current()
    if current is None:
        return
    for package in map(import_module, ("models", "classifier", "connectors", "service")):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith("models.migrations.") and not found.name.endswith("__main__"):
                import_module(found.name)
    _stop(current)


@contextmanager
def counted() -> Iterator[None]:
    """Count lines meanwhile, here and in the processes that are started here, if this run counts at all."""
    current = coverage.Coverage.current()
    if current is None:
        yield
        return
    _go_on(current)
    try:
        yield
    finally:
        _stop(current)


# Not by coverage's public `stop` and `start`: with each it looks through every module that is loaded, for a tenth of a
# second, and thousands of tests would ask for that.
def _stop(current: coverage.Coverage) -> None:
    told = os.environ.pop(_FOR_PROCESSES, None)
    if told is not None:
        _told[:] = [told]
    _collector(current).stop()
    current._started = False


def _go_on(current: coverage.Coverage) -> None:
    collector = _collector(current)
    # Coverage forgets everything when none of its tracers has seen anything, and starts with a new one each time.
    before = [tracer for tracer in collector.tracers if tracer.activity()][:1]
    collector.start()
    collector.tracers += before
    current._started = True
    if _told:
        os.environ[_FOR_PROCESSES] = _told[0]


def _collector(current: coverage.Coverage) -> Collector:
    assert current._collector is not None
    return current._collector


def prepare() -> None:
    """Let hypothesis make its tables of all characters and look through our sources; what is loaded by now stays.

    Hypothesis would do so within the first tests that use it; the collector of garbage would look through everything
    that is loaded again and again.
    """
    charmap.charmap()
    charmap.intervals_from_codec("utf-8")
    providers._get_local_constants()
    gc.collect()
    gc.freeze()
