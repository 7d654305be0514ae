"""How the responsible person of a conversation is shown: initials, name, the reason, and the day asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from markupsafe import Markup

from models.message import Conversation
from models.staff import Member
from models.terms import DutyBy
from service.domain.days import LOCAL
from service.domain.duty import Duty
from service.store import assignments, duty
from service.store.assignments import Colleague
from service.turn import Turn
from service.web import words

# Nobody was meant for it: a lead or an admin helps out, so that it does not lie.
_UNCLAIMED = frozenset({DutyBy.LEITUNG, DutyBy.AUSHILFE, DutyBy.NIEMAND})


_MARK = Markup(
    '<span class="{style}" title="{title}"><span aria-hidden="true">{letters}</span>'
    '<span class="vh">Zuständig: {title}</span></span>'
)


@dataclass(frozen=True, slots=True)
class Chip:
    """Who is responsible for one conversation. `day` is the day asked for ("24.11."), "" without one."""

    name: str
    initials: str
    why: str
    mine: bool = False
    by_hand: bool = False
    claimed: bool = True
    day: str = ""
    late: bool = False

    @property
    def title(self) -> str:
        """Return name and reason in one line."""
        return f"{self.name}: {self.why}" if self.name else self.why

    @property
    def mark(self) -> Markup:
        """Return the initials in a ring; the whole sentence for the pointer and for screen readers."""
        style = f"kz{'' if self.claimed else ' loose'}{' mine' if self.mine else ''}"
        return _MARK.format(style=style, title=self.title, letters=self.initials)


@dataclass(frozen=True, slots=True)
class Board:
    """The people who can be responsible, by name, and the chip of each conversation; empty in a firm of one."""

    colleagues: tuple[Colleague, ...] = ()
    chips: dict[int, Chip] = field(default_factory=dict)


def board(turn: Turn, conversations: Sequence[Conversation]) -> Board:
    """Return who is responsible for these conversations; a firm of one asks nothing and shows nothing."""
    people = assignments.colleagues(turn)
    if len(people) < 2:
        return Board()
    found = duty.responsible(turn, conversations)
    names = _names(turn, people, conversations, found)
    return Board(people, {c.id: _chip(turn, c, found[c.id], names) for c in conversations})


def _names(
    turn: Turn, people: Sequence[Colleague], conversations: Sequence[Conversation], found: dict[int, Duty]
) -> dict[int, str]:
    """Return the names that the chips need; who left is asked for only when one of them is named."""
    names = {person.id: person.name for person in people}
    wanted = {c.assigned_by_id for c in conversations} | {one.instead_of for one in found.values()}
    for number in wanted - {None} - set(names):
        member = turn.session.get(Member, number)
        names[number or 0] = member.name if member else ""
    return names


def _chip(turn: Turn, c: Conversation, found: Duty, names: dict[int, str]) -> Chip:
    due = assignments.due(c)
    name = names.get(found.member_id or 0, "")
    return Chip(
        name=name,
        initials=words.initials(name) if name else "–",
        why=_why(turn, c, found, names),
        mine=found.member_id is not None and found.member_id == turn.actor.member_id,
        by_hand=c.assignee_id is not None,
        claimed=found.by not in _UNCLAIMED or found.instead_of is not None,
        day=day(due) if due else "",
        late=due is not None and due <= turn.now,
    )


def _why(turn: Turn, c: Conversation, found: Duty, names: dict[int, str]) -> str:
    if found.by is DutyBy.NIEMAND:
        return "niemand zuständig"
    why = _by_hand(turn, c, names) if found.by is DutyBy.HAND else _WHY[found.by]
    if found.instead_of is not None:
        return f"in Vertretung von {names.get(found.instead_of, '')} ({why})"
    return f"{why}; niemand ist eingeteilt" if found.by in _UNCLAIMED else why


_WHY = {
    DutyBy.PARTNER: "betreut den Kunden oder Lieferanten",
    DutyBy.POSTFACH: "betreut das Postfach",
    DutyBy.LEITUNG: "leitet das Team",
    DutyBy.AUSHILFE: "hilft aus",
}


def _by_hand(turn: Turn, c: Conversation, names: dict[int, str]) -> str:
    when = words.when(c.assigned_at, turn.now)
    if c.assigned_by_id is None or c.assigned_by_id == c.assignee_id:
        return f"hat übernommen, {when}"
    return f"übergeben von {names.get(c.assigned_by_id, '')}, {when}"


def day(due_at: datetime) -> str:
    """Return the last day on which something asked for is in time, "24.11."."""
    return (due_at - timedelta(microseconds=1)).astimezone(LOCAL).strftime("%d.%m.")
