"""The sample of a month: drawing it, its rows for who may see them, and what was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, or_, select

from models.message import Conversation, Message
from models.party import Company, Person
from models.review import Review, Sample
from models.staff import Member
from models.terms import Category, Channel, Direction, Origin, PartyVerdict
from service.domain import routine, sampling
from service.domain.days import midnight
from service.domain.sampling import Interval
from service.store import reach, settings
from service.store.ids import message_id
from service.store.prepared import Ask, Prepared
from service.turn import Turn

# Ids begin with the time a message was sent or came; both lie this close together, or the range would miss some.
_MARGIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Row:
    """One drawn message as its reviewer sees it; without conversation where it is erased or out of reach."""

    position: int
    category: Category
    origin: Origin | None
    class_right: bool | None
    party_right: PartyVerdict | None
    judged_at: datetime | None
    judge: str
    message: Message | None = None
    conversation: Conversation | None = None
    party: str = ""
    gone: bool = False

    @property
    def is_judged(self) -> bool:
        """Say whether both questions are answered."""
        return self.class_right is not None and self.party_right is not None


@dataclass(frozen=True, slots=True)
class Found:
    """What a sample says so far: the intervals of right classes and right parties; None where nothing is judged."""

    drawn: int
    judged: int
    classes: Interval | None
    parties: Interval | None
    right: int
    parties_right: int
    parties_asked: int


def bounds(turn: Turn, month: str) -> tuple[datetime, datetime]:
    """Return when a month begins and ends for the firm (half-open)."""
    where = ZoneInfo(settings.zone(turn))
    days = routine.days(month)
    return midnight(days[0], where), midnight(days[-1] + timedelta(days=1), where)


def population(turn: Turn, month: str) -> Iterator[bytes]:
    """Yield the ids of the e-mails of a month whose class is final: inbound, each once, still there (S4.90)."""
    since, until = bounds(turn, month)
    found = turn.session.execute(
        select(Message.id).where(
            Message.id.between(message_id(since - _MARGIN, 0, ""), message_id(until + _MARGIN, 0, "")),
            Message.received_at >= since,
            Message.received_at < until,
            Message.channel == Channel.EMAIL,
            Message.direction == Direction.EINGANG,
            Message.category.is_not(None),
            Message.removed_at.is_(None),
            ~Message.copied,
        )
    )
    return (one for (one,) in found.yield_per(5000))


def put(turn: Turn, review: Review) -> int:
    """Draw the sample of a review from its seed and store it; returns how many messages it was drawn from."""
    ids = list(population(turn, review.period))
    drawn = sampling.draw(ids, review.seed)
    known = {m.id: m for m in turn.session.scalars(select(Message).where(Message.id.in_(drawn)))}
    for position, one in enumerate(drawn, start=1):
        message = known[one]
        turn.session.add(
            Sample(
                review_id=review.id,
                position=position,
                message_id=one,
                category=message.category,
                origin=message.origin,
            )
        )
    turn.session.flush()
    return len(ids)


def rows(turn: Turn, review_id: int) -> tuple[Row, ...]:
    """Return the sample in order; what is out of reach of who asks comes without sender and conversation."""
    found = turn.session.execute(
        select(Sample, Message, Conversation, Member.name, Company.name, Person.display_name)
        .outerjoin(Message, Message.id == Sample.message_id)
        .outerjoin(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(Member, Member.id == Sample.member_id)
        .outerjoin(Company, Company.id == Conversation.company_id)
        .outerjoin(Person, Person.id == Conversation.person_id)
        .where(Sample.review_id == review_id)
        .order_by(Sample.position)
    ).all()
    near = _near(turn, {c.id for _, _, c, *_ in found if c})
    return tuple(
        Row(
            position=one.position,
            category=one.category,
            origin=one.origin,
            class_right=one.class_right,
            party_right=one.party_right,
            judged_at=one.judged_at,
            judge=judge or "",
            message=message if seen else None,
            conversation=conversation if seen else None,
            party=(company or person or "") if seen else "",
            gone=message is None,
        )
        for one, message, conversation, judge, company, person in found
        for seen in [conversation is not None and conversation.id in near]
    )


def _near(turn: Turn, conversation_ids: set[int]) -> set[int]:
    mine = reach.mine(turn)
    if not mine:
        return conversation_ids
    return set(turn.session.scalars(select(Conversation.id).where(Conversation.id.in_(conversation_ids), *mine)))


def unjudged(turn: Turn, review_id: int) -> int:
    """Return how many drawn messages nobody has judged yet; one that is erased needs no verdict."""
    open_ones = (
        select(func.count())
        .select_from(Sample)
        .where(
            Sample.review_id == review_id,
            Sample.message_id.is_not(None),
            or_(Sample.class_right.is_(None), Sample.party_right.is_(None)),
        )
    )
    return int(turn.session.scalar(open_ones) or 0)


def found(turn: Turn, review_id: int) -> Found:
    """Return what the sample of a review says so far."""
    return told([(right, party) for right, party in ask_found(review_id).rows(turn)])


def ask_found(review_id: int) -> Ask:
    """Return what `found` asks."""
    return Ask(_VERDICTS, {"review": review_id})


# Built once: the page of a month asks it.
_VERDICTS = Prepared(select(Sample.class_right, Sample.party_right).where(Sample.review_id == bindparam("review")))


def told(verdicts: Sequence[tuple[bool | None, PartyVerdict | None]]) -> Found:
    """Return what verdicts on class and party say: a sample may have been judged in part."""
    classes = [right for right, _ in verdicts if right is not None]
    parties = [one for _, one in verdicts if one in {PartyVerdict.JA, PartyVerdict.NEIN}]
    return Found(
        drawn=len(verdicts),
        judged=sum(right is not None and party is not None for right, party in verdicts),
        classes=sampling.interval(sum(classes), len(classes)),
        parties=sampling.interval(parties.count(PartyVerdict.JA), len(parties)),
        right=sum(classes),
        parties_right=parties.count(PartyVerdict.JA),
        parties_asked=len(parties),
    )
