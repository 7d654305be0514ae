"""Reminders inside Postlotse, few and each once: a review that is due, figures that missed, a chat past its window."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from models.message import Conversation
from models.terms import Channel, NoticeKind, ReviewKind, Role
from service.domain import routine
from service.domain.reading import State
from service.store import duty, figures, notices, reviews, settings, staff
from service.store.behind import OPEN
from service.store.notices import Told
from service.turn import Turn

# What was missed earlier than this is in the figures anyway; nobody needs to be called for it.
_FRESH = timedelta(days=1)


def daily(turn: Turn) -> int:
    """Remind of the Friday review and of figures that missed their target; returns how many notices are new."""
    return notices.tell(turn, [*_review(turn), *_figures(turn)])


def _leads(turn: Turn) -> tuple[int, ...]:
    """Return who answers for weeks and figures (S4.50): those who lead, or where nobody does, the Admins."""
    found = tuple(one.id for one in staff.with_role(turn, Role.TEAM_LEAD))
    return found or tuple(one.id for one in staff.with_role(turn, Role.ADMIN))


def _review(turn: Turn) -> Iterable[Told]:
    """On its day, and once more in the week after when it was left (S4.25, S4.50); `amount` 1 says that it was left."""
    week = reviews.state(turn)
    if week.due == reviews.today(turn) and not _is_done(turn, week.week):
        yield from (_told(NoticeKind.REVIEW, week.week, one) for one in _leads(turn))
    last = routine.week(reviews.today(turn) - timedelta(weeks=1))
    begun_before = any(line.period <= last for line in reviews.past(turn, ReviewKind.FREITAG))
    if begun_before and not _is_done(turn, last):
        yield from (_told(NoticeKind.REVIEW, f"{last}:offen", one, 1) for one in _leads(turn))


def _is_done(turn: Turn, week: str) -> bool:
    review = reviews.find(turn, ReviewKind.FREITAG, week)
    if review is None:
        return False
    return review.closed_at is not None or all(tick.at for tick in reviews.ticks(turn, review.kind, review.id))


def _figures(turn: Turn) -> Iterable[Told]:
    """Once a week and person, however many figures missed: they are a line, no flood (S4.137)."""
    missed = sum(one.state is State.VERFEHLT for one in figures.tiles(turn))
    if missed:
        week = routine.week(reviews.today(turn))
        yield from (_told(NoticeKind.KENNZAHL, week, one, missed) for one in _leads(turn))


def _told(kind: NoticeKind, about: str, member_id: int, amount: int = 0) -> Told:
    return Told(member_id, kind, f"{kind.name.lower()}:{about}:{member_id}", amount=amount)


def late_chats(turn: Turn) -> int:
    """Tell whoever is responsible for a chat, at once and once, that its window has passed (S4.86); else who leads.

    Returns how many notices are new.
    """
    # An exact hit at closing is no miss: what counts is the last instant at which the clock ran.
    calendar = settings.windows(turn)[Channel.WHATSAPP].calendar
    edge = calendar.clock_stop(turn.now)
    late = turn.session.scalars(
        select(Conversation).where(
            OPEN,
            Conversation.channel == Channel.WHATSAPP,
            Conversation.due_at < edge,
            # What was due at closing is missed from the next opening on, which may be days later.
            Conversation.due_at >= calendar.clock_stop(turn.now - _FRESH),
        )
    ).all()
    if not late:
        return 0
    says = duty.responsible(turn, late)
    told = []
    for one in late:
        responsible = says[one.id].member_id
        key = f"ueberfaellig:{one.id}:{one.due_at.isoformat() if one.due_at else ''}"
        receivers = (responsible,) if responsible else _leads(turn)
        told += [Told(who, NoticeKind.WHATSAPP_UEBERFAELLIG, f"{key}:{who}", one.id) for who in receivers]
    return notices.tell(turn, told)
