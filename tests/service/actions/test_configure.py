"""Configuring: open clocks follow at once, every change is a version with a line in the trail."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.message import Conversation
from models.setting import Setting
from models.terms import CalendarKind, Channel
from models.trail import Trail
from service.actions import configure, intake
from service.actions.intake import Judge
from service.domain.hours import DEFAULT_HOURS
from service.domain.windows import DEFAULT_TARGETS, Target
from service.errors import Invalid
from service.store import settings
from service.turn import Turn
from tests.factories import START, chat, mail


def test_other_hours_move_open_deadlines(turn: Turn, phone: int, judge: Judge) -> None:
    intake.take_in(turn, [chat(at=START + timedelta(hours=4))], phone, judge)
    before = turn.session.execute(select(Conversation.due_at)).scalar_one()

    moved = configure.hours(turn, replace(DEFAULT_HOURS, week={"mon": [["08:00", "22:00"]]}))

    after = turn.session.execute(select(Conversation.due_at)).scalar_one()
    assert moved == 1
    assert before is not None
    assert after == START + timedelta(hours=8) < before


def test_hours_in_which_no_window_could_end_are_refused_and_change_nothing(
    turn: Turn, phone: int, judge: Judge
) -> None:
    intake.take_in(turn, [chat(at=START + timedelta(hours=4))], phone, judge)
    before = settings.hours(turn), turn.session.execute(select(Conversation.due_at)).scalar_one()

    with pytest.raises(Invalid, match="Öffnungszeiten"):
        configure.hours(turn, replace(DEFAULT_HOURS, week={day: [] for day in DEFAULT_HOURS.week}))

    assert (settings.hours(turn), turn.session.execute(select(Conversation.due_at)).scalar_one()) == before


def test_other_targets_move_open_deadlines(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail()], mailbox, judge)

    configure.targets(turn, {Channel.EMAIL: Target(limit_minutes=60, kind=CalendarKind.UHR, ideal_minutes=None)})

    assert turn.session.execute(select(Conversation.due_at)).scalar_one() == START + timedelta(hours=1)
    assert settings.targets(turn)[Channel.WHATSAPP] == DEFAULT_TARGETS[Channel.WHATSAPP]


def test_what_was_stored_is_read_back(turn: Turn) -> None:
    wanted = replace(DEFAULT_HOURS, land="BY", overrides={"2026-12-24": [["08:00", "12:00"]]})

    configure.hours(turn, wanted)

    assert settings.hours(turn) == wanted


def test_every_change_is_a_new_version_with_a_trail(turn: Turn) -> None:
    configure.switch(turn, settings.MASS_MAIL_RULE, on=True)
    configure.switch(turn, settings.MASS_MAIL_RULE, on=False)

    versions = turn.session.execute(select(Setting.version, Setting.value).order_by(Setting.version)).all()
    lines = turn.session.execute(select(Trail.before, Trail.after).order_by(Trail.id)).all()
    assert [tuple(v) for v in versions] == [(1, True), (2, False)]
    assert [tuple(line) for line in lines] == [(None, True), (True, False)]


def test_the_same_own_domains_again_are_no_change(turn: Turn) -> None:
    configure.own_domains(turn, ("a.example", "b.example"))
    configure.own_domains(turn, ("b.example", "a.example"))

    assert len(turn.session.scalars(select(Setting)).all()) == 1


def test_targets_of_figures_are_stored(turn: Turn) -> None:
    configure.kpi_targets(turn, {"quote": 90.0})

    assert settings.get(turn, settings.KPI_TARGETS, {}) == {"quote": 90.0}
