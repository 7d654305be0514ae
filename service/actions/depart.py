"""Depart: a member leaves, what was open goes to somebody else; or comes back."""

from dataclasses import asdict

from models.staff import Member
from service.domain.duty import WORKING
from service.errors import Invalid
from service.store import absences, care, duty, grants, handover, invitations, members, staff, trail
from service.store.handover import Load
from service.turn import Turn


def deactivate(turn: Turn, member_id: int, successor_id: int | None, version: int | None = None) -> Load:
    """End a member's access at once and hand over what is open; returns what was handed over.

    Goes to the successor; without one to the first deputy; without either nobody holds it by hand, and the mailbox
    says who is responsible. Raises NotFound, Conflict, and Invalid (the last Admin, oneself, a successor who cannot).
    """
    absences.hold(turn)
    who = members.hold(turn, member_id, version)
    _check(turn, who)
    heir = successor_id if successor_id is not None else members.first_deputy(turn, who.id)
    if heir is not None:
        _check_heir(turn, who, heir)
    held = handover.move(turn, who.id, heir)
    # The mailboxes of who leaves now have one person less, those of the heir one more.
    who.active, who.deactivated_at = False, turn.now
    staff.end_all(turn, who.id)
    invitations.drop(turn, who.id)
    care.recount(turn)
    after = {"active": False, "successor": heir} | _counts(held)
    trail.note(turn, "Mitglied deaktiviert", f"member:{who.id}", {"active": True}, after)
    _settle(turn)
    return held


def _settle(turn: Turn) -> None:
    """Let the next deputy of everybody who is away take the place of who left, or give it back to who returned."""
    turn.session.flush()
    grants.settle(turn, duty.load(turn))


def _counts(held: Load) -> dict[str, int]:
    return {name: value if isinstance(value, int) else len(value) for name, value in asdict(held).items()}


def _check(turn: Turn, who: Member) -> None:
    if not who.active:
        raise Invalid(f"{who.name} ist schon deaktiviert.", {"member": "Bitte die Seite neu laden."})
    if who.id == turn.actor.member_id:
        raise Invalid("Sich selbst kann niemand deaktivieren.", {"member": "Das muss eine andere Verwaltung tun."})
    if members.is_last_admin(turn, who):
        raise Invalid(
            f"{who.name} ist die letzte aktive Verwaltung und kann nicht deaktiviert werden.",
            {"member": "Bitte zuerst jemand anderem die Rolle Verwaltung geben."},
        )


def _check_heir(turn: Turn, who: Member, heir: int) -> None:
    found = members.get(turn, heir)
    if found.id == who.id or not found.active or found.role not in WORKING:
        raise Invalid(
            f"{found.name} kann nichts übernehmen.",
            {"successor": "Bitte ein anderes aktives Mitglied wählen, das Post einordnet."},
        )


def reactivate(turn: Turn, member_id: int, version: int | None = None) -> None:
    """Let a member in again with the role held before; what was handed over stays there. Raises as `deactivate`."""
    absences.hold(turn)
    who = members.hold(turn, member_id, version)
    if who.active:
        raise Invalid(f"{who.name} ist schon aktiv.", {"member": "Bitte die Seite neu laden."})
    if members.taken(turn, who.address, who.id):
        raise Invalid("Die Adresse hat inzwischen ein anderes Mitglied.", {"address": "Bitte dort zuerst ändern."})
    who.active, who.deactivated_at = True, None
    care.recount(turn)
    trail.note(turn, "Mitglied reaktiviert", f"member:{who.id}", {"active": False}, {"active": True})
    _settle(turn)
