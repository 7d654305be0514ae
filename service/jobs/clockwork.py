"""Clockwork: every minute the windows that ran out are noted as missed; on request the past is measured anew."""

from service.actions import recompute
from service.runtime import Runtime
from service.telemetry import log


def run(runtime: Runtime) -> int:
    """Note what was missed meanwhile; returns how many conversations that were."""
    with runtime.turn() as turn:
        return recompute.missed(turn)


def again(runtime: Runtime) -> None:
    """Measure everything anew, a thousand conversations a turn; who is stopped in between begins with what is left."""
    last: int | None = 0
    while last is not None:
        with runtime.turn() as turn:
            last = recompute.some(turn, last)
    log().info("Vergangene Zahlen neu berechnet")
