"""The daily look at the classifier: figures, blind questions, steps that fail; and reminders of reviews and figures."""

from service.actions import observe, remind, rulebook
from service.runtime import Runtime
from service.telemetry import log


def run(runtime: Runtime) -> None:
    """Count what people said of suggestions, hold back what was wrong too often, remind of what is due."""
    # Gathering reads for seconds where there is much mail: nobody who writes shall wait for that.
    with runtime.look() as turn:
        found = observe.gather(turn)
    with runtime.turn() as turn:
        for step in observe.settle(turn, found):
            log().warning("Stufe schlägt nur noch vor", step=step.name)
        rulebook.remind(turn)
        remind.daily(turn)
