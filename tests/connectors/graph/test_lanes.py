"""How many questions run at once: a mailbox that hangs delays no other, a storm narrows the lane for all."""

import threading

import pytest

from connectors.errors import Unreachable
from connectors.graph.pace import PER_MAILBOX
from tests.connectors.graph.faulty import Play, answer, silence
from tests.connectors.graph.test_faults import BOX, GOOD, Scene, scene

__all__ = ["scene"]


def busy(seconds: float) -> Play:
    """Answer after a while."""
    return lambda connection, closing: (closing.wait(seconds), GOOD(connection, closing))[0] or None


def in_vain(scene: Scene) -> None:
    with pytest.raises(Unreachable):
        scene.read()


def together(scene: Scene, boxes: list[str]) -> None:
    threads = [threading.Thread(target=scene.read, kwargs={"box": box}) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_mailbox_is_asked_at_most_four_things_at_once(scene: Scene) -> None:
    scene.server.otherwise = busy(0.02)

    together(scene, [BOX] * 24)

    assert scene.server.most_at_once == PER_MAILBOX
    assert len(scene.server.heard) == 24


def test_a_mailbox_that_hangs_does_not_delay_the_others(scene: Scene) -> None:
    hanging = threading.Event()
    scene.server.script.append(lambda connection, closing: (hanging.set(), silence(connection, closing))[1])
    slow = threading.Thread(target=in_vain, args=(scene,))
    slow.start()
    hanging.wait(10)

    together(scene, [f"box{number}@firma.example" for number in range(40)])

    assert slow.is_alive()
    assert len(scene.server.heard) == 41
    scene.server.stop()
    slow.join()


def test_a_storm_of_429_narrows_the_lane_for_all_and_success_widens_it(scene: Scene) -> None:
    storm = [answer(429) for _ in range(3)]
    before = scene.client.pace.limit
    scene.read(*storm)
    narrow = scene.client.pace.limit

    for _ in range(60):
        scene.read()

    assert narrow == pytest.approx(before / 4, abs=1)
    assert scene.client.pace.limit > 2 * narrow
