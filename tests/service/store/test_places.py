"""One mail in two own mailboxes is one conversation, seen, counted and found under each of them (D12)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.duty import MemberAccount
from models.message import Conversation, Message
from models.record import MessageRecord
from models.staff import Member
from models.terms import Channel, Role
from service.actions import assign, intake
from service.actions.assign import Chosen
from service.domain import kpi
from service.errors import Invalid, NotFound
from service.store import accounts, figures, keys, listing, lookup, places, polls, reach, staff
from service.store.accounts import Facts
from service.store.listing import Filter
from service.store.scope import Scope
from service.turn import Turn
from tests.factories import OWN, START, answer, mail

BOXES = ("info", "vertrieb", "buero")


@pytest.fixture
def boxes(turn: Turn) -> dict[str, int]:
    """Three mailboxes, each looked after by a member of the same name and four others, a group that may be counted."""
    found = {}
    for name in BOXES:
        account = accounts.ensure(turn, Channel.EMAIL, f"{name}@{OWN}", Facts(name, people=5))
        for who in (name, *(f"{name} {number}" for number in range(2, 6))):
            member = staff.add(turn, who, Role.MITARBEITER)
            turn.session.add(MemberAccount(member_id=member.id, account_id=account.id))
        found[name] = account.id
    turn.session.flush()
    return found


def arrive(turn: Turn, boxes: dict[str, int], record: MessageRecord, *names: str) -> Conversation:
    """The same mail arrives in each of these mailboxes, in this order."""
    for name in names:
        there = replace(record, account=f"{name}@{OWN}", source_id=f"{record.source_id}-{name}")
        intake.take_in(turn, [there], boxes[name], intake.Judge(keys.book(turn)))
    turn.session.expire_all()
    return turn.session.scalars(select(Conversation)).one()


def as_member(turn: Turn, name: str) -> Turn:
    member = turn.session.scalars(select(Member).where(Member.name == name)).one()
    return replace(turn, actor=reach.actor(turn, member))


def test_a_colleague_of_either_mailbox_opens_the_conversation_and_nobody_else(
    turn: Turn, boxes: dict[str, int]
) -> None:
    c = arrive(turn, boxes, mail(at=turn.now - timedelta(hours=1)), "info", "vertrieb")

    opened = [lookup.conversation(as_member(turn, name), c.id).id for name in ("info", "vertrieb")]

    assert opened == [c.id, c.id]
    with pytest.raises(NotFound):
        lookup.conversation(as_member(turn, "buero"), c.id)


def test_the_list_of_each_mailbox_has_it_and_that_of_another_has_not(turn: Turn, boxes: dict[str, int]) -> None:
    arrive(turn, boxes, mail(at=turn.now - timedelta(hours=1)), "vertrieb", "info")

    found = {name: listing.count(turn, Filter(scope=Scope((boxes[name],)))) for name in BOXES}

    assert found == {"info": 1, "vertrieb": 1, "buero": 0}


def test_each_mailbox_counts_it_and_the_list_behind_each_figure_shows_exactly_that(
    turn: Turn, boxes: dict[str, int]
) -> None:
    arrive(turn, boxes, mail(at=turn.now - timedelta(days=8)), "info", "vertrieb")

    rows = {row.name: (row.waiting, row.unclassified) for row in figures.mailbox_rows(turn)}

    assert rows == {"info": (1, 1), "vertrieb": (1, 1), "buero": (0, 0)}
    for name in BOXES:
        scope = Scope((boxes[name],))
        for tile in figures.tiles(turn, scope):
            assert tile.rows_count == listing.count(turn, Filter(kpi=tile.key, scope=scope))
        counted = {tile.key: tile.value for tile in figures.tiles(turn, scope)}
        expected = rows[name]
        assert (counted[kpi.UNHANDLED.key], counted[kpi.UNCLASSIFIED.key]) == expected
        assert counted[kpi.OLD_OPEN.key] == expected[0]


def test_the_day_of_one_mailbox_opens_what_came_to_it_on_that_day(turn: Turn, boxes: dict[str, int]) -> None:
    thread = mail(at=START - timedelta(days=3), thread="t")
    arrive(turn, boxes, thread, "info")
    arrive(turn, boxes, mail(at=START, thread="t"), "vertrieb")

    def found(name: str, day: str) -> int:
        return listing.count(turn, Filter(scope=Scope((boxes[name],)), day=day))

    assert [found(name, "2026-11-13") for name in BOXES] == [1, 0, 0]
    assert [found(name, "2026-11-16") for name in BOXES] == [0, 1, 0]


def test_what_was_thrown_away_unclassified_is_behind_no_figure(turn: Turn, boxes: dict[str, int]) -> None:
    c = arrive(turn, boxes, mail(at=turn.now), "info")
    day = turn.now.date().isoformat()
    scope = Scope((boxes["info"],))

    turn.session.execute(update(Message).where(Message.conversation_id == c.id).values(removed_at=turn.now))

    assert listing.count(turn, Filter(kpi=kpi.QUOTE.key, scope=scope)) == 0
    assert listing.count(turn, Filter(scope=scope, day=day)) == 0


def test_both_mailboxes_are_looked_into_often_while_somebody_waits(turn: Turn, boxes: dict[str, int]) -> None:
    arrive(turn, boxes, mail(at=turn.now - timedelta(hours=1)), "info", "vertrieb")

    assert polls.waited_for(turn) == {f"info@{OWN}", f"vertrieb@{OWN}"}


def test_an_answer_from_the_second_mailbox_stops_the_clock_of_both(turn: Turn, boxes: dict[str, int]) -> None:
    asked = mail(at=turn.now - timedelta(hours=5), thread="t")
    arrive(turn, boxes, asked, "info", "vertrieb")

    arrive(turn, boxes, answer(at=turn.now - timedelta(hours=1), thread="t"), "vertrieb")

    assert [row.waiting for row in figures.mailbox_rows(turn)] == [0, 0, 0]
    assert polls.waited_for(turn) == frozenset()


def test_it_can_be_handed_to_whoever_works_in_one_of_the_mailboxes(turn: Turn, boxes: dict[str, int]) -> None:
    c = arrive(turn, boxes, mail(at=turn.now - timedelta(hours=1)), "info", "vertrieb")
    numbers = {one.name: one.id for one in turn.session.scalars(select(Member))}
    mine = as_member(turn, "info")

    done = assign.hand_over(mine, Chosen((c.id,)), numbers["vertrieb"])

    assert done.changed == (c.id,)
    with pytest.raises(Invalid, match="buero arbeitet nicht in info"):
        assign.hand_over(mine, Chosen((c.id,)), numbers["buero"])


def test_a_conversation_in_one_mailbox_is_not_looked_at_twice(turn: Turn, boxes: dict[str, int]) -> None:
    c = arrive(turn, boxes, mail(at=turn.now, thread="t"), "info", "info")

    assert c.several is False
    assert places.outside(turn, [c], None) == set()
    assert places.outside(turn, [c], {boxes["info"]}) == set()
    assert places.outside(turn, [c], {boxes["buero"]}) == {boxes["info"]}
