"""Walking through lists page by page while rows come, move and go: what stays is seen exactly once, both ways."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from models.message import Conversation
from models.terms import Category, Role
from service.store import listing, paging, staff, triage
from service.store.engine import Database
from service.store.listing import Filter
from service.store.paging import Key, Page, Window
from service.turn import Turn
from tests.service.store.firm import NOW, Firm

Listed = tuple[list[int], str, str]
Look = Callable[[Turn, str, str], Listed]


def conversations(firm: Firm, turn: Turn, rng: random.Random, account: int, count: int) -> list[int]:
    """Store waiting mail with few distinct instants, so that many rows share one."""
    found = []
    for _ in range(count):
        since = NOW - timedelta(hours=8 * rng.randrange(24, 60))
        one = firm.conversation(
            turn,
            account,
            since,
            unclassified=1,
            suggested=rng.choice([*Category, *[None] * 5]),
            assignee_due_at=rng.choice([None, NOW - timedelta(hours=rng.randrange(9))]),
        )
        found.append(one.id)
    return found


def listed(**wanted: object) -> Look:
    def look(turn: Turn, after: str, before: str) -> Listed:
        found = listing.page(turn, Filter(after=after, before=before, **wanted))  # type: ignore[arg-type]  # words of a test
        return [row.id for row in found.rows], found.before, found.after

    return look


def waiting(tab: str) -> Look:
    def look(turn: Turn, after: str, before: str) -> Listed:
        found = triage.rows(turn, triage.Filter(tab=tab, after=after, before=before))
        return [line.conversation.id for line in found.lines], found.before, found.after

    return look


LISTS = {
    "newest": listed(),
    "by deadline": listed(kpi="unhandled"),
    "oldest": listed(kpi="old_open"),
    "somebody's": listed(responsible=1),
    "suggested": waiting(triage.SUGGESTED),
    "without": waiting(triage.NONE),
}


def change(firm: Firm, turn: Turn, rng: random.Random, account: int, left: set[int]) -> None:
    """Add rows, move some to another place, close some and remove some; takes those from what was `left` alone."""
    conversations(firm, turn, rng, account, rng.randrange(1, 5))
    for number in rng.sample(sorted(left), 4):
        left.discard(number)
        one = turn.session.get_one(Conversation, number)
        if rng.random() < 0.3:
            turn.session.execute(delete(Conversation).where(Conversation.id == number))
        elif rng.random() < 0.5:
            one.unclassified, one.due_at, one.waiting_since = 0, None, None
        else:
            one.last_at = one.due_at = NOW - timedelta(minutes=rng.randrange(20_000))
    turn.session.flush()


# Every order on SQLite; on PostgreSQL those that sort by expressions and by what may be empty.
PLACES = [
    *(("sqlite", name) for name in LISTS),
    *(pytest.param("postgresql", name, marks=pytest.mark.postgres) for name in ("somebody's", "suggested")),
]


@pytest.mark.unmeasured
@pytest.mark.parametrize(("database", "name"), PLACES, indirect=["database"])
def test_who_walks_through_a_changing_list_sees_each_row_that_stays_exactly_once(database: Database, name: str) -> None:
    firm, rng, look = Firm(database), random.Random(f"Seiten {name}"), LISTS[name]
    with firm.turn() as turn:
        account = firm.account(turn)
        staff.add(turn, "Anna Beck", Role.MITARBEITER)
        conversations(firm, turn, rng, account, 150)
        for one in turn.session.scalars(select(Conversation)):
            one.assignee_id, one.assigned_at = 1, NOW
        turn.session.flush()
        first, _, after = look(turn, "", "")
        there = whole(turn, look)
        left, forward = set(there), list(first)
        back_from = ""
        while after:
            change(firm, turn, rng, account, left)
            found, back_from, after = look(turn, after, "")
            forward += found
        backward = list(found)
        stays = set(left)
        while back_from:
            change(firm, turn, rng, account, stays)
            found, back_from, _ = look(turn, "", back_from)
            backward = found + backward

    assert len(there) > listing.PAGE
    assert [number for number in forward if number in left] == [number for number in there if number in left]
    assert [number for number in backward if number in stays] == [number for number in there if number in stays]


def whole(turn: Turn, look: Look) -> list[int]:
    found, _, after = look(turn, "", "")
    while after:
        more, _, after = look(turn, after, "")
        found += more
    return found


@pytest.fixture
def rows(database: Database, turn: Turn) -> list[Conversation]:
    firm, rng = Firm(database), random.Random(9)
    account = firm.account(turn)
    conversations(firm, turn, rng, account, 20)
    return list(turn.session.scalars(select(Conversation)))


ORDER = (
    *paging.nulls_last(Conversation.assignee_due_at),
    Key(Conversation.last_at, descending=True),
    Key(Conversation.id),
)


def test_an_order_with_empty_places_is_the_same_as_sorting_at_once(turn: Turn, rows: list[Conversation]) -> None:
    expected = sorted(rows, key=lambda c: (c.assignee_due_at is None, c.assignee_due_at or NOW, -c.last_at.timestamp()))

    pages = [paging.page(turn, select(Conversation), ORDER, Window(3))]
    while pages[-1].after:
        pages.append(paging.page(turn, select(Conversation), ORDER, Window(3, after=pages[-1].after)))
    back = [pages[-1]]
    while back[-1].before:
        back.append(paging.page(turn, select(Conversation), ORDER, Window(3, before=back[-1].before)))

    walked = [row.id for page in pages for row in page.rows]
    assert [row.id for page in reversed(back) for row in page.rows] == walked
    assert [turn.session.get_one(Conversation, number).last_at for number in walked] == [c.last_at for c in expected]
    assert sorted(walked) == sorted(row.id for row in rows)
    assert pages[0].before == ""


@pytest.mark.parametrize(
    "mark", ["1", "a.b.c.d", "n.n.n", "9" * 19 + ".1.1.1", "0.-.1.2", "1.n.99999999999999999999.1"]
)
def test_a_mark_that_nobody_gave_out_is_the_first_page(turn: Turn, rows: list[Conversation], mark: str) -> None:
    first = paging.page(turn, select(Conversation), ORDER, Window(3))

    found = paging.page(turn, select(Conversation), ORDER, Window(3, after=mark))

    assert found == first


def test_marks_behind_which_nothing_is_left_lead_to_what_there_is(turn: Turn, rows: list[Conversation]) -> None:
    first = paging.page(turn, select(Conversation), ORDER, Window(3))
    mark = first.after
    gone = {row.id for row in first.rows}
    turn.session.execute(delete(Conversation).where(Conversation.id.not_in(gone)))

    assert paging.page(turn, select(Conversation), ORDER, Window(3, after=mark)).rows == first.rows
    turn.session.execute(delete(Conversation))
    assert paging.page(turn, select(Conversation), ORDER, Window(3, after=mark)) == Page(())
