"""Tests that repeat a thousand times what others cover run unmeasured: counting every line would double their time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import coverage
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers

# Where `coverage run` tells the processes that a test starts that they are to be measured as well.
_FOR_PROCESSES = "COVERAGE_PROCESS_CONFIG"


@contextmanager
def unmeasured() -> Iterator[None]:
    """Count nothing meanwhile, neither here nor in the processes that are started here."""
    current = coverage.Coverage.current()
    if current is None:
        yield
        return
    told = os.environ.pop(_FOR_PROCESSES, None)
    # Not by the public `stop` and `start`: with each, coverage looks through every module that is loaded, for a tenth of
    # a second. A thousand tests would ask for that.
    collector = current._collector
    assert collector is not None
    collector.stop()
    current._started = False
    try:
        yield
    finally:
        collector.start()
        current._started = True
        if told is not None:
            os.environ[_FOR_PROCESSES] = told


def prepare() -> None:
    """Let hypothesis make its tables of all characters and look through our sources before it is measured, once.

    It would do so within the first tests that use it, and more slowly.
    """
    if coverage.Coverage.current() is None:
        return
    with unmeasured():
        charmap.charmap()
        charmap.intervals_from_codec("utf-8")
        providers._get_local_constants()
