"""A firm in which Lea may be away and others stand in, as the tests of absences and of notices need it."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select, update

from models.account import Account
from models.duty import Deputy, MemberAccount
from models.staff import Member
from models.terms import AbsenceKind, Role
from service.actions import absence, cover
from service.actions.absence import Plan
from tests.conftest import NOW
from tests.web_data import Web, csrf

LEA, JENS, UTE = 1, 2, 3  # Mitarbeiter, Team-Lead, Admin


DAY = timedelta(days=1)


def team(firm: Web) -> Web:
    """The small firm in which Lea looks after everything, Pia stands in for her, then Jens."""
    with firm.runtime.turn() as turn:
        pia = Member(name="Pia Krüger", role=Role.MITARBEITER, created_at=NOW, address="pia@muster.example")
        turn.session.add(pia)
        turn.session.flush()
        for number in turn.session.scalars(select(Account.id)):
            turn.session.add(MemberAccount(account_id=number, member_id=LEA, position=0))
        turn.session.add_all(
            [Deputy(member_id=LEA, position=0, deputy_id=pia.id), Deputy(member_id=LEA, position=1, deputy_id=JENS)]
        )
    return firm


def pia(firm: Web) -> int:
    with firm.runtime.look() as turn:
        return turn.session.scalars(select(Member.id).where(Member.name == "Pia Krüger")).one()


def as_member(firm: Web, member_id: int, role: Role) -> FlaskClient:
    """Return a browser of one member of several in a role."""
    with firm.runtime.turn() as turn:
        turn.session.execute(update(Member).where(Member.role == role, Member.id != member_id).values(active=False))
    client = firm.client(role)
    with firm.runtime.turn() as turn:
        turn.session.execute(update(Member).values(active=True))
    return client


def lea_is_away(firm: Web, kind: AbsenceKind = AbsenceKind.KRANK) -> int:
    with firm.runtime.turn() as turn:
        done = absence.enter(turn, LEA, Plan(kind, NOW - DAY / 2, NOW + 3 * DAY))
        cover.cover(turn)
    return done.absence_id


def post(client: FlaskClient, path: str, **data: object) -> tuple[int, str]:
    answer = client.post(path, data={"csrf": csrf(client), **data})
    return answer.status_code, answer.headers.get("Location", "") or answer.text
