"""Cover: every minute and after each batch of chats, rights and notices of deputies follow who is there."""

from service.actions import absence, cover
from service.runtime import Runtime
from service.telemetry import log


def run(runtime: Runtime) -> int:
    """Bring deputies' rights and notices in line with now, and hand back what is over; returns how much changed.

    One transaction: a process that dies in it leaves nothing behind, and two at once tell everybody once.
    """
    with runtime.turn() as turn:
        back = absence.hand_back(turn)
        done = cover.cover(turn)
    if done.grants or done.told or back:
        log().info("Vertretung nachgeführt", grants=done.grants, told=done.told, returned=back)
    return done.grants + done.told + back
