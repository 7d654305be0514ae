"""The daily look at the classifier: figures, blind questions, steps that fail; and the yearly look at the rule book."""

from service.actions import observe, rulebook
from service.runtime import Runtime
from service.telemetry import log


def run(runtime: Runtime) -> None:
    """Count what people said of suggestions, hold back what was wrong too often, remind of the rule book."""
    with runtime.turn() as turn:
        for step in observe.look(turn):
            log().warning("Stufe schlägt nur noch vor", step=step.name)
        rulebook.remind(turn)
