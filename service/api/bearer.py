"""Lets calls in by bearer token, of a program or of a member's program, and members by their session where allowed.

Two kinds of tokens open the API. A service token is ours: a program, a scope, no person. An access token is the firm's
directory's: either a member through a program, with the member's role and reach, or a program with application roles
that are named like our scopes. Which right a route needs stands in service/guards.py for all of them.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app, g, request

from connectors.errors import Refused
from service import guards
from service.errors import NotAllowed, NotFound, NotSignedIn, ScopeLacking, TokenRefused
from service.guards import Right
from service.runtime import Runtime
from service.store import reach, staff, tokens
from service.store.tokens import PREFIX, Token

P = ParamSpec("P")
R = TypeVar("R")

# A service token is far shorter; an access token of Entra may list groups. Headers end at about the same length.
_LONGEST = 16 * 1024


def runtime() -> Runtime:
    """Return the runtime of this application."""
    found: Runtime = current_app.extensions["postlotse"]
    return found


def needs(scope: str, right: Right, *, session: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare that a view is for programs with `scope` and members with `right`; with `session` for browsers, too.

    The view raises NotSignedIn without a token, TokenRefused for one that does not hold, ScopeLacking for one that is
    for something else, and NotAllowed for a member whose role lacks the right.
    """

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if session and "Authorization" not in request.headers:
                guards.ask(right)
            else:
                _check(scope, right)
            return view(*args, **kwargs)

        setattr(guarded, guards.ATTRIBUTE, right)
        setattr(guarded, guards.SCOPE, scope)
        setattr(guarded, guards.BY_SESSION, session)
        return guarded

    return declare


def _check(scope: str, right: Right) -> None:
    g.actor = None
    if "Authorization" not in request.headers:
        raise NotSignedIn("Diese Adresse braucht ein Token (Authorization: Bearer …).")
    kind, _, value = request.headers["Authorization"].partition(" ")
    value = value.strip()
    if kind.lower() != "bearer" or not 1 <= len(value) <= _LONGEST:
        raise TokenRefused("Diese Adresse braucht ein Token (Authorization: Bearer …).")
    if value.startswith(PREFIX) or value.count(".") != 2:
        _program(scope, value)
    else:
        _access(scope, right, value)


def _program(scope: str, value: str) -> None:
    """Let a program in by its service token."""
    with runtime().look() as turn:
        token = tokens.find(turn, value)
        due = tokens.use_is_due(token, turn.now)
    if scope not in token.scopes:
        raise ScopeLacking("Dieses Dienst-Token gilt nicht für diese Adresse.", scope)
    if due:
        _note(token)
    # A program is no member: figures per person are not for it, and the trail shows its name.
    g.service = token.name


def _note(token: Token) -> None:
    with runtime().turn() as turn:
        tokens.note_use(turn, token)


def _access(scope: str, right: Right, value: str) -> None:
    """Let a member, or a program that the directory knows, in by an access token."""
    config = runtime().config
    if not config.oidc_issuer or not config.oidc_api_audience:
        raise TokenRefused("Zugriffstoken sind hier nicht eingerichtet.")
    try:
        found = runtime().directory.access(value, runtime().clock.now())
    except Refused as error:
        if error.why == "scope":
            raise ScopeLacking(str(error), config.oidc_api_scope) from error
        if error.why == "token":
            raise TokenRefused(str(error)) from error
        raise
    if found.member:
        _member(found.issuer, found.subject)
        guards.ask(right)
    elif scope in found.roles:
        g.service = f"app:{found.client}"
    else:
        raise ScopeLacking("Diese Anwendung hat keine Rolle für diese Adresse.", scope)


def _member(issuer: str, subject: str) -> None:
    """Let the member act who is known to the directory by this id. Raises NotAllowed for a stranger."""
    with runtime().look() as turn:
        try:
            who = staff.known_as(turn, issuer, subject)
        except NotFound:
            who = None
        if who is None or not who.active:
            raise NotAllowed("Sie sind in Postlotse nicht (mehr) Mitglied. Bitte melden Sie sich einmal dort an.")
        g.actor = reach.actor(turn, who)
