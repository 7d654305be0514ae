"""Who is who on WhatsApp: numbers and user ids, their changes, and two who look like one (never merged here)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from connectors.whatsapp.told import Names, Renamed
from models.address import number_variants
from models.chat import ChatName, ChatPerson, ChatTwin
from service.store.rows import clean
from service.turn import Turn


def thread(turn: Turn, names: Names, at: datetime) -> str:
    """Return what stands for this person in the key of conversations; "" for nobody. A new person is noted.

    Where number and user id belong to two persons, the one with the number counts and the two are offered for merging.
    """
    by_number, by_user = (
        _holder(turn, names.portfolio, names.number, at),
        _holder(turn, names.portfolio, names.user_id, at),
    )
    person = by_number or by_user
    if person is None:
        return _new(turn, names).thread if names.number or names.user_id else ""
    if by_number is not None and by_user is not None:
        _look_alike(turn, by_number, by_user)
    elif by_number is not None and names.user_id:
        _learn_user(turn, by_number, names)
    elif by_user is not None and names.number:
        person = _learn_number(turn, by_user, names)
    return root(turn, person).thread


def follow(turn: Turn, change: Renamed) -> None:
    """Note that somebody changed number or user id; told again or out of order it changes nothing more.

    Where the new name belongs to somebody else already, the two are only offered for merging.
    """
    old, new = (_either(turn, names, change.at) for names in (change.old, change.new))
    if old is not None and new is not None and old.id != new.id:
        _look_alike(turn, old, new)
        return
    person = old or new or _new(turn, change.new)
    _give_up(turn, person, change.old, change.at)
    if person.changed_at is not None and person.changed_at > change.at:
        # A later change is known already: these names are of the past.
        _give_up(turn, person, change.new, person.changed_at)
        return
    for value in (change.new.number, change.new.user_id):
        _name(turn, person, value)
    person.number = change.new.number or person.number
    person.user_id = change.new.user_id or (None if person.user_id == change.old.user_id else person.user_id)
    person.changed_at = change.at
    turn.session.flush()


def root(turn: Turn, person: ChatPerson) -> ChatPerson:
    """Return the person whom a member of staff said this one is; the same one where nobody said so."""
    while person.same_as_id is not None:
        person = turn.session.get_one(ChatPerson, person.same_as_id)
    return person


def _either(turn: Turn, names: Names, at: datetime) -> ChatPerson | None:
    return _holder(turn, names.portfolio, names.number, at) or _holder(turn, names.portfolio, names.user_id, at)


def _holder(turn: Turn, portfolio: str, value: str, at: datetime) -> ChatPerson | None:
    """Return who had this number (in any of its forms) or user id at `at`."""
    if not value:
        return None
    forms = number_variants(clean(value))
    rows = turn.session.execute(
        select(ChatName, ChatPerson)
        .join(ChatPerson, ChatPerson.id == ChatName.chat_person_id)
        .where(ChatName.portfolio == portfolio, ChatName.value.in_(forms))
    ).all()
    held = [(row, person) for row, person in rows if row.left_at is None or at <= row.left_at]
    return min(held, key=lambda pair: forms.index(pair[0].value))[1] if held else None


def _new(turn: Turn, names: Names) -> ChatPerson:
    number, user_id = clean(names.number), clean(names.user_id)
    for column, value in ((ChatPerson.number, number), (ChatPerson.user_id, user_id)):
        _take_from_former(turn, names.portfolio, column.key, value)
    person = ChatPerson(
        portfolio=names.portfolio, number=number or None, user_id=user_id or None, thread=_free(turn, number or user_id)
    )
    turn.session.add(person)
    turn.session.flush()
    for value in (number, user_id):
        _name(turn, person, value)
    return person


def _take_from_former(turn: Turn, portfolio: str, column: str, value: str) -> None:
    """Whoever gave up a name has it no longer once somebody else is met under it."""
    if value:
        former = turn.session.scalars(
            select(ChatPerson).where(ChatPerson.portfolio == portfolio, getattr(ChatPerson, column) == value)
        ).first()
        if former is not None:
            setattr(former, column, None)
            turn.session.flush()


def _free(turn: Turn, wanted: str) -> str:
    """Return a key for conversations that nobody else has: a number that was passed on must not continue old talk."""
    taken = set(turn.session.scalars(select(ChatPerson.thread).where(ChatPerson.thread.startswith(wanted))))
    count, key = 1, wanted
    while key in taken:
        count += 1
        key = f"{wanted}#{count}"
    return key


def _name(turn: Turn, person: ChatPerson, value: str, left_at: datetime | None = None) -> None:
    """Write that a name is this person's, whoever had given it up before."""
    if not value:
        return
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(ChatName).values(
        portfolio=person.portfolio, value=clean(value), chat_person_id=person.id, left_at=left_at
    )
    turn.session.execute(
        row.on_conflict_do_update(
            index_elements=["portfolio", "value"],
            set_={"chat_person_id": row.excluded.chat_person_id, "left_at": row.excluded.left_at},
        )
    )


def _give_up(turn: Turn, person: ChatPerson, names: Names, at: datetime) -> None:
    for value in filter(None, (clean(names.number), clean(names.user_id))):
        row = turn.session.scalars(
            select(ChatName).where(ChatName.portfolio == person.portfolio, ChatName.value.in_(number_variants(value)))
        ).first()
        if row is None:
            _name(turn, person, value, at)
        elif row.chat_person_id == person.id and row.left_at is None and value not in _present(person, at):
            row.left_at = at
    turn.session.flush()


def _present(person: ChatPerson, at: datetime) -> Sequence[str | None]:
    """Return the names that a later change gave the person; an earlier change must not take them away."""
    later = person.changed_at is not None and person.changed_at >= at
    return (person.number, person.user_id) if later else ()


def _learn_user(turn: Turn, person: ChatPerson, names: Names) -> None:
    """Note the user id of somebody known by number; another one than before may be another person."""
    if person.user_id is None:
        person.user_id = clean(names.user_id)
        _name(turn, person, person.user_id)
    else:
        _look_alike(turn, person, _new(turn, Names(names.portfolio, "", names.user_id)))


def _learn_number(turn: Turn, person: ChatPerson, names: Names) -> ChatPerson:
    """Note the number of somebody known by user id; with another number than before it counts as another person."""
    if person.number is None:
        _take_from_former(turn, names.portfolio, "number", clean(names.number))
        person.number = clean(names.number)
        _name(turn, person, person.number)
        return person
    other = _new(turn, Names(names.portfolio, names.number, ""))
    _look_alike(turn, person, other)
    return other


def _look_alike(turn: Turn, one: ChatPerson, other: ChatPerson) -> None:
    if root(turn, one).id == root(turn, other).id:
        return
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first, second = sorted((one.id, other.id))
    turn.session.execute(
        insert(ChatTwin).values(first_id=first, second_id=second, found_at=turn.now).on_conflict_do_nothing()
    )
