"""Telling the team what changes after a month: each active member once, and who has read it when."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.duty import Notice
from models.staff import Member
from models.terms import NoticeKind, ReviewKind, Role
from models.trail import Trail
from service.actions import brief, review
from service.errors import Conflict, Invalid, NotFound
from service.store import briefings, notices, reviews, staff
from service.turn import Actor, Turn
from tests.conftest import NOW

WORDS = "Messebauer sind ab jetzt Lieferant."


@pytest.fixture
def people(turn: Turn) -> list[Member]:
    found = [staff.add(turn, name, Role.TEAM_LEAD) for name in ("Jens Thode", "Lea Voss", "Max Chef", "Uwe Weg")]
    found[3].active = False
    turn.session.flush()
    return found


def acting(turn: Turn, who: Member, later: timedelta = timedelta(0)) -> Turn:
    return replace(turn, actor=Actor(who.id, who.name, who.role), now=turn.now + later)


@pytest.fixture
def month(turn: Turn, people: list[Member]) -> int:
    return review.begin(acting(turn, people[0]), ReviewKind.MONAT, "2026-10").id


def test_everybody_active_but_the_writer_is_told_once_and_the_step_is_done(
    turn: Turn, people: list[Member], month: int
) -> None:
    told = brief.tell(acting(turn, people[0]), month, f"  {WORDS}\n")

    (note,) = briefings.of_review(turn, month)
    assert (told, note.note.words, note.writer, note.read) == (2, WORDS, "Jens Thode", 0)
    assert [one.name for one in note.readers] == ["Lea Voss", "Max Chef"]
    assert {one.member_id for one in turn.session.scalars(select(Notice))} == {people[1].id, people[2].id}
    assert turn.session.scalars(select(Notice.kind)).first() is NoticeKind.MITTEILUNG
    done = {tick.step.key for tick in reviews.ticks(turn, ReviewKind.MONAT, month) if tick.at}
    assert done == {brief.STEP}


def test_who_reads_it_is_noted_with_the_time_once_and_the_notice_is_seen(
    turn: Turn, people: list[Member], month: int
) -> None:
    brief.tell(acting(turn, people[0]), month, WORDS)
    lea = acting(turn, people[1], timedelta(hours=1))
    (mine,) = briefings.mine(lea, people[1].id)

    brief.read(lea, mine.note.id)
    brief.read(acting(turn, people[1], timedelta(hours=5)), mine.note.id)

    (note,) = briefings.of_review(turn, month)
    assert [(one.name, one.read_at) for one in note.readers] == [
        ("Max Chef", None),
        ("Lea Voss", NOW + timedelta(hours=1)),
    ]
    assert [notices.unseen(turn, one.id) for one in people[1:3]] == [0, 1]
    assert len(turn.session.scalars(select(Trail).where(Trail.verb == "Mitteilung gelesen")).all()) == 1
    assert briefings.mine(turn, people[2].id)[0].read_at is None


def test_a_second_note_of_the_same_month_is_another_one(turn: Turn, people: list[Member], month: int) -> None:
    lead = acting(turn, people[0])
    brief.tell(lead, month, WORDS)

    brief.tell(lead, month, "Und Hotels sind Lieferant.")

    assert [one.note.words for one in briefings.of_review(turn, month)] == ["Und Hotels sind Lieferant.", WORDS]
    assert notices.unseen(turn, people[1].id) == 2


def test_what_makes_no_sense_is_refused(turn: Turn, people: list[Member], month: int) -> None:
    lead = acting(turn, people[0])
    week = review.begin(lead, ReviewKind.FREITAG).id

    with pytest.raises(Invalid):
        brief.tell(lead, month, " \n ")
    with pytest.raises(Invalid):
        brief.tell(lead, month, "x" * (brief.LONGEST + 1))
    with pytest.raises(NotFound):
        brief.tell(lead, week, WORDS)
    brief.tell(lead, month, WORDS)
    with pytest.raises(NotFound):
        brief.read(lead, briefings.of_review(turn, month)[0].note.id)
    reviews.get(turn, month).closed_at = turn.now
    with pytest.raises(Conflict):
        brief.tell(lead, month, WORDS)
