"""Lets programs in by bearer token, and members of staff by their session where a route allows it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app, g, request

from service import guards
from service.errors import NotAllowed, NotSignedIn
from service.guards import Right
from service.runtime import Runtime
from service.store import tokens
from service.store.tokens import Token

P = ParamSpec("P")
R = TypeVar("R")

_LONGEST = 200


def runtime() -> Runtime:
    """Return the runtime of this application."""
    found: Runtime = current_app.extensions["postlotse"]
    return found


def needs(scope: str, right: Right | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare that a view is for tokens with `scope` and, if a right is named, for members who have it.

    The view raises NotSignedIn for a missing, unknown or revoked token and NotAllowed for one of another scope.
    """

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        member = guards.needs(right)(view) if right else None

        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if member is not None and "Authorization" not in request.headers:
                return member(*args, **kwargs)
            check(scope)
            return view(*args, **kwargs)

        setattr(guarded, guards.ATTRIBUTE, right or guards.BY_TOKEN)
        setattr(guarded, guards.SCOPE, scope)
        return guarded

    return declare


def check(scope: str) -> None:
    """Let the request pass if it carries a token with `scope`; raises like `needs`."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    value = value.strip()
    if kind.lower() != "bearer" or not 1 <= len(value) <= _LONGEST:
        raise NotSignedIn("Diese Adresse braucht ein Dienst-Token (Authorization: Bearer …).")
    with runtime().look() as turn:
        token = tokens.find(turn, value)
        due = tokens.use_is_due(token, turn.now)
    if scope not in token.scopes:
        raise NotAllowed("Dieses Dienst-Token gilt nicht für diese Adresse.")
    if due:
        _note(token)
    # A program is no member: figures per person are not for it, and the trail shows its name.
    g.service = token.name


def _note(token: Token) -> None:
    with runtime().turn() as turn:
        tokens.note_use(turn, token)
