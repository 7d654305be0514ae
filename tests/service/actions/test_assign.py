"""Taking over, handing over, giving back: who is responsible, who is told, what a colleague's change leaves alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.duty import MemberAccount, Notice
from models.message import Conversation
from models.staff import Member
from models.terms import Category, Channel, ConversationState, NoticeKind, Role
from models.trail import Trail
from service.actions import assign, confirm, finish, intake
from service.actions.assign import Chosen
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.errors import Conflict, Invalid, NotAllowed, NotFound
from service.store import accounts, staff
from service.store.accounts import Facts
from service.turn import Actor, Turn
from tests.conftest import NOW
from tests.factories import mail

LATER = NOW + timedelta(days=3)


def acting(turn: Turn, who: Member, reach: frozenset[int] | None = None) -> Turn:
    return replace(turn, actor=Actor(who.id, who.name, who.role, reach))


@pytest.fixture
def anna(turn: Turn) -> Member:
    return staff.add(turn, "Anna Beck", Role.MITARBEITER)


@pytest.fixture
def timo(turn: Turn) -> Member:
    return staff.add(turn, "Timo Roth", Role.MITARBEITER)


@pytest.fixture
def rows(turn: Turn, mailbox: int, judge: Judge) -> list[Conversation]:
    posted = [mail(f"a{n}@kunde{n}.example", thread=f"t{n}", sender_name=f"Kunde {n}") for n in range(3)]
    intake.take_in(turn, posted, mailbox, judge)
    return list(turn.session.scalars(select(Conversation).order_by(Conversation.id)))


def chosen(*conversations: Conversation) -> Chosen:
    return Chosen(tuple(c.id for c in conversations), {c.id: c.version for c in conversations})


def lines(turn: Turn, conversation: Conversation) -> list[Trail]:
    turn.session.flush()
    about = f"conversation:{conversation.id}"
    return list(turn.session.scalars(select(Trail).where(Trail.about == about).order_by(Trail.id)))


def notices(turn: Turn) -> list[Notice]:
    return list(turn.session.scalars(select(Notice)))


def test_who_takes_over_is_responsible_and_it_stands_in_the_trail(
    turn: Turn, anna: Member, rows: list[Conversation]
) -> None:
    done = assign.take(acting(turn, anna), chosen(rows[0]))

    assert done.changed == (rows[0].id,)
    assert (rows[0].assignee_id, rows[0].assigned_by_id, rows[0].assigned_at) == (anna.id, anna.id, NOW)
    line = lines(turn, rows[0])[-1]
    assert (line.member_id, line.verb, line.before["assignee"], line.after["assignee"]) == (
        anna.id,
        "Übernommen",
        None,
        anna.id,
    )
    assert notices(turn) == []


def test_taking_over_what_is_mine_changes_nothing(turn: Turn, anna: Member, rows: list[Conversation]) -> None:
    mine = acting(turn, anna)
    assign.take(mine, chosen(rows[0]))

    again = assign.take(mine, chosen(rows[0]))

    assert (again.act, again.changed, again.left) == ("", (), ())
    assert len(lines(turn, rows[0])) == 1


def test_a_program_takes_nothing_over(turn: Turn, rows: list[Conversation]) -> None:
    with pytest.raises(NotAllowed):
        assign.take(turn, chosen(rows[0]))


def test_handing_over_tells_the_receiver_once_and_never_the_doer(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    done = assign.hand_over(acting(turn, anna), chosen(*rows), timo.id, LATER)

    assert len(done.changed) == 3
    assert [(c.assignee_id, c.assignee_due_at, c.assigned_by_id) for c in rows] == [(timo.id, LATER, anna.id)] * 3
    told = notices(turn)
    assert [(n.member_id, n.kind, n.amount, n.conversation_id, n.about_member_id) for n in told] == [
        (timo.id, NoticeKind.UEBERGEBEN, 3, None, anna.id)
    ]


def test_a_single_hand_over_names_its_conversation(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    assign.hand_over(acting(turn, anna), chosen(rows[0]), timo.id)

    assert [n.conversation_id for n in notices(turn)] == [rows[0].id]
    assert rows[0].assignee_due_at is None


def test_handing_over_to_oneself_tells_nobody(turn: Turn, anna: Member, rows: list[Conversation]) -> None:
    assign.hand_over(acting(turn, anna), chosen(rows[0]), anna.id, LATER)

    assert rows[0].assignee_id == anna.id
    assert notices(turn) == []


def test_the_same_hand_over_again_tells_nobody_again(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    mine = acting(turn, anna)
    assign.hand_over(mine, chosen(rows[0]), timo.id, LATER)

    again = assign.hand_over(mine, chosen(rows[0]), timo.id, LATER)

    assert again.changed == ()
    assert len(notices(turn)) == 1


def test_giving_back_leaves_nobody_by_hand(turn: Turn, anna: Member, rows: list[Conversation]) -> None:
    assign.take(acting(turn, anna), chosen(rows[0]))

    done = assign.give_back(acting(turn, anna), chosen(*rows))

    assert done.changed == (rows[0].id,)
    assert (rows[0].assignee_id, rows[0].assigned_by_id, rows[0].assigned_at) == (None, None, None)
    assert [line.verb for line in lines(turn, rows[0])] == ["Übernommen", "Zurückgegeben"]


def test_what_a_colleague_changed_is_named_and_the_rest_goes_on(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    seen = chosen(*rows)
    assign.take(acting(turn, timo), chosen(rows[1]))

    done = assign.hand_over(acting(turn, anna), seen, anna.id)

    assert done.changed == (rows[0].id, rows[2].id)
    assert [(one.name, one.text) for one in done.left] == [
        ("Kunde 1", "Timo Roth war schneller: übernommen (10:00 Uhr).")
    ]
    assert rows[1].assignee_id == timo.id


def test_a_colleague_who_was_faster_everywhere_is_a_conflict(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    seen = chosen(rows[0])
    assign.hand_over(acting(turn, timo), chosen(rows[0]), timo.id, LATER)

    with pytest.raises(Conflict, match=r"Timo Roth war schneller: an Timo Roth übergeben \(10:00 Uhr\)\."):
        assign.take(acting(turn, anna), seen)


def test_a_class_given_meanwhile_is_said_to_who_takes_over(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    seen = chosen(rows[0])
    confirm.confirm(acting(turn, timo), Choice((rows[0].id,), Category.WERBUNG))

    with pytest.raises(Conflict, match=r"Timo Roth war schneller: Werbung \(10:00 Uhr\)"):
        assign.take(acting(turn, anna), seen)


def test_taking_over_is_said_to_who_classifies_or_finishes(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    versions = {rows[0].id: rows[0].version}
    assign.take(acting(turn, timo), chosen(rows[0]))

    with pytest.raises(Conflict, match="Timo Roth war schneller: übernommen"):
        confirm.confirm(acting(turn, anna), Choice((rows[0].id,), Category.WERBUNG, versions=versions))
    with pytest.raises(Conflict, match="Timo Roth war schneller: übernommen"):
        finish.finish(acting(turn, anna), [rows[0].id], ConversationState.ARCHIVIERT, versions)


def test_finishing_is_said_to_who_takes_over_and_an_own_change_is_called_so(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    seen = chosen(rows[0])
    finish.finish(acting(turn, timo), [rows[0].id], ConversationState.ARCHIVIERT, dict(seen.versions))

    with pytest.raises(Conflict, match="Timo Roth war schneller: Zustand „archiviert“"):
        assign.take(acting(turn, anna), seen)
    with pytest.raises(Conflict, match="Sie haben das inzwischen selbst geändert"):
        assign.take(acting(turn, timo), seen)


@pytest.mark.parametrize(
    ("days", "says"), [(-1, "vorbei"), (0, "vorbei"), (400, "mehr als ein Jahr")], ids=["past", "now", "far"]
)
def test_a_day_that_cannot_be_meant_is_refused(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation], days: int, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as refusal:
        assign.hand_over(acting(turn, anna), chosen(rows[0]), timo.id, NOW + timedelta(days=days))

    assert "due" in refusal.value.fields


@pytest.mark.parametrize("role", [Role.MANAGEMENT, Role.DATENSCHUTZ])
def test_a_role_that_does_not_classify_receives_nothing(
    turn: Turn, anna: Member, rows: list[Conversation], role: Role
) -> None:
    chief = staff.add(turn, "Max Chef", role)

    with pytest.raises(Invalid, match=f"Max Chef kann nichts übernehmen: Die Rolle {role.value}"):
        assign.hand_over(acting(turn, anna), chosen(rows[0]), chief.id)


def test_who_has_left_receives_nothing(turn: Turn, anna: Member, timo: Member, rows: list[Conversation]) -> None:
    timo.active = False
    turn.session.flush()

    with pytest.raises(Invalid, match="nicht \\(mehr\\)"):
        assign.hand_over(acting(turn, anna), chosen(rows[0]), timo.id)


def test_who_does_not_reach_the_mailbox_receives_nothing(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation], mailbox: int
) -> None:
    other = accounts.ensure(turn, Channel.EMAIL, "verkauf@muster.example", Facts("Verkauf"))
    turn.session.add(MemberAccount(account_id=mailbox, member_id=anna.id))
    turn.session.add(MemberAccount(account_id=other.id, member_id=timo.id))
    turn.session.flush()

    with pytest.raises(Invalid, match=r"Timo Roth arbeitet nicht in info@\."):
        assign.hand_over(acting(turn, anna), chosen(rows[0]), timo.id)


def test_what_is_out_of_reach_is_not_found(turn: Turn, anna: Member, rows: list[Conversation]) -> None:
    with pytest.raises(NotFound):
        assign.take(acting(turn, anna, frozenset()), chosen(rows[0]))


@pytest.mark.parametrize(("count", "says"), [(0, "nichts ausgewählt"), (501, "Höchstens 500")])
def test_nothing_and_too_much_are_refused(turn: Turn, anna: Member, count: int, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        assign.take(acting(turn, anna), Chosen(tuple(range(1, count + 1))))
