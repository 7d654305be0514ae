"""What an act of confirming makes beside the class, roles and links of parties, and what of it an undo takes back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, select

from models.address import registrable
from models.decision import Confirmation
from models.key import SenderKey
from models.party import CompanyDomain, ContactPoint, PartyRole
from models.terms import Category, KeyScope, KeySource
from service.store import parties
from service.turn import Turn

ROLE, ADDRESS, DOMAIN = "role", "address", "domain"

Row = Mapping[str, Any]


def make(turn: Turn, peer: str, named: Mapping[str, int | None], category: Category, *, domain: bool) -> list[str]:
    """Note the role of a party and link the sender, where wanted its domain, to it; return what is new of that."""
    before = _there(turn, peer, named, category)
    parties.role(turn, named, category)
    parties.link(turn, peer, named, domain=domain)
    after = _there(turn, peer, named, category)
    return [what for what in (ROLE, ADDRESS, DOMAIN) if after[what] and not before[what]]


def _there(turn: Turn, peer: str, named: Mapping[str, int | None], category: Category) -> dict[str, bool]:
    root = registrable(peer) if "@" in peer else ""
    role = select(exists().where(*_role(named, category)))
    return {
        ROLE: bool(turn.session.scalar(role)),
        ADDRESS: turn.session.get(ContactPoint, peer) is not None,
        DOMAIN: turn.session.get(CompanyDomain, root) is not None,
    }


def _role(named: Mapping[str, int | None], category: Category) -> tuple[Any, ...]:
    company = PartyRole.company_id.is_not_distinct_from(named["company_id"])
    return company, PartyRole.person_id.is_not_distinct_from(named["person_id"]), PartyRole.category == category


def take_back(turn: Turn, act: Confirmation, later: Sequence[Confirmation]) -> None:
    """Undo what an act made, unless a later act that stands, or the master data, says the same.

    A later act that does takes it over, so that it goes when that one is taken back.
    """
    standing = [each for each in later if each.undone_at is None]
    for row in act.conversations_before:
        for what in row.get("made", ()):
            mine = _claim(what, row, act.category)
            if not _taken_over(what, mine, standing) and not _in_master(turn, what, row, act.category):
                _remove(turn, what, row, act.category)
    turn.session.flush()


def _claim(what: str, row: Row, category: Category) -> tuple[object, ...]:
    party = row["named_company_id"], row["named_person_id"]
    if what == ROLE:
        return *party, category
    if what == ADDRESS:
        return *party, row["peer"]
    return (party[0], registrable(row["peer"])) if row["wide"] else ()


def _taken_over(what: str, mine: tuple[object, ...], standing: Sequence[Confirmation]) -> bool:
    for act in standing:
        for at, row in enumerate(act.conversations_before):
            if "wide" in row and _claim(what, row, act.category) == mine:
                rows = list(act.conversations_before)
                rows[at] = {**row, "made": sorted({*row.get("made", ()), what})}
                act.conversations_before = rows
                return True
    return False


def _in_master(turn: Turn, what: str, row: Row, category: Category) -> bool:
    claims = {
        ROLE: (SenderKey.category == category,),
        ADDRESS: (SenderKey.scope == KeyScope.ADRESSE, SenderKey.value == row["peer"]),
        DOMAIN: (SenderKey.scope == KeyScope.DOMAIN, SenderKey.value == registrable(row["peer"])),
    }
    party = (
        SenderKey.company_id.is_not_distinct_from(row["named_company_id"]),
        SenderKey.person_id.is_not_distinct_from(row["named_person_id"]),
    )
    said = exists().where(SenderKey.source == KeySource.STAMMDATEN, *party, *claims[what])
    return bool(turn.session.scalar(select(said)))


def _remove(turn: Turn, what: str, row: Row, category: Category) -> None:
    named = {"company_id": row["named_company_id"], "person_id": row["named_person_id"]}
    point = (
        ContactPoint.company_id.is_not_distinct_from(named["company_id"]),
        ContactPoint.person_id.is_not_distinct_from(named["person_id"]),
    )
    statements = {
        ROLE: delete(PartyRole).where(*_role(named, category)),
        ADDRESS: delete(ContactPoint).where(ContactPoint.value == row["peer"], *point),
        DOMAIN: delete(CompanyDomain).where(
            CompanyDomain.domain == registrable(row["peer"]), CompanyDomain.company_id == named["company_id"]
        ),
    }
    turn.session.execute(statements[what])
