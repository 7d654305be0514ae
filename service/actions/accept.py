"""Accept: a person of the directory becomes the member who was invited, once."""

from connectors.identity import Identity
from models.staff import Member
from models.terms import Role
from service.errors import NoRole, NotAllowed, NotFound
from service.store import invitations, staff, trail
from service.turn import Turn


def accept(turn: Turn, identity: Identity, token: str) -> Member:
    """Use an invitation up and tie its member to this person, by the lasting id and never by an address.

    Raises NotAllowed for an invitation that does not hold, and for a person or a member tied to somebody else.
    """
    who = invitations.use(turn, token)
    try:
        known = staff.known_as(turn, identity.issuer, identity.subject)
    except NotFound:
        if invitations.is_bound(turn, who.id):
            raise invitations.refused() from None
        staff.add_identity(turn, identity.issuer, identity.subject, who.id)
        trail.note(turn, "Einladung angenommen", f"member:{who.id}", None, {"role": who.role.value})
        turn.session.flush()
        return who
    if known.id != who.id:
        raise NotAllowed(
            "Mit diesem Konto sind Sie schon Mitglied; die Einladung ist für jemand anderen. "
            "Soll sich Ihre Rolle ändern, wenden Sie sich bitte an die Verwaltung."
        )
    return who


def held_role(turn: Turn, identity: Identity) -> Role:
    """Return the role that a person has here, where the directory names none. Raises NoRole for a stranger."""
    try:
        return staff.known_as(turn, identity.issuer, identity.subject).role
    except NotFound:
        raise NoRole("Ihr Konto ist in Postlotse noch nicht eingeladen. Das tut die Verwaltung.") from None
