"""Entrust: a member looks after a customer or supplier, so that its conversations find their person by themselves."""

from models.party import Company
from models.staff import Member
from service.errors import Conflict
from service.store import parties, staff, trail
from service.turn import Turn


def entrust(turn: Turn, party: tuple[str, int], member_id: int | None, seen: int | None) -> None:
    """Let a member (None = nobody) look after a party ("firma" or "person", id); `seen` is who the page showed.

    Raises NotFound, Invalid (a person who does not classify, or has left), Conflict (a colleague chose meanwhile).
    """
    kind, party_id = party
    found = parties.hold(turn, kind, party_id)
    if found.owner_id == member_id:
        return
    if found.owner_id != seen:
        raise Conflict(f"Inzwischen wurde {_name(turn, found.owner_id)} eingetragen. Die Seite zeigt den neuen Stand.")
    if member_id is not None:
        staff.worker(turn, member_id, "wer", "kann niemanden betreuen")
    about = f"{'company' if isinstance(found, Company) else 'person'}:{found.id}"
    trail.note(turn, "Betreuung geändert", about, {"owner": found.owner_id}, {"owner": member_id})
    found.owner_id = member_id


def _name(turn: Turn, member_id: int | None) -> str:
    found = turn.session.get(Member, member_id) if member_id is not None else None
    return found.name if found else "niemand"
