"""Who may call which route: declared on the view itself, checked before it runs, walked by a test."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g

from models.terms import Role
from service.errors import NotAllowed, NotSignedIn

P = ParamSpec("P")
R = TypeVar("R")

EVERY_ROLE = frozenset(Role)
# Who does the daily work: classifies, finishes, archives, enters parties (S4.49, S4.50).
WORK = frozenset({Role.MITARBEITER, Role.TEAM_LEAD, Role.ADMIN})
# Who sees figures of mailboxes; the data protection officer has no need of them (purpose limitation, S4.99).
FIGURES = WORK | {Role.MANAGEMENT}
# Who sees how the firm has set Postlotse up, and who changes it.
SETTINGS = frozenset({Role.TEAM_LEAD, Role.ADMIN, Role.MANAGEMENT, Role.DATENSCHUTZ})
CHANGE_SETTINGS = frozenset({Role.ADMIN})

# The attribute that every view function carries: a frozenset of roles, PUBLIC, or BY_TOKEN.
ATTRIBUTE = "postlotse_needs"
PUBLIC = "öffentlich"
BY_TOKEN = "Dienst-Token"


def needs(roles: frozenset[Role]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare that a view is for signed-in members with one of `roles`.

    The view raises NotSignedIn without a session and NotAllowed for another role.
    """

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = g.get("actor")
            if actor is None or actor.role is None:
                raise NotSignedIn("Bitte melden Sie sich an.")
            if actor.role not in roles:
                raise NotAllowed(f"Ihre Rolle ({actor.role.value}) darf das nicht.")
            return view(*args, **kwargs)

        setattr(guarded, ATTRIBUTE, roles)
        return guarded

    return declare


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Declare that a view is for anybody, signed in or not; it shows nothing of the firm."""
    setattr(view, ATTRIBUTE, PUBLIC)
    return view


def by_token(view: Callable[P, R]) -> Callable[P, R]:
    """Declare that a view checks a bearer token of another program itself."""
    setattr(view, ATTRIBUTE, BY_TOKEN)
    return view
