"""Who leaves is out at once, what was open has a new owner or none, and every piece stands in the trail."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.account import Account
from models.duty import Absence, Deputy, DeputyGrant, MemberAccount, Notice
from models.message import Conversation
from models.party import Company
from models.staff import LoginLink
from models.terms import AbsenceKind, Category, ConversationState, Role
from models.trail import Trail
from service.actions import depart, intake, master, members, signin, teams
from service.actions.intake import Judge
from service.actions.master import Entry
from service.errors import Conflict, Invalid, NotFound, NotSignedIn
from service.store import handover, staff
from service.store import members as people
from service.store.teams import Part
from service.turn import Actor, Turn
from tests.factories import mail


@pytest.fixture
def leaver(turn: Turn, mailbox: int, judge: Judge) -> int:
    """Lea, who looks after the mailbox, has two open conversations and an archived one, and a customer."""
    lea = staff.add(turn, "Lea", Role.MITARBEITER).id
    staff.add(turn, "Ute", Role.ADMIN)
    intake.take_in(turn, [mail(f"k{n}@kunde.example", thread=f"t{n}") for n in range(3)], mailbox, judge)
    master.take(turn, [Entry("Kontor Nord", Category.KUNDE, "K-1", domains=("kontor.example",))])
    turn.session.scalars(select(Company)).one().owner_id = lea
    for number, conversation in enumerate(turn.session.scalars(select(Conversation).order_by(Conversation.id))):
        conversation.assignee_id = lea
        conversation.assignee_due_at = turn.now + timedelta(days=number + 1)
        if number == 2:
            conversation.state = ConversationState.ARCHIVIERT
    members.look_after(turn, lea, {mailbox: 1})
    return lea


def owners(turn: Turn) -> list[int | None]:
    turn.session.flush()
    return list(turn.session.scalars(select(Conversation.assignee_id).order_by(Conversation.id)))


def looked_after(turn: Turn, box: int) -> list[int]:
    query = select(MemberAccount.member_id).where(MemberAccount.account_id == box).order_by(MemberAccount.position)
    return list(turn.session.scalars(query))


def test_the_preview_counts_what_is_open(turn: Turn, leaver: int, mailbox: int) -> None:
    teams.create(turn, "Service", Part(members=frozenset({leaver}), leads=frozenset({leaver})))

    load = handover.load(turn, leaver)

    assert (load.conversations, load.parties) == (2, 1)
    assert (load.accounts, load.alone, load.leads) == (("info@",), ("info@",), ("Service",))


def test_the_successor_takes_conversations_with_their_day_parties_and_the_place(
    turn: Turn, leaver: int, mailbox: int
) -> None:
    jens = staff.add(turn, "Jens", Role.MITARBEITER).id

    held = depart.deactivate(turn, leaver, jens)

    assert owners(turn) == [jens, jens, leaver], "what is archived keeps its history"
    first = turn.session.scalars(select(Conversation).order_by(Conversation.id)).first()
    assert first is not None
    assert first.assignee_due_at == turn.now + timedelta(days=1)
    assert turn.session.scalars(select(Company.owner_id)).one() == jens
    assert looked_after(turn, mailbox) == [jens]
    assert turn.session.scalars(select(Account.people).where(Account.id == mailbox)).one() == 1
    assert held.conversations == 2
    told = turn.session.scalars(select(Notice)).one()
    assert (told.member_id, told.amount) == (jens, 2)


def test_every_piece_stands_in_the_trail(turn: Turn, leaver: int, mailbox: int) -> None:
    jens = staff.add(turn, "Jens", Role.MITARBEITER).id

    depart.deactivate(turn, leaver, jens)

    lines = turn.session.scalars(
        select(Trail).where(Trail.verb == "Bei Ausscheiden übergeben").order_by(Trail.id)
    ).all()
    assert {line.about.partition(":")[0] for line in lines} == {"conversation", "company", "account"}
    last = turn.session.scalars(select(Trail).order_by(Trail.id.desc())).first()
    assert last is not None
    assert (last.verb, last.about, last.before) == ("Mitglied deaktiviert", f"member:{leaver}", {"active": True})
    assert last.after is not None
    assert last.after["successor"] == jens
    assert last.after["conversations"] == 2


def test_without_a_successor_the_first_deputy_at_work_takes_over(turn: Turn, leaver: int) -> None:
    gone, boss, jens = (
        staff.add(turn, name, role).id
        for name, role in (("Weg", Role.MITARBEITER), ("Chef", Role.MANAGEMENT), ("Jens", Role.MITARBEITER))
    )
    staff.member(turn, gone).active = False
    for position, deputy in enumerate((gone, boss, jens)):
        turn.session.add(Deputy(member_id=leaver, position=position, deputy_id=deputy))
    turn.session.flush()

    depart.deactivate(turn, leaver, None)

    assert people.first_deputy(turn, leaver) == jens
    assert owners(turn)[:2] == [jens, jens]


def test_without_anybody_the_mailbox_decides_again(turn: Turn, leaver: int, mailbox: int) -> None:
    depart.deactivate(turn, leaver, None)

    assert owners(turn)[:2] == [None, None]
    assert turn.session.scalars(select(Conversation.assignee_due_at).order_by(Conversation.id)).first() is None
    assert turn.session.scalars(select(Company.owner_id)).one() is None
    assert looked_after(turn, mailbox) == [leaver], "comes back with reactivation"


def test_a_successor_who_has_nothing_to_take_is_told_nothing(turn: Turn) -> None:
    lea, jens = (staff.add(turn, name, Role.MITARBEITER).id for name in ("Lea", "Jens"))

    depart.deactivate(turn, lea, jens)

    assert turn.session.scalars(select(Notice)).all() == []


def test_sessions_and_links_end_at_once(turn: Turn, leaver: int) -> None:
    session_id, _ = signin.redeem(turn, signin.link(turn, Role.MITARBEITER, leaver))
    signin.link(turn, Role.MITARBEITER, leaver)

    depart.deactivate(turn, leaver, None)

    with pytest.raises(NotSignedIn):
        signin.visit(turn, session_id)
    assert turn.session.scalars(select(LoginLink).where(LoginLink.used_at.is_(None))).all() == []


def test_the_last_admin_oneself_and_who_is_gone_cannot_be_deactivated(turn: Turn, leaver: int) -> None:
    ute = people.find(turn, "Ute")
    second = staff.add(turn, "Zweite", Role.ADMIN)
    by_ute = Turn(turn.session, turn.now, Actor(ute.id, ute.name, ute.role))

    with pytest.raises(Invalid, match="Sich selbst"):
        depart.deactivate(by_ute, ute.id, None)
    depart.deactivate(by_ute, second.id, None)
    with pytest.raises(Invalid, match="schon deaktiviert"):
        depart.deactivate(by_ute, second.id, None)
    with pytest.raises(Invalid, match="letzte aktive Verwaltung"):
        depart.deactivate(turn, ute.id, None)
    with pytest.raises(NotFound):
        depart.deactivate(turn, 4711, None)


def test_nobody_inherits_who_cannot(turn: Turn, leaver: int) -> None:
    gone = staff.add(turn, "Weg", Role.MITARBEITER)
    gone.active = False
    boss = staff.add(turn, "Chef", Role.MANAGEMENT)
    turn.session.flush()

    for heir in (gone.id, boss.id, leaver):
        with pytest.raises(Invalid, match="kann nichts übernehmen"):
            depart.deactivate(turn, leaver, heir)


def test_when_a_deputy_leaves_the_next_one_holds_the_rights_at_once(turn: Turn, leaver: int) -> None:
    jens, mia = (staff.add(turn, name, Role.MITARBEITER).id for name in ("Jens", "Mia"))
    for position, deputy in enumerate((jens, mia)):
        turn.session.add(Deputy(member_id=leaver, position=position, deputy_id=deputy))
    end = turn.now + timedelta(days=5)
    turn.session.add(
        Absence(member_id=leaver, kind=AbsenceKind.URLAUB, from_at=turn.now, until_at=end, created_at=turn.now)
    )
    turn.session.flush()

    def holders() -> list[int]:
        query = select(DeputyGrant.deputy_id).where(DeputyGrant.ended_at.is_(None)).order_by(DeputyGrant.id)
        return list(turn.session.scalars(query))

    depart.deactivate(turn, jens, None)
    first = holders()
    depart.reactivate(turn, jens)

    assert first == [mia]
    assert holders() == [jens]


def test_an_old_state_deactivates_nobody(turn: Turn, leaver: int) -> None:
    seen = people.get(turn, leaver).version
    members.describe(turn, leaver, "Lea Neu", "")

    with pytest.raises(Conflict):
        depart.deactivate(turn, leaver, None, seen)

    assert people.get(turn, leaver).active


def test_who_comes_back_counts_again_unless_the_address_is_taken(turn: Turn, leaver: int, mailbox: int) -> None:
    members.describe(turn, leaver, "Lea", "lea@muster.example")
    depart.deactivate(turn, leaver, None)
    other = members.invite(turn, "Andere Lea", "lea@muster.example", Role.MITARBEITER)
    with pytest.raises(Invalid, match="Adresse"):
        depart.reactivate(turn, leaver)
    members.describe(turn, other.id, "Andere Lea", "")

    depart.reactivate(turn, leaver)

    who = people.get(turn, leaver)
    assert (who.active, who.deactivated_at) == (True, None)
    with pytest.raises(Invalid, match="schon aktiv"):
        depart.reactivate(turn, leaver)
