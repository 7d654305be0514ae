"""Slots for requests: shares of mailboxes, order, what a cancelled wait leaves behind, and the window over all."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from connectors.graph.pace import LEAST, MOST, PER_MAILBOX, START, Pace, Slot
from tests.connectors.graph.conftest import on_a_loop


async def hold(pace: Pace, box: str, order: list[str], go: asyncio.Event) -> None:
    async with pace.slot(box):
        order.append(box)
        await go.wait()


def run(work: Coroutine[Any, Any, None]) -> None:
    on_a_loop(asyncio.wait_for(work, 10))


def test_a_mailbox_has_four_slots_and_another_is_served_meanwhile() -> None:
    async def work() -> None:
        pace, order, go = Pace(), [], asyncio.Event()
        tasks = [asyncio.create_task(hold(pace, "a", order, go)) for _ in range(10)]
        tasks.append(asyncio.create_task(hold(pace, "b", order, go)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert order == ["a"] * PER_MAILBOX + ["b"]
        go.set()
        await asyncio.gather(*tasks)
        assert order.count("a") == 10
        assert pace.most_at_once <= START

    run(work())


def test_when_graph_bears_little_one_mailbox_never_takes_all_of_it() -> None:
    async def work() -> None:
        pace, order, go = Pace(), [], asyncio.Event()
        pace.limit = float(LEAST)
        tasks = [asyncio.create_task(hold(pace, "slow", order, go)) for _ in range(8)]
        tasks.append(asyncio.create_task(hold(pace, "other", order, go)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert order == ["slow", "slow", "other"]
        go.set()
        await asyncio.gather(*tasks)

    run(work())


def test_a_cancelled_wait_leaves_no_slot_behind() -> None:
    async def work() -> None:
        pace, order, go = Pace(), [], asyncio.Event()
        holding = [asyncio.create_task(hold(pace, "a", order, go)) for _ in range(PER_MAILBOX)]
        waiting = [asyncio.create_task(hold(pace, "a", order, go)) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        for task in waiting:
            with suppress(asyncio.CancelledError):
                await task
        go.set()
        await asyncio.gather(*holding)

        async with pace.slot("a"):
            assert order == ["a"] * PER_MAILBOX
        assert pace._running == 0
        assert not pace._queue

    run(work())


def test_a_wait_that_is_cancelled_as_its_turn_comes_hands_the_turn_on() -> None:
    async def work() -> None:
        pace, order, go = Pace(), [], asyncio.Event()
        holding = [asyncio.create_task(hold(pace, "a", order, go)) for _ in range(PER_MAILBOX)]
        await asyncio.sleep(0)
        late = asyncio.create_task(hold(pace, "a", order, go))
        await asyncio.sleep(0)
        ready = pace._queue[0][1]
        ready.add_done_callback(lambda _: late.cancel())
        go.set()
        await asyncio.gather(*holding)
        with suppress(asyncio.CancelledError):
            await late

        assert pace._running == 0

    run(work())


def test_the_window_grows_by_one_a_round_and_halves_once_for_a_round_of_refusals() -> None:
    pace = Pace()
    slots = [Slot("a", 0), Slot("b", 0), Slot("c", 0)]

    for _ in range(START):
        pace.praise()
    grown = pace.limit
    for slot in slots:
        pace.blame(slot)
    halved = pace.limit
    for _ in range(10):
        pace.blame(Slot("a", pace._epoch))
    lowest = pace.limit
    for _ in range(10_000):
        pace.praise()

    assert START + 0.9 < grown < START + 1.1
    assert halved == grown / 2
    assert (lowest, pace.limit) == (LEAST, MOST)


def test_a_mailbox_rests_as_long_as_graph_asked_and_no_longer() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    pace.rest("a", 30.0)

    first, other = pace.resting("a"), pace.resting("b")
    now[0] = 31.0

    assert (first, other, pace.resting("a")) == (30.0, 0.0, 0.0)
