"""How the reading of mailboxes and numbers stands: a page of them, the worst first, in a fixed count of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Subquery, and_, case, exists, func, or_, select

from connectors.errors import Unreachable
from models.account import Account, Chain, MailFolder
from models.duty import MemberAccount, Team, TeamAccount
from models.inbox import Inbox
from models.job import Job
from models.staff import Member
from models.subscription import Subscription
from models.terms import Channel
from models.trail import Trail
from service.store import accounts, mailboxes, polls, reach
from service.store.chains import TREE
from service.store.latest import Change
from service.store.scope import Scope
from service.turn import Turn

PAGE = 50
# A mailbox that was not read for so long should have been; `postlotse doctor` uses the same limit.
SILENT = timedelta(hours=1)


class Lage(StrEnum):
    """How one mailbox or number stands, in the order in which a person has to look at them."""

    ABGELEHNT = "abgelehnt"
    GESTOERT = "gestört"
    STILL = "still"
    ANGEHALTEN = "angehalten"
    EINGESCHRAENKT = "eingeschränkt"
    ERSTER = "erster Durchgang"
    NEU = "wartet"
    ABGEMELDET = "nicht mehr abgerufen"
    BEREIT = "bereit"
    EMPFANG = "empfängt"
    DATEI = "aus Dateien"


# What a person means by "out of order".
ILL = (Lage.ABGELEHNT, Lage.GESTOERT, Lage.STILL)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of the list is to show: only these states (empty = all), names or addresses with this text."""

    states: tuple[Lage, ...] = ()
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Amount:
    """How far the folders of a mailbox are read: `read` of `total` items (a folder that does not say counts as read).

    `open` of `folders` have not been read to their end once; `damaged` items nobody can read.
    """

    folders: int = 0
    open: int = 0
    read: int = 0
    total: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One mailbox or number. `next_at`: when it is looked into next (None: nobody looks); `heard_at`: last signed call.

    `people` look after it in order, `teams` as well; `waiting`, `breached`, `unclassified` conversations.
    """

    account: Account
    lage: Lage
    amount: Amount
    next_at: datetime | None
    subscription: Subscription | None
    heard_at: datetime | None
    people: tuple[str, ...]
    teams: tuple[str, ...]
    waiting: int
    breached: int
    unclassified: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of the list, how many there are of each state under the same search, and how many match in all."""

    lines: tuple[Reading, ...]
    counts: Mapping[Lage, int]
    found: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class FolderReading:
    """One folder; `kind` is its well-known name, or that of the folder it lies in: then `place` counts from 1."""

    place: int
    kind: str
    chain: Chain


@dataclass(frozen=True, slots=True)
class Work:
    """What waits or was tried in vain: since when (`run_at` is the next try), how often tried, with which code."""

    run_at: datetime
    attempt: int
    error: str
    running: bool = field(default=False)


def overview(turn: Turn, asked: Asked) -> Overview:
    """Return the asked page of what is in reach: the worst first, then by name."""
    states = _states(turn, asked.text)
    counts = {
        Lage(name): int(number)
        for name, number in turn.session.execute(select(states.c.lage, func.count()).group_by(states.c.lage))
    }
    found = sum(number for lage, number in counts.items() if not asked.states or lage in asked.states)
    pages = max(1, -(-found // PAGE))
    page = min(max(1, asked.page), pages)
    order = case({lage.value: place for place, lage in enumerate(Lage)}, value=states.c.lage, else_=len(Lage))
    wanted = select(Account, states.c.lage).join(states, states.c.id == Account.id)
    if asked.states:
        wanted = wanted.where(states.c.lage.in_([lage.value for lage in asked.states]))
    rows = turn.session.execute(
        wanted.order_by(order, func.lower(Account.name), Account.id).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    return Overview(_readings(turn, [(one, Lage(lage)) for one, lage in rows]), counts, found, page, pages)


def one(turn: Turn, account_id: int) -> Reading:
    """Return one mailbox or number. Raises NotFound also for one that is out of reach."""
    reach.only_known(turn, (account_id,))
    states = _states(turn, "")
    account, lage = turn.session.execute(
        select(Account, states.c.lage).join(states, states.c.id == Account.id).where(Account.id == account_id)
    ).one()
    (found,) = _readings(turn, [(account, Lage(lage))])
    return found


def folders(turn: Turn, account_id: int) -> tuple[FolderReading, ...]:
    """Return the folders of a mailbox that are read: inbox, archive, sent items, each before what lies in it."""
    rows = turn.session.execute(
        select(Chain, MailFolder.kind)
        .outerjoin(MailFolder, and_(MailFolder.account_id == Chain.account_id, MailFolder.folder == Chain.folder))
        .where(Chain.account_id == account_id, Chain.kind != TREE)
    ).all()
    places = {"inbox": 0, "archive": 1, "sentitems": 2}
    found: list[FolderReading] = []
    seen: Counter[str] = Counter()
    for chain, name in sorted(rows, key=lambda row: (places.get(row[0].kind, 9), not row[1], row[0].id)):
        seen[chain.kind] += not name
        found.append(FolderReading(0 if name else seen[chain.kind], chain.kind, chain))
    return tuple(found)


def work(turn: Turn, job: str, key: str) -> Work | None:
    """Return what is under way or waits of this kind for a mailbox; None where nothing does."""
    rows = turn.session.scalars(select(Job).where(Job.kind == job, Job.key == key).order_by(Job.id)).all()
    return next((Work(row.run_at, row.attempt, row.error, row.lease_until is not None) for row in rows), None)


def changes(turn: Turn, account_id: int, most: int = 20) -> tuple[Change, ...]:
    """Return what people did with a mailbox, newest first."""
    rows = turn.session.execute(
        select(Trail.at, Member.name, Trail.verb)
        .outerjoin(Member, Member.id == Trail.member_id)
        .where(Trail.about == f"account:{account_id}")
        .order_by(Trail.id.desc())
        .limit(most)
    )
    return tuple(Change(at, name or "Postlotse", verb) for at, name, verb in rows)


def _states(turn: Turn, text: str) -> Subquery:
    """Return id and state of every account in reach whose name or address has this text."""
    chain = exists().where(Chain.account_id == Account.id, Chain.kind != TREE, Chain.complete_at.is_(None))
    planned = polls.is_planned()
    lage = case(
        (Account.error_code == accounts.PAUSED, Lage.ANGEHALTEN.value),
        (Account.error_code == Unreachable.code, Lage.GESTOERT.value),
        (Account.error_code != "", Lage.ABGELEHNT.value),
        (Account.channel == Channel.WHATSAPP, Lage.EMPFANG.value),
        (and_(~planned, Account.round == 0), Lage.DATEI.value),
        (~planned, Lage.ABGEMELDET.value),
        (Account.last_ok_at < turn.now - SILENT, Lage.STILL.value),
        (chain, Lage.ERSTER.value),
        (Account.last_ok_at.is_(None), Lage.NEU.value),
        (Account.warning_code != "", Lage.EINGESCHRAENKT.value),
        else_=Lage.BEREIT.value,
    )
    found = select(Account.id, lage.label("lage")).where(*reach.accounts(turn))
    for word in text.casefold().split():
        like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found = found.where(
            or_(func.lower(Account.name).like(like, escape="\\"), func.lower(Account.address).like(like, escape="\\"))
        )
    return found.subquery()


def _readings(turn: Turn, rows: Sequence[tuple[Account, Lage]]) -> tuple[Reading, ...]:
    ids = [account.id for account, _ in rows]
    if not ids:
        return ()
    amounts, people, teams = _amounts(turn, ids), _people(turn, ids), _teams(turn, ids)
    planned = polls.planned(turn, [account.address for account, _ in rows])
    heard = _heard(turn, [account.address for account, _ in rows if account.channel is Channel.WHATSAPP])
    subscribed = {
        one.account_id: one
        for one in turn.session.scalars(select(Subscription).where(Subscription.account_id.in_(ids)))
    }
    queues = {row.account_id: row for row in mailboxes.mailbox_rows(turn, Scope(account_ids=tuple(ids)))}
    return tuple(
        Reading(
            account=account,
            lage=lage,
            amount=amounts.get(account.id, Amount()),
            next_at=planned.get(account.address) if account.channel is Channel.EMAIL else None,
            subscription=subscribed.get(account.id),
            heard_at=heard.get(account.address) if account.channel is Channel.WHATSAPP else None,
            people=tuple(people[account.id]),
            teams=tuple(teams[account.id]),
            waiting=queues[account.id].waiting,
            breached=queues[account.id].breached,
            unclassified=queues[account.id].unclassified,
        )
        for account, lage in rows
    )


def _amounts(turn: Turn, ids: Iterable[int]) -> dict[int, Amount]:
    larger = case((Chain.total > Chain.read, Chain.total), else_=Chain.read)
    rows = turn.session.execute(
        select(
            Chain.account_id,
            func.count(),
            func.sum(case((Chain.complete_at.is_(None), 1), else_=0)),
            func.sum(Chain.read),
            func.sum(larger),
            func.sum(Chain.damaged),
        )
        .where(Chain.account_id.in_(ids), Chain.kind != TREE)
        .group_by(Chain.account_id)
    )
    return {row[0]: Amount(*map(int, row[1:])) for row in rows}


def _people(turn: Turn, ids: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for account_id, name in turn.session.execute(
        select(MemberAccount.account_id, Member.name)
        .join(Member, Member.id == MemberAccount.member_id)
        .where(MemberAccount.account_id.in_(ids), Member.active)
        .order_by(MemberAccount.position, Member.id)
    ):
        found[account_id].append(name)
    return found


def _teams(turn: Turn, ids: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for account_id, name in turn.session.execute(
        select(TeamAccount.account_id, Team.name)
        .join(Team, Team.id == TeamAccount.team_id)
        .where(TeamAccount.account_id.in_(ids))
        .order_by(func.lower(Team.name))
    ):
        found[account_id].append(name)
    return found


def _heard(turn: Turn, numbers: Sequence[str]) -> dict[str, datetime]:
    if not numbers:
        return {}
    rows = turn.session.execute(
        select(Inbox.account, func.max(Inbox.received_at)).where(Inbox.account.in_(numbers)).group_by(Inbox.account)
    )
    return {row[0]: row[1] for row in rows}
