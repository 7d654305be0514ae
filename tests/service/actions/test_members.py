"""Members are invited, named, given roles, mailboxes and hours; every change is in the trail and none gets lost."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from models.account import Account
from models.duty import MemberAccount
from models.staff import LoginLink, Member
from models.terms import Channel, Delivery, Role
from models.trail import Trail
from service.actions import members, signin
from service.actions.members import Work
from service.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from service.store import accounts, care, invitations, staff
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor, Turn
from tests.conftest import NOW

FIRM = Work(None, "", Delivery.MORGENS)


@pytest.fixture
def box(turn: Turn) -> int:
    return accounts.ensure(turn, Channel.EMAIL, "info@muster.example", Facts("info@", shared=True, people=6)).id


def lines(turn: Turn) -> list[tuple[str, object, object]]:
    turn.session.flush()
    return [(t.verb, t.before, t.after) for t in turn.session.scalars(select(Trail).order_by(Trail.id))]


def position(turn: Turn, box: int) -> list[int]:
    query = select(MemberAccount.member_id).where(MemberAccount.account_id == box).order_by(MemberAccount.position)
    return list(turn.session.scalars(query))


def test_an_invited_member_waits_until_the_first_sign_in(turn: Turn) -> None:
    made = members.invite(turn, "  Lea   Voss ", " Lea@Muster.example", Role.MITARBEITER)

    assert (made.name, made.address, made.role) == ("Lea Voss", "lea@muster.example", Role.MITARBEITER)
    assert made.invited_at == turn.now
    signin.redeem(turn, signin.link(turn, made.role, made.id))
    assert made.invited_at is None
    assert lines(turn)[0] == ("Mitglied eingeladen", None, {"name": "Lea Voss", "role": "Mitarbeiter"})


@pytest.mark.parametrize(
    ("name", "address", "field"),
    [("", "", "name"), ("x" * 121, "", "name"), ("Lea\x00", "", "name"), ("Lea", "kein-at", "address")],
)
def test_what_is_no_name_and_no_address_is_refused(turn: Turn, name: str, address: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        members.invite(turn, name, address, Role.MITARBEITER)

    assert list(refused.value.fields) == [field]


def test_two_active_members_have_no_address_in_common(turn: Turn) -> None:
    lea = members.invite(turn, "Lea", "lea@muster.example", Role.MITARBEITER)
    members.describe(turn, lea.id, "Lea", "lea@muster.example")

    with pytest.raises(Invalid, match="anderes Mitglied"):
        members.invite(turn, "Leo", "LEA@muster.example", Role.MITARBEITER)


def test_an_invitation_is_kept_as_a_hash_and_a_new_one_ends_the_old(turn: Turn) -> None:
    lea = members.invite(turn, "Lea", "", Role.MITARBEITER)

    old = members.invitation(turn, lea.id)
    new = members.invitation(turn, lea.id)

    rows = turn.session.scalars(select(LoginLink)).all()
    assert len(rows) == 1
    assert rows[0].expires_at == turn.now + timedelta(days=7)
    assert new not in rows[0].token_hash
    assert invitations.invited(turn, new).id == lea.id
    for token, at in ((old, turn), (new, Turn(turn.session, turn.now + timedelta(days=7), turn.actor))):
        with pytest.raises(NotAllowed):
            invitations.invited(at, token)


def test_an_invitation_is_no_login_link_and_a_login_link_no_invitation(turn: Turn) -> None:
    lea = members.invite(turn, "Lea", "", Role.ADMIN)
    invitation = members.invitation(turn, lea.id)
    link = signin.link(turn, Role.ADMIN, lea.id)

    with pytest.raises(NotAllowed):
        signin.redeem(turn, invitation)
    with pytest.raises(NotAllowed):
        invitations.use(turn, link)


def test_members_who_are_known_or_gone_are_not_invited_again(turn: Turn) -> None:
    lea = members.invite(turn, "Lea", "", Role.MITARBEITER)
    staff.add_identity(turn, "https://verzeichnis.example", "a1", lea.id)
    gone = members.invite(turn, "Otto", "", Role.MITARBEITER)
    gone.active = False
    turn.session.flush()

    for who in (lea, gone):
        with pytest.raises(Invalid):
            members.invitation(turn, who.id)
    with pytest.raises(NotFound):
        members.invitation(turn, 4711)


def test_the_first_admin_is_made_once_and_only_while_there_is_none(turn: Turn) -> None:
    first = members.first_admin(turn)

    assert members.first_admin(turn).id == first.id
    assert (first.role, first.invited_at) == (Role.ADMIN, turn.now)
    signin.redeem(turn, signin.link(turn, Role.ADMIN, first.id))
    with pytest.raises(Invalid):
        members.first_admin(turn)


def test_name_and_address_change_and_the_address_stays_out_of_the_trail(turn: Turn) -> None:
    lea = staff.add(turn, "Lea", Role.MITARBEITER)

    members.describe(turn, lea.id, "Lea Voss", "lea@muster.example", lea.version)
    members.describe(turn, lea.id, "Lea Voss", "")

    assert (lea.name, lea.address, lea.version) == ("Lea Voss", "", 3)
    assert "muster" not in str(lines(turn))
    assert [verb for verb, _, _ in lines(turn)] == ["Angaben geändert"] * 2


def test_nothing_new_leaves_no_line(turn: Turn, box: int) -> None:
    lea = staff.add(turn, "Lea", Role.ADMIN)

    members.describe(turn, lea.id, "Lea", "")
    members.change_role(turn, lea.id, Role.ADMIN)
    members.look_after(turn, lea.id, {})
    members.work(turn, lea.id, FIRM)

    assert lines(turn) == []


def test_who_saw_an_old_state_overwrites_nothing(turn: Turn, box: int) -> None:
    lea = staff.add(turn, "Lea", Role.MITARBEITER)
    seen = lea.version
    members.describe(turn, lea.id, "Lea Voss", "", seen)

    for change in (
        lambda: members.describe(turn, lea.id, "Lea Alt", "", seen),
        lambda: members.change_role(turn, lea.id, Role.ADMIN, seen),
        lambda: members.look_after(turn, lea.id, {box: 1}, seen),
        lambda: members.work(turn, lea.id, FIRM, seen),
    ):
        with pytest.raises(Conflict, match="inzwischen geändert"):
            change()

    assert lea.name == "Lea Voss"


def test_another_role_ends_every_session(turn: Turn) -> None:
    session_id, lea = signin.redeem(turn, signin.link(turn, Role.MITARBEITER))

    members.change_role(turn, lea.id, Role.TEAM_LEAD, lea.version)

    with pytest.raises(NotSignedIn):
        signin.visit(turn, session_id)
    assert lines(turn)[-1] == ("Rolle geändert", {"role": "Mitarbeiter"}, {"role": "Team-Lead"})


def test_the_last_admin_stays_one(turn: Turn) -> None:
    ute = staff.add(turn, "Ute", Role.ADMIN)
    members.invite(turn, "Noch nie da", "", Role.ADMIN)

    with pytest.raises(Invalid, match="letzte aktive Verwaltung"):
        members.change_role(turn, ute.id, Role.MITARBEITER)

    staff.add(turn, "Zweite", Role.ADMIN)
    members.change_role(turn, ute.id, Role.MITARBEITER)
    assert ute.role is Role.MITARBEITER


def test_places_push_others_down_and_close_up_again(turn: Turn, box: int) -> None:
    lea, jens, ute = (staff.add(turn, name, Role.MITARBEITER).id for name in ("Lea", "Jens", "Ute"))
    members.look_after(turn, lea, {box: 1})
    members.look_after(turn, jens, {box: 1})
    members.look_after(turn, ute, {box: 99})

    assert position(turn, box) == [jens, lea, ute]
    members.look_after(turn, ute, {box: 2})
    assert position(turn, box) == [jens, ute, lea]
    members.look_after(turn, jens, {})
    assert position(turn, box) == [ute, lea]
    assert care.ranks(turn, lea) == {box: 2}
    assert lines(turn)[-1] == ("Postfächer zugeordnet", {str(box): 1}, {})


def test_the_number_of_people_follows_who_looks_after_a_mailbox(turn: Turn, box: int) -> None:
    account = turn.session.get_one(Account, box)
    lea, jens = (staff.add(turn, name, Role.MITARBEITER).id for name in ("Lea", "Jens"))

    members.look_after(turn, lea, {box: 1})
    members.look_after(turn, jens, {box: 2})
    turn.session.refresh(account)
    assert account.people == 2

    members.look_after(turn, lea, {})
    members.look_after(turn, jens, {})
    turn.session.refresh(account)
    assert account.people == 1, "nobody left: the smaller number stays, so that no average appears"


@pytest.mark.parametrize("wanted", [{4711: 1}, {0: 1}])
def test_a_mailbox_that_does_not_exist_is_refused(turn: Turn, wanted: dict[int, int]) -> None:
    lea = staff.add(turn, "Lea", Role.MITARBEITER)

    with pytest.raises(Invalid):
        members.look_after(turn, lea.id, wanted)


def test_a_place_begins_at_one(turn: Turn, box: int) -> None:
    lea = staff.add(turn, "Lea", Role.MITARBEITER)

    with pytest.raises(Invalid, match="beginnt bei 1"):
        members.look_after(turn, lea.id, {box: 0})


def test_working_hours_zone_and_delivery_are_kept_and_noted(turn: Turn) -> None:
    lea = staff.add(turn, "Lea", Role.MITARBEITER)

    members.work(turn, lea.id, Work({"mon": [["08:00", "12:00"]], "tue": []}, "Europe/Vienna", Delivery.NUR_DRINGEND))

    assert (lea.hours, lea.zone) == ({"mon": [["08:00", "12:00"]]}, "Europe/Vienna")
    assert lea.delivery is Delivery.NUR_DRINGEND
    verb, before, after = lines(turn)[-1]
    assert verb == "Arbeitszeit geändert"
    assert before == {"hours": None, "zone": "", "delivery": "morgens"}
    assert after == {"hours": {"mon": [["08:00", "12:00"]]}, "zone": "Europe/Vienna", "delivery": "nur Dringendes"}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Work({}, "", Delivery.MORGENS), "week"),
        (Work({"mon": [["8", "12"]]}, "", Delivery.MORGENS), "mon"),
        (Work({"mon": [["12:00", "08:00"]]}, "", Delivery.MORGENS), "mon"),
        (Work({"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}, "", Delivery.MORGENS), "mon"),
        (Work(None, "Mond/Tranquillitatis", Delivery.MORGENS), "timezone"),
        (Work(None, "../../etc/passwd", Delivery.MORGENS), "timezone"),
    ],
)
def test_hours_that_nobody_means_are_refused(turn: Turn, wanted: Work, field: str) -> None:
    lea = staff.add(turn, "Lea", Role.MITARBEITER)

    with pytest.raises(Invalid) as refused:
        members.work(turn, lea.id, wanted)

    assert list(refused.value.fields) == [field]


def test_an_unknown_member_is_not_found(turn: Turn) -> None:
    with pytest.raises(NotFound):
        members.describe(turn, 4711, "x", "")
    assert turn.session.get(Member, 4711) is None


def test_two_admins_who_demote_each_other_at_once_leave_one(database: Database) -> None:
    with database.write() as session:
        pair = [staff.add(Turn(session, NOW, Actor()), name, Role.ADMIN).id for name in ("Ute", "Uwe")]
    start, refused = Barrier(2), []

    def demote(number: int) -> None:
        start.wait()
        try:
            with database.write() as session:
                members.change_role(Turn(session, NOW, Actor()), number, Role.MITARBEITER)
        except Invalid:
            refused.append(number)

    threads = [Thread(target=demote, args=(number,)) for number in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as session:
        roles = [session.get_one(Member, number).role for number in pair]
    assert sorted(roles) == [Role.ADMIN, Role.MITARBEITER]
    assert len(refused) == 1
