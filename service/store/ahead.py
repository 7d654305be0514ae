"""What pages are going to ask, asked at once: each of these would wake the server of a database by itself."""

from service.store import (
    accounts,
    assignments,
    deadlines,
    figures,
    gaps,
    grants,
    groups,
    mailboxes,
    notices,
    reach,
    reviews,
    samples,
    settings,
    teams,
    triage,
)
from service.store.prepared import Ask, together
from service.store.scope import Scope, frame, in_team
from service.turn import Turn


def around(turn: Turn) -> None:
    """Ask for the settings, and what is shown around a page."""
    together(turn, (settings.ASK, *_around(turn)))


def firm(turn: Turn) -> None:
    """Ask for the settings, and of which mailboxes something may be missing: for figures without a frame."""
    together(turn, (settings.ASK, accounts.DISTURBED))


def around_review(turn: Turn, review_id: int, *, is_month: bool) -> None:
    """Ask for the same, what is shown around a page, and what has become of a review."""
    own = (reviews.ask_ticks(review_id), *([samples.ask_found(review_id)] if is_month else []))
    together(turn, (settings.ASK, accounts.DISTURBED, *own, *_around(turn)))


def around_figures(turn: Turn, *, framed: bool) -> None:
    """Ask for the settings and what the page of figures shows whatever part of the firm it is about; with its frame,
    in which stands the choice of a team, or without."""
    frame_of_it = (*_around(turn), teams.NAMES) if framed else ()
    together(turn, (settings.ASK, accounts.ASK, *groups.ASKS, gaps.ask(turn), *frame_of_it))


def around_list(turn: Turn) -> None:
    """Ask for the settings, what is shown around a page, and what a list of conversations shows whatever its rows."""
    together(turn, (settings.ASK, accounts.ASK, Ask(assignments.COLLEAGUES), *_around(turn)))


def _around(turn: Turn) -> tuple[Ask, ...]:
    who = turn.actor.member_id
    return () if who is None else (notices.ask(who), grants.ask(turn, who))


def of_figures(turn: Turn, scope: Scope, most: int, *, framed: bool) -> None:
    """Ask what the page of figures shows of a scope, with so many of the next deadlines, and in a frame or without."""
    at = frame(turn, scope)
    found = [*mailboxes.asks(frame(turn, in_team(turn, scope))), *figures.asks(turn, scope), *reviews.asks(turn)]
    if not reach.mine(turn):
        found += [deadlines.ask(at, most), *([triage.ask(turn)] if framed else [])]
    together(turn, found)
