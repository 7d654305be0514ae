"""Clockwork: every minute windows that ran out are noted as missed and told; on request the past is measured anew."""

from service.actions import recompute, remind
from service.runtime import Runtime
from service.telemetry import log


def run(runtime: Runtime) -> int:
    """Note what was missed meanwhile, and tell of late chats; returns how many conversations were missed."""
    with runtime.turn() as turn:
        found = recompute.missed(turn)
        remind.late_chats(turn)
    return found


def again(runtime: Runtime) -> None:
    """Measure everything anew, a thousand conversations a turn; who is stopped in between begins with what is left."""
    last: int | None = 0
    while last is not None:
        with runtime.turn() as turn:
            last = recompute.some(turn, last)
    with runtime.turn() as turn:
        recompute.finish(turn)
    log().info("Vergangene Zahlen neu berechnet")
