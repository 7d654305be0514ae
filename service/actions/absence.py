"""Absence: a member is away for a time, and is back; deputies hold the rights meanwhile (S4.78, S4.83)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.duty import Absence
from models.staff import Member
from models.terms import AbsenceKind, NoticeKind
from service.domain.duty import FOR_OTHERS, Duties, Span
from service.errors import Invalid, NotAllowed
from service.store import absences, duty, grants, handback, notices, settings, staff, trail
from service.store.notices import Told
from service.turn import Turn

# A period that begins earlier or lasts longer than this is a slip of the hand.
_EARLIEST = timedelta(days=31)
_LONGEST = timedelta(days=3 * 366)
# Automatic replies without an end: the absence is renewed with every reading and ends by itself when reading stops.
_ROLLING = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """From when until when (half-open) a member is away, and why."""

    kind: AbsenceKind
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Entered:
    """The absence, and German sentences about what the person should know: who is away too, that nobody stands in."""

    absence_id: int
    warnings: tuple[str, ...]


def may_change(turn: Turn, member_id: int) -> bool:
    """Return whether who acts may enter absences and deputies of a member: own ones, or as Team-Lead or Admin."""
    who = turn.actor
    return who.member_id in (None, member_id) or who.role in FOR_OTHERS


def enter(turn: Turn, member_id: int, plan: Plan) -> Entered:
    """Enter an absence; if it runs already, the first available deputy holds the rights at once.

    Raises NotFound, NotAllowed (somebody else's), Invalid (empty, past, or overlapping another one of the member).
    """
    absences.hold(turn)
    who = staff.member(turn, member_id)
    _guard(turn, who, plan)
    made = absences.add(turn, member_id, plan.kind, plan.from_at, plan.until_at)
    trail.note(turn, "Abwesenheit eingetragen", f"member:{member_id}", None, _plain(made))
    return Entered(made.id, _settled(turn, who, (plan.from_at, plan.until_at)))


def change(turn: Turn, absence_id: int, plan: Plan) -> Entered:
    """Change kind or period of an absence that is not over; one that runs keeps its beginning.

    Raises NotFound, NotAllowed, Conflict (over meanwhile), Invalid (as `enter`, or one that Outlook reports).
    """
    absences.hold(turn)
    found = absences.changeable(turn, absence_id)
    who = staff.member(turn, found.member_id)
    if found.kind is AbsenceKind.OUTLOOK:
        raise Invalid(
            "Diese Abwesenheit kommt aus Outlook.", {"kind": "Bitte die automatischen Antworten in Outlook ändern."}
        )
    begun = found.from_at <= turn.now
    plan = Plan(plan.kind, found.from_at if begun else plan.from_at, plan.until_at)
    _guard(turn, who, plan, found)
    before, kind = _plain(found), found.kind
    found.kind, found.from_at, found.until_at = plan.kind, plan.from_at, plan.until_at
    # Why somebody is away may be about health: the trail says that it changed, not to what.
    after = _plain(found) | ({"kind": "geändert"} if kind is not plan.kind else {})
    if after != before:
        trail.note(turn, "Abwesenheit geändert", f"member:{who.id}", before, after)
    turn.session.flush()
    return Entered(found.id, _settled(turn, who, (plan.from_at, plan.until_at)))


def end(turn: Turn, absence_id: int) -> bool:
    """End an absence now; one that has not begun is withdrawn. Returns whether it ran, so that there is a hand-back.

    Raises NotFound, NotAllowed, Conflict (over already).
    """
    absences.hold(turn)
    found = absences.changeable(turn, absence_id)
    _guard_right(turn, found.member_id)
    ran = found.from_at < turn.now
    _end(turn, found)
    return ran


def hand_back(turn: Turn) -> int:
    """Hand back what is over: one notice per return, however many absences it ends; returns how many returned.

    Who is still away, in another absence that follows, gets it at the end of that one.
    """
    absences.hold(turn)
    return _hand_back(turn, duty.load(turn))


def from_outlook(
    turn: Turn, address: str, from_at: datetime | None, until_at: datetime | None, *, enabled: bool
) -> int | None:
    """Take over what a mailbox says of its automatic replies; returns the id of the absence that follows, or None.

    `address` is the member's own; None for `from_at` means now, for `until_at` until further notice. What a person
    entered stays as it is: Outlook only adds what lies outside of it. Switched off, or over, ends the absence.
    """
    who = absences.member_at(turn, address)
    if who is None:
        return None
    absences.hold(turn)
    known = absences.last_outlook(turn, who.id)
    present = known if known is not None and known.ended_at is None and known.until_at > turn.now else None
    until = until_at or turn.now + _ROLLING
    span = _uncovered(turn, who.id, (max(from_at or turn.now, turn.now), until)) if enabled else None
    if span is None:
        if present is not None:
            _end(turn, present)
        return None
    if present is None and known is not None and known.ended_at is not None and known.until_at == until_at:
        # Somebody ended exactly this one by hand: the mailbox only has not been switched off yet.
        return None
    found = _follow(turn, who.id, present, (span, until_at is None))
    grants.settle(turn, duty.load(turn))
    return found


def _follow(turn: Turn, member_id: int, present: Absence | None, said: tuple[Span, bool]) -> int:
    """Add an absence from Outlook or bring it in line; one without an end is renewed, which is no news."""
    span, rolling = said
    if present is None:
        made = absences.add(turn, member_id, AbsenceKind.OUTLOOK, *span)
        trail.note(turn, "Abwesenheit aus Outlook", f"member:{member_id}", None, _plain(made))
        return made.id
    before = _plain(present)
    if present.from_at > turn.now:
        present.from_at = span[0]
    if not rolling or present.until_at - turn.now < _ROLLING / 2:
        present.until_at = span[1]
    if not rolling and _plain(present) != before:
        trail.note(turn, "Abwesenheit aus Outlook geändert", f"member:{member_id}", before, _plain(present))
    turn.session.flush()
    return present.id


def _uncovered(turn: Turn, member_id: int, span: Span) -> Span | None:
    """Return the first part of a span that no absence entered by a person covers; None when there is none."""
    start, end = span
    for other in absences.ahead(turn, member_id):
        if other.kind is AbsenceKind.OUTLOOK:
            continue
        if other.from_at <= start < other.until_at:
            start = other.until_at
        elif start < other.from_at < end:
            end = other.from_at
    return (start, end) if start < end and end > turn.now else None


def _end(turn: Turn, found: Absence) -> None:
    before = _plain(found)
    found.ended_at = turn.now
    verb = "Abwesenheit beendet" if found.from_at < turn.now else "Abwesenheit zurückgezogen"
    trail.note(turn, verb, f"member:{found.member_id}", before, _plain(found) | {"ended": turn.now.isoformat()})
    turn.session.flush()
    duties = duty.load(turn)
    grants.settle(turn, duties)
    _hand_back(turn, duties)


def _hand_back(turn: Turn, duties: Duties) -> int:
    over: dict[int, list[Absence]] = {}
    for row in absences.to_hand_back(turn):
        if not duties.away(row.member_id, turn.now):
            over.setdefault(row.member_id, []).append(row)
    told = []
    for member_id, rows in over.items():
        for row in rows:
            row.handed_back_at = turn.now
        last = rows[-1]
        amount = handback.waiting(turn, member_id)
        told.append(Told(member_id, NoticeKind.RUECKGABE, f"rueckgabe:{last.id}", absence_id=last.id, amount=amount))
        trail.note(turn, "Nach Vertretung zurückgegeben", f"member:{member_id}", None, {"open": amount})
    turn.session.flush()
    notices.tell(turn, told)
    return len(over)


def _plain(absence: Absence) -> dict[str, str]:
    return {"from": absence.from_at.isoformat(), "until": absence.until_at.isoformat()}


def _guard_right(turn: Turn, member_id: int) -> None:
    if not may_change(turn, member_id):
        raise NotAllowed("Abwesenheiten anderer tragen Team-Leitung oder Verwaltung ein.")


def _guard(turn: Turn, who: Member, plan: Plan, itself: Absence | None = None) -> None:
    _guard_right(turn, who.id)
    if plan.kind is AbsenceKind.OUTLOOK:
        raise Invalid("Dieser Grund kommt nur aus Outlook.", {"kind": "Bitte einen anderen Grund wählen."})
    if plan.until_at <= plan.from_at:
        raise Invalid("Das Ende liegt vor dem Anfang.", {"until": "Bitte ein späteres Ende wählen."})
    if plan.until_at <= turn.now:
        raise Invalid("Dieser Zeitraum ist schon vorbei.", {"until": "Bitte heute oder später wählen."})
    if itself is None and plan.from_at < turn.now - _EARLIEST:
        raise Invalid("Der Anfang liegt mehr als einen Monat zurück.", {"from": "Bitte einen späteren Tag wählen."})
    if plan.until_at - plan.from_at > _LONGEST:
        raise Invalid("Das sind mehr als drei Jahre.", {"until": "Bitte ein früheres Ende wählen."})
    _guard_overlap(turn, who, plan, itself)


def _guard_overlap(turn: Turn, who: Member, plan: Plan, itself: Absence | None) -> None:
    for other in absences.ahead(turn, who.id):
        if other is itself or other.kind is AbsenceKind.OUTLOOK:
            continue
        if plan.from_at < other.until_at and other.from_at < plan.until_at:
            there = _days((other.from_at, other.until_at), _zone(turn))
            raise Invalid(
                f"{who.name} ist {there} schon als abwesend eingetragen.",
                {"from": "Bitte diese Abwesenheit ändern oder einen anderen Zeitraum wählen."},
            )


def _zone(turn: Turn) -> ZoneInfo:
    return ZoneInfo(settings.zone(turn))


def _days(span: Span, zone: ZoneInfo) -> str:
    """Return a half-open span as people say it; the last day is the one before a midnight."""
    start, last = span[0].astimezone(zone), (span[1] - timedelta(seconds=1)).astimezone(zone)
    if start.date() == last.date():
        return f"am {start:%d.%m.%Y}"
    return f"vom {start:%d.%m.%Y} bis {last:%d.%m.%Y}"


def _settled(turn: Turn, who: Member, span: Span) -> tuple[str, ...]:
    """Bring the grants in line and return what the person should know."""
    duties = duty.load(turn)
    grants.settle(turn, duties)
    return warnings(turn, who, duties, span)


def warnings(turn: Turn, who: Member, duties: Duties, span: Span) -> tuple[str, ...]:
    """Return German sentences about deputies of a member who are away in a span, or that nobody stands in."""
    names = duty.names(turn)
    chain = [number for number in duties.deputies.get(who.id, ()) if duties.works(number)]
    if not chain:
        return (f"{who.name} hat keine Vertretung. Bis jemand eingetragen ist, übernimmt die Leitung.",)
    zone = _zone(turn)
    found = [
        f"{names[number]} ist {_days(other, zone)} selbst abwesend."
        for number in chain
        for other in _overlaps(duties, number, span)
    ]
    free = [names[number] for number in chain if not _overlaps(duties, number, span)]
    if not found:
        return ()
    rest = f"Durchgehend da ist: {free[0]}." if free else "In der Lücke geht es an die nächste Stufe."
    return (*found, rest)


def _overlaps(duties: Duties, member_id: int, span: Span) -> list[Span]:
    return [other for other in duties.absences.get(member_id, ()) if other[0] < span[1] and span[0] < other[1]]
