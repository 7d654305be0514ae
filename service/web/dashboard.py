"""Kennzahlen: the figures with target, trend and comparison, charts with a table twin, deadlines; the wall screen."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, render_template, request

from models.terms import Category, Channel
from service import guards, texts
from service.domain.days import local_day
from service.store import accounts as store_accounts
from service.store import ahead, asked, figures, gaps, listing, past, reviews, settings, teams
from service.store.scope import Scope, in_team
from service.turn import Turn
from service.web import exports, kpi_charts, kpi_tiles, session, words

pages = Blueprint("dashboard", __name__)

PERIODS = {"heute": "Heute", "7": "7 Tage", "30": "30 Tage", "90": "Quartal"}
# What the tiles show stands in the table of all figures as these two.
_DEADLINES = 6
_IN_TILES = frozenset({"whatsapp_unanswered", "quote", "unclassified", "old_open", "unhandled"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the firm and which days the address bar asks for, and the name of the period ("" for own days)."""

    scope: Scope
    period: str

    @property
    def kept(self) -> dict[str, str]:
        """Return the words of the address that show this again."""
        return kpi_tiles.kept(self.scope, self.period)


def wanted() -> Asked:
    """Return what the address bar asks for."""
    scope = asked.scope(request.args)
    period = request.args.get("zeitraum", "30")
    return Asked(scope, "" if scope.until else period if period in PERIODS else "30")


@pages.get("/kennzahlen")
@guards.needs(guards.FIGURES)
def index() -> str:
    """Show the figures."""
    found = wanted()
    place = asked.words(found.scope)
    with session.look() as turn:
        ahead.around_figures(turn, framed=True)
        filters = {"accounts": listing.accounts(turn), "teams": teams.names(turn)}
        return render_template(
            "kennzahlen.html",
            page="kennzahlen",
            periods=PERIODS,
            channels=Channel,
            query=urlencode(found.kept),
            place=place,
            narrowed=len(place) + bool(found.scope.until),
            since=kpi_tiles.first_day(found.scope),
            exports=exports.links("/kennzahlen", found.kept),
            measured_before=past.since(turn),
            **filters,
            **_read(turn, found, framed=True),
        )


@pages.get("/kennzahlen/stand")
@guards.needs(guards.FIGURES)
def fresh() -> Response:
    """Return the body of the page again; 304 when nothing changed since."""
    found = wanted()
    with session.look() as turn:
        ahead.around_figures(turn, framed=False)
        return part("_kennzahlen.html", _read(turn, found, framed=False))


@pages.get("/kennzahlen/wand")
@guards.needs(guards.FIGURES)
def wall() -> str:
    """Show the six figures as large as the screen, without anybody's name."""
    with session.look() as turn:
        return render_template("wand.html", poll="/kennzahlen/wand/stand", **on_the_wall(turn))


@pages.get("/kennzahlen/wand/stand")
@guards.needs(guards.FIGURES)
def wall_state() -> Response:
    """Return the body of the wall screen again; 304 when nothing changed since."""
    with session.look() as turn:
        return part("_wand.html", on_the_wall(turn))


def part(template: str, shown: dict[str, Any]) -> Response:
    """Return a part of a page with its mark, 304 where it is known, and in a header of when its data are."""
    # It stands alone: nothing is read for a frame around it.
    g.unasked = True
    answer = make_response(render_template(template, **shown))
    answer.set_etag(sha256(answer.get_data()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Stand"] = words.clock(shown["now"])
    return answer.make_conditional(request)  # type: ignore[return-value]  # gives back the same Flask answer


def on_the_wall(turn: Turn) -> dict[str, Any]:
    """Return what everybody in the room may read: firm-wide figures, times left; no names, not even of mailboxes."""
    ahead.firm(turn)
    tiles = [kpi_tiles.tile(reading, {}) for reading in figures.tiles(turn)]
    return {
        "tiles": tiles,
        "deadlines": figures.next_deadlines(turn, Scope(), 4),
        "disturbed": bool(store_accounts.disturbed(turn)),
        "now": turn.now,
    }


def _read(turn: Turn, found: Asked, *, framed: bool) -> dict[str, Any]:
    scope, period = found.scope, asked.period_words(found.scope, found.period)
    asked.only_known(turn, scope)
    ahead.of_figures(turn, scope, _DEADLINES, framed=framed)
    # First, because the figures of how things stand are added up from its rows.
    mailboxes = _mailboxes(turn, scope)
    readings = figures.tiles(turn, scope)
    tiles = [kpi_tiles.tile(reading, period) for reading in readings]
    more = [kpi_tiles.tile(one, period) for one in figures.catalogue(turn, scope) if one.key not in _IN_TILES]
    first = session.actor().name.split(" ")[0] if session.actor().name else ""
    return {
        "tiles": tiles,
        "more": more,
        "worst": next((tile for tile in tiles if tile.look in {"bad", "warn"} and tile.count), None),
        "greeting": kpi_tiles.greeting(words.clock(turn.now), first, tiles),
        "deadlines": figures.next_deadlines(turn, scope, _DEADLINES),
        "quote_target": next(reading.target for reading in readings if reading.key == "quote"),
        "withheld": figures.withheld(turn, scope),
        "disturbed": store_accounts.disturbed(turn),
        "gaps": gaps.possible(turn),
        "review": reviews.state(turn),
        "now": turn.now,
        "days": scope.days,
        "said": kpi_tiles.period_said(scope, local_day(turn.now)),
        "keep": period,
        "asked": found,
        "asked_words": asked.words,
        **_charts(turn, scope, found.period),
        **mailboxes,
    }


def _charts(turn: Turn, scope: Scope, period_name: str) -> dict[str, Any]:
    reactions = figures.reaction_days(turn, scope)
    by_day = scope.days <= kpi_charts.DAYS_SHOWN
    classes = figures.class_days(turn, scope) if by_day else figures.class_weeks(turn, scope)
    spread, period = figures.whatsapp_spread(turn, scope), tuple(asked.period_words(scope, period_name).items())
    last = kpi_charts.last_day(scope, local_day(turn.now))
    heat = kpi_charts.cells(figures.hours_heat(turn, scope), scope, last)
    channel = scope.channel or Channel.EMAIL
    targets = settings.targets(turn)
    limit = targets[channel].limit_minutes / 60
    return {
        "reactions": tuple(day for day in reactions if day.answers),
        "reaction_chart": kpi_charts.reaction(reactions, limit, scope),
        "reaction_channel": channel,
        "calendars": {one.value: texts.word(target.kind) for one, target in targets.items()},
        "spread": spread,
        "bands": kpi_charts.bands(spread, scope, period),
        "spread_chart": kpi_charts.spread(spread, scope, period),
        "classes": classes,
        "class_chart": kpi_charts.classes(classes, scope),
        "class_names": kpi_charts.CLASSES,
        "heat": heat,
        "heat_chart": kpi_charts.heat(heat),
        "categories": Category,
    }


def _mailboxes(turn: Turn, scope: Scope) -> dict[str, Any]:
    return {
        # By name, never by speed or by what is late: an order of that kind would be a ranking.
        "mailboxes": figures.mailbox_rows(turn, in_team(turn, scope)),
    }
