"""Clockwork: missed windows are noted, and the past is measured anew, in turns of their own."""

from models.terms import Channel
from service.actions import configure, intake
from service.actions.intake import Judge
from service.domain.windows import DEFAULT_TARGETS
from service.jobs import clockwork
from service.runtime import Runtime
from service.store import accounts, keys
from service.store.accounts import Facts
from tests.factories import OWN, mail


def test_missed_windows_are_noted_and_the_past_is_measured_anew(runtime: Runtime) -> None:
    with runtime.turn() as turn:
        configure.own_domains(turn, (OWN,))
        box = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("info@"))
        intake.take_in(turn, [mail(at=turn.now)], box.id, Judge(keys.book(turn)))
        configure.targets(turn, dict(DEFAULT_TARGETS))

    clockwork.again(runtime)

    assert clockwork.run(runtime) == 0
