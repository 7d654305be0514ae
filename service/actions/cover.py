"""Cover: brings deputies' rights in line with who is there now, and tells each deputy once, however often."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.terms import CalendarKind, NoticeKind, Role
from service.domain import hours
from service.domain.duty import Duties
from service.store import absences, duty, grants, handback, notices, staff
from service.store.notices import Told
from service.turn import Turn

# Rights outside working hours end at the latest after this, whatever the hours say.
_LONGEST_LOAN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Covered:
    """What changed: rights that began, moved or ended, and notices that are new."""

    grants: int
    told: int


def cover(turn: Turn) -> Covered:
    """Begin, move and end deputies' rights for absences, and tell deputies what is theirs now.

    A deputy hears of an absence once, with the number of open items, and of each WhatsApp turn that waits while the
    responsible person is not there. Whoever entered the absence himself is not told what he did (S3.23).
    """
    absences.hold(turn)
    duties = duty.load(turn)
    changed = grants.settle(turn, duties)
    told = notices.tell(turn, _of_absences(turn, duties))
    told += notices.tell(turn, _of_chats(turn, duties))
    return Covered(changed, told)


def _of_absences(turn: Turn, duties: Duties) -> list[Told]:
    told = []
    for absence in absences.running(turn):
        stand_ins = duties.stand_ins(absence.member_id, turn.now)
        if not duties.works(absence.member_id):
            continue
        if stand_ins:
            kind, receivers = NoticeKind.VERTRETUNG, stand_ins
        else:
            # Everybody is away: the Admins read it when they come back, and it is on record that nobody was there.
            kind, receivers = NoticeKind.OHNE_VERTRETUNG, tuple(who.id for who in staff.with_role(turn, Role.ADMIN))
        told += [
            Told(
                number,
                kind,
                f"{kind.name.lower()}:{absence.id}:{number}",
                about_member_id=absence.member_id,
                absence_id=absence.id,
            )
            for number in receivers
            if number != absence.entered_by_id
        ]
    fresh = notices.unknown(turn, [one.dedup for one in told])
    return [_counted(turn, one) for one in told if one.dedup in fresh]


def _counted(turn: Turn, one: Told) -> Told:
    amount = handback.waiting(turn, one.about_member_id or 0)
    return Told(one.member_id, one.kind, one.dedup, None, one.about_member_id, one.absence_id, amount)


def _of_chats(turn: Turn, duties: Duties) -> list[Told]:
    rows = duty.unattended(turn, duties)
    says = duty.responsible(turn, rows, duties)
    told = []
    for row in rows:
        read = says[row.id]
        if read.member_id is None or read.instead_of is None or row.waiting_since is None:
            continue
        if not duties.away(read.instead_of, turn.now):
            grants.lend(turn, read.instead_of, read.member_id, _back(duties, read.instead_of, turn.now))
        told.append(
            Told(
                read.member_id,
                NoticeKind.WHATSAPP_VERTRETUNG,
                f"whatsapp:{row.id}:{row.waiting_since.isoformat()}:{read.member_id}",
                row.id,
                read.instead_of,
            )
        )
    return told


def _back(duties: Duties, member_id: int, now: datetime) -> datetime:
    """Return when a member who is outside his working hours is there again."""
    own = duties.persons[member_id].hours or hours.DEFAULT_HOURS
    return min(now + _LONGEST_LOAN, hours.calendar(CalendarKind.OEFFNUNG, own).clock_start(now))
