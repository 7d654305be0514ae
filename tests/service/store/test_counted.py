"""Counts stay exact: after any sequence of what people and mailboxes do, a recount from the rows finds nothing wrong."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from connectors.whatsapp.told import Names
from models.chat import ChatPerson, ChatTwin
from models.job import Job
from models.message import Conversation, Message
from models.tables import METADATA
from models.terms import CalendarKind, Category, Channel, ConversationState, Direction, Role
from service.actions import configure, confirm, finish, intake, merge, recompute
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.domain.business_time import DAYS
from service.domain.hours import Hours
from service.domain.windows import DEFAULT_TARGETS, Target
from service.errors import Conflict, Invalid, NotFound
from service.store import (
    accounts,
    chatters,
    clocks,
    figures,
    firm_days,
    jobs,
    keys,
    sightings,
    snapshots,
    tallies,
    uncounted,
)
from service.store import settings as firm_settings
from service.store.accounts import Facts
from service.store.engine import Database
from service.store.scope import Scope
from service.turn import Actor, Turn
from tests.factories import OWN, START, answer, chat, mail

ANNA = f"anna@{OWN}"
SPANS: tuple[list[list[str]], ...] = ([], [["08:00", "17:00"]], [["06:30", "12:00"], ["13:00", "22:00"]])
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
SENDERS = ("erika@kunde.example", "paul@kunde.example", "news@brief.example")


class Play:
    """A small firm that does one thing after another; `now` goes on with each."""

    def __init__(self, database: Database, rng: random.Random) -> None:
        self.database, self.rng = database, rng
        self.now = START
        self.acts: list[str] = []
        self.serial = 0
        with self.turn() as turn:
            firm_settings.put(turn, firm_settings.OWN_DOMAINS, [OWN])
            places = ((Channel.EMAIL, f"info@{OWN}"), (Channel.EMAIL, ANNA), (Channel.WHATSAPP, "1001"))
            self.boxes = [accounts.ensure(turn, channel, name, Facts(name)).id for channel, name in places]

    def turn(self):
        return _Writing(self)

    def come_in(self, turn: Turn) -> None:
        sender, thread, self.serial = self.rng.choice(SENDERS), f"t{self.rng.randrange(4)}", self.serial + 1
        one = mail(sender, at=self.now, thread=thread, internet_message_id=f"<{self.serial}@m>")
        self._take(turn, one, 0)
        if self.rng.random() < 0.5:
            self._take(turn, replace(one, account=ANNA, source_id=f"copy-{self.serial}"), 1)

    def chat(self, turn: Turn) -> None:
        """Write under one of two names, which may turn out to be those of one person."""
        names = Names("p", *self.rng.choice((("4917183", ""), ("", "DE.17183"), ("4917183", "DE.17183"))))
        thread = chatters.thread(turn, names, self.now)
        self._take(turn, chat(names.number, at=self.now, thread=thread), 2)

    def write(self, turn: Turn) -> None:
        """Answer one of the chats."""
        threads = turn.session.scalars(select(ChatPerson.thread).order_by(ChatPerson.id)).all()
        if threads:
            one = chat("", at=self.now, thread=self.rng.choice(threads), direction=Direction.AUSGANG, to=())
            self._take(turn, one, 2)

    def join(self, turn: Turn) -> None:
        """Say that two who look alike are one."""
        for number in turn.session.scalars(select(ChatTwin.id)):
            merge.merge(turn, number)

    def part(self, turn: Turn) -> None:
        """Take that back."""
        for number in turn.session.scalars(select(ChatTwin.id)):
            merge.undo(turn, number)

    def answer(self, turn: Turn) -> None:
        box = self.rng.randrange(2)
        one = answer(self.rng.choice(SENDERS), at=self.now, thread=f"t{self.rng.randrange(4)}")
        self._take(turn, one if box == 0 else replace(one, account=ANNA, sender=ANNA), box)

    def confirm(self, turn: Turn) -> None:
        numbers = tuple(turn.session.scalars(select(Conversation.id)))
        chosen = (self.rng.choice(numbers),) if numbers else ()
        category = self.rng.choice([*Category, None])
        self.acts += confirm.confirm(turn, Choice(chosen, category, party_unknown=True)).confirmation_ids

    def undo(self, turn: Turn) -> None:
        if self.acts:
            confirm.undo(turn, self.acts.pop(self.rng.randrange(len(self.acts))))

    def finish(self, turn: Turn) -> None:
        numbers = turn.session.scalars(select(Conversation.id)).all()
        finish.finish(turn, self.rng.sample(numbers, min(2, len(numbers))), self.rng.choice([*ConversationState]))

    def remove(self, turn: Turn) -> None:
        rows = turn.session.execute(select(Message.account_id, Message.source_id)).all()
        if rows:
            account_id, source_id = self.rng.choice(rows)
            found = sightings.known(turn, account_id, [source_id])
            clocks.refresh(turn, sightings.remove(turn, list(found.values())))

    def erase(self, turn: Turn) -> None:
        numbers = turn.session.scalars(select(Message.id)).all()
        gone = self.rng.sample(numbers, min(2, len(numbers)))
        touched = uncounted.forget(turn, gone)
        turn.session.execute(delete(Message).where(Message.id.in_(gone)))
        left = set(turn.session.scalars(select(Message.conversation_id).where(Message.conversation_id.in_(touched))))
        clocks.refresh(turn, left)
        for number in touched - left:
            clocks.empty(turn, turn.session.get_one(Conversation, number))

    def recalendar(self, turn: Turn) -> None:
        other = Target(self.rng.randrange(60, 3000), CalendarKind.UHR)
        configure.targets(turn, DEFAULT_TARGETS | {Channel.EMAIL: other})
        clocks.refresh(turn, turn.session.scalars(select(Conversation.id)).all())

    def rehours(self, turn: Turn) -> None:
        """Open at other times, in another Land, with a day off; now and then have the past measured anew."""
        week = {day: self.rng.choice(SPANS) for day in DAYS}
        off = {(self.now + timedelta(days=self.rng.randrange(4))).date().isoformat(): []}
        value = Hours(week, self.rng.choice(("", "BY", "NW")), off, firm_settings.zone(turn))
        configure.hours(turn, value)
        last: int | None = 0 if self.rng.random() < 0.5 else None
        while last is not None:
            last = recompute.some(turn, last)

    def rezone(self, turn: Turn) -> None:
        """Move to another time zone, and do at once what the worker is told to do then."""
        value = replace(firm_settings.hours(turn), timezone=self.rng.choice(ZONES))
        moves = value.timezone != firm_settings.zone(turn)
        configure.hours(turn, value)
        asked = turn.session.execute(delete(Job).where(Job.kind == jobs.RECOUNT, Job.key == jobs.EVERYTHING))
        assert asked.rowcount == moves
        if moves:
            tallies.recount(turn)
            snapshots.write(turn, self.now.date() - timedelta(days=35), self.now.date() - timedelta(days=1))

    def keep(self, turn: Turn) -> None:
        firm_days.fill(turn, 20)
        snapshots.fill(turn, 20)

    def _take(self, turn: Turn, record, box: int) -> None:
        intake.take_in(turn, [record], self.boxes[box], Judge(keys.book(turn), None))


class _Writing:
    def __init__(self, play: Play) -> None:
        self.play, self.context = play, play.database.write()

    def __enter__(self) -> Turn:
        return Turn(self.context.__enter__(), self.play.now, Actor(None, "Postlotse", Role.ADMIN))

    def __exit__(self, *error: object) -> bool | None:
        return self.context.__exit__(*error)


STEPS: tuple[Callable[[Play, Turn], None], ...] = (
    *(Play.come_in, Play.come_in, Play.chat, Play.chat, Play.chat, Play.answer, Play.confirm, Play.confirm),
    *(
        Play.write,
        Play.join,
        Play.join,
        Play.part,
        Play.undo,
        Play.finish,
        Play.remove,
        Play.erase,
        Play.recalendar,
        Play.rehours,
        Play.rezone,
        Play.keep,
    ),
)


@pytest.mark.measured
@settings(derandomize=True, max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_after_whatever_happens_counts_and_kept_days_are_those_of_a_recount(tmp_path_factory, seed):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('firm') / 'firm.db'}")
    METADATA.create_all(database.engine)
    play = Play(database, random.Random(seed))
    for _ in range(24):
        play.now += timedelta(hours=play.rng.randrange(1, 30))
        step = play.rng.choice(STEPS)
        try:
            with play.turn() as turn:
                step(play, turn)
        except (Conflict, Invalid, NotFound):
            continue  # refused, as for a person: nothing may have been counted

    with play.turn() as turn:
        shown = [reading.value for reading in figures.catalogue(turn, Scope(days=30))]
        wrong = tallies.recount(turn)
    with play.turn() as turn:
        again = [reading.value for reading in figures.catalogue(turn, Scope(days=30))]

    assert wrong == ()
    assert shown == again
    database.dispose()
