"""How often people are told something: notices per member and working day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import bindparam, func, select

from models.duty import Notice
from models.staff import Member
from models.terms import CalendarKind
from service.domain import hours, kpi
from service.domain.kpi import Reading
from service.store import paces, settings
from service.store.book import Book
from service.store.prepared import Ask, Prepared
from service.store.scope import Frame

# Built once: every page of figures asks these; the first one for how many members there are.
ASK = Ask(Prepared(select(func.count()).select_from(Member).where(Member.active)))
_GIVEN = Prepared(
    select(func.count()).select_from(Notice).where(Notice.at >= bindparam("since"), Notice.at < bindparam("until"))
)


def reading(book: Book) -> Reading:
    """Read how many notices a member got per working day: of the whole firm only, never of a part of it."""
    at, whole = book.at, book.at.asked
    narrowed = whole.account_ids is not None or whole.team is not None or whole.channel or whole.category
    members = int(ASK.row(at.turn)[0])
    is_small = members < kpi.GROUP_MINIMUM
    value = None if narrowed or is_small else _notices(book, book.period, members)
    found = paces.plain(book, kpi.NOTICES, value, {})
    if is_small or narrowed:
        why = kpi.WITHHELD if is_small else "Hinweise gelten Menschen, nicht Postfächern: nur für die ganze Firma."
        return replace(found, rows=None, withheld=why)
    return replace(paces.compared(book, found, _notices(book, book.before, members), book.before), rows=None)


def working_days(at: Frame, days: Sequence[date]) -> int:
    """Return how many of some local days in a row are working days, today a whole one."""
    calendar = hours.calendar(CalendarKind.WERKTAGE, settings.hours(at.turn))
    # A working day has 24 hours but where the clocks change.
    return round(calendar.elapsed(at.instant(days[0]), at.instant(days[-1] + timedelta(days=1))) / timedelta(days=1))


def _notices(book: Book, days: Sequence[date], members: int) -> float | None:
    at = book.at
    between = {"since": at.instant(days[0]), "until": at.instant(days[-1] + timedelta(days=1))}
    given = _GIVEN.row(at.turn, between)[0]
    working = working_days(at, days)
    return int(given) / members / working if members and working else None
