"""Deputies: who stands in for a member, in order; a loop that nobody leaves is refused with the names in it (S4.82)."""

from collections.abc import Sequence

from models.staff import Member
from service.domain.duty import FOR_OTHERS, dead_end
from service.errors import Invalid, NotAllowed
from service.store import absences, duty, grants, staff, trail
from service.turn import Turn

MOST = 5


def put(turn: Turn, member_id: int, deputy_ids: Sequence[int]) -> None:
    """Say who stands in for a member, first one first; an empty list means nobody. Running grants follow at once.

    Raises NotFound, NotAllowed (somebody else's, without being Team-Lead or Admin), Invalid (oneself, twice the
    same, too many, somebody who does not work here, a loop that never leads to anybody else: zammad/zammad#3694).
    """
    absences.hold(turn)
    who = staff.member(turn, member_id)
    if turn.actor.member_id not in (None, who.id) and turn.actor.role not in FOR_OTHERS:
        raise NotAllowed("Vertretungen anderer tragen Team-Leitung oder Verwaltung ein.")
    names = _guard(turn, who, deputy_ids)
    before = duty.deputies(turn)
    _guard_loop(before | {who.id: tuple(deputy_ids)}, who, names)
    old = before.get(who.id, ())
    if old == tuple(deputy_ids):
        return
    duty.put_deputies(turn, who.id, deputy_ids)
    trail.note(turn, "Vertretung geändert", f"member:{who.id}", list(old), list(deputy_ids))
    grants.settle(turn, duty.load(turn))


def _guard(turn: Turn, who: Member, deputy_ids: Sequence[int]) -> dict[int, str]:
    """Return the names of everybody who can stand in; raise Invalid for a list that cannot be."""
    names = duty.names(turn, working=True)
    if who.id in deputy_ids:
        raise Invalid(f"{who.name} kann sich nicht selbst vertreten.", {"deputies": "Bitte eine andere Person wählen."})
    if len(set(deputy_ids)) < len(deputy_ids):
        raise Invalid("Eine Person steht zweimal in der Liste.", {"deputies": "Bitte jede Person einmal wählen."})
    if len(deputy_ids) > MOST:
        raise Invalid(f"Mehr als {MOST} Vertretungen sind zu viele.", {"deputies": f"Bitte höchstens {MOST} wählen."})
    if not set(deputy_ids) <= set(names):
        raise Invalid(
            "Eine der Personen kann niemanden vertreten.",
            {"deputies": "Bitte aktive Mitarbeiter, Team-Leitung oder Verwaltung wählen."},
        )
    return names


def _guard_loop(graph: dict[int, tuple[int, ...]], who: Member, names: dict[int, str]) -> None:
    """Refuse what would leave nobody when everybody in it is away; who left or does not work here is no way out."""
    working = {
        number: tuple(deputy for deputy in chain if deputy in names)
        for number, chain in graph.items()
        if number in names
    }
    loop = dead_end(working, who.id)
    if not loop:
        return
    way = " → ".join(names[number] for number in loop)
    raise Invalid(
        f"Das ergibt einen Kreis: {way}.",
        {
            "deputies": "Sind alle darin abwesend, wäre niemand aus dem Kreis da. "
            "Bitte noch jemanden wählen, der nicht im Kreis steht."
        },
    )
