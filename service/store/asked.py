"""What an address asks for, on pages, in the API and in exports alike: its words become a scope or a filter of rows."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from models.terms import Category, Channel, ConversationState
from service.domain import kpi
from service.errors import Invalid
from service.store import reach, shown
from service.store.listing import ORDERS, Filter
from service.store.scope import Scope, in_team
from service.turn import Turn

# The periods that have a name, in local days, the last one included.
PERIODS = {"heute": 1, "7": 7, "30": 30, "90": 90}
MOST_DAYS = 366
_CHANNELS = {channel.value: channel for channel in Channel}
_CATEGORIES = {category.value: category for category in Category}
_STATES = {state.value: state for state in ConversationState}
_KPIS = {figure.key: figure for figure in kpi.EVERY}
_PARTY = re.compile(r"(firma|person):([0-9]{1,15})")
# Days outside of these are slips of the hand, and reach beyond what calendars can say.
_EARLIEST, _LATEST = date(1990, 1, 1), date(2200, 1, 1)
# A weekday from Monday = 0 with a local hour; minutes of an answer, more than and at most.
_SLOT = re.compile(r"([0-6])-(1?[0-9]|2[0-3])")
_TOOK = re.compile(r"([0-9]{1,6})-([0-9]{1,6})")
_LONGEST_MARK = 100
_PER_PERSON = (
    "Auswertungen je Person gibt es nicht: Von Kolleginnen und Kollegen ist nur zu sehen, was offen ist, nicht, was in "
    "einem Zeitraum geschah oder abgeschlossen wurde."
)
_LONGEST_NUMBER = 15


def numbers(text: str) -> tuple[int, ...] | None:
    """Return the numbers of "3,7"; None for none. What is no number is left out."""
    found = tuple(
        int(part) for part in text.split(",") if part.isascii() and part.isdigit() and len(part) <= _LONGEST_NUMBER
    )
    return found or None


def scope(args: Mapping[str, str]) -> Scope:
    """Return the scope of an address; unknown words are left out.

    `postfach` (numbers with commas), `team` (number), `kanal`, `klasse`, and the period: `zeitraum` (heute, 7, 30, 90),
    or `von` and `bis` (ISO dates, both included), `von` alone up to today, or `bis` and `tage`.
    """
    days, until = _period(args)
    team = numbers(args.get("team", ""))
    return Scope(
        numbers(args.get("postfach", "")),
        _CHANNELS.get(args.get("kanal", "")),
        days,
        _CATEGORIES.get(args.get("klasse", "")),
        team[0] if team else None,
        until,
    )


def _period(args: Mapping[str, str]) -> tuple[int, date | None]:
    since, until = _date(args.get("von", "")), _date(args.get("bis", ""))
    if since and until:
        since, until = sorted((since, until))
        return min((until - since).days + 1, MOST_DAYS), until
    if since:
        # Without a last day it is all days since then; those to come drop out (store/scope.begun).
        return MOST_DAYS, since + timedelta(days=MOST_DAYS - 1)
    if until:
        count = numbers(args.get("tage", "30"))
        return max(1, min((count or (30,))[0], MOST_DAYS)), until
    return PERIODS.get(args.get("zeitraum", ""), 30), None


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def _day(text: str) -> str:
    return text[:10] if _date(text) else ""


def check(args: Mapping[str, str]) -> None:
    """Raise Invalid for words that `scope` would leave out: a program is told, a person sees what is chosen."""
    for name, known in (("kanal", _CHANNELS), ("klasse", _CATEGORIES), ("zeitraum", PERIODS)):
        if args.get(name, "") and args[name] not in known:
            raise Invalid(f"Das kennt {name} nicht.", {name: ", ".join(known)})
    for name in ("postfach", "team"):
        if args.get(name, "") and len(numbers(args[name]) or ()) != args[name].count(",") + 1:
            raise Invalid("Bitte Nummern angeben.", {name: "Nummern, mit Komma getrennt"})
    for name in ("von", "bis"):
        if args.get(name, "") and _date(args[name]) is None:
            raise Invalid("Bitte ein Datum angeben.", {name: "JJJJ-MM-TT"})
    since, until = _date(args.get("von", "")), _date(args.get("bis", ""))
    if since and until and until < since:
        raise Invalid("Das Ende liegt vor dem Anfang.", {"bis": "Ein Tag nicht vor „von“"})


def words(asked: Scope) -> dict[str, str]:
    """Return the words of an address that give this scope again, without its period."""
    found: dict[str, str] = {}
    if asked.account_ids:
        found["postfach"] = ",".join(str(number) for number in asked.account_ids)
    if asked.team is not None:
        found["team"] = str(asked.team)
    if asked.channel:
        found["kanal"] = asked.channel.value
    if asked.category:
        found["klasse"] = asked.category.value
    return found


def period_words(asked: Scope, period: str) -> dict[str, str]:
    """Return the words of its period: the name, or first and last day."""
    if asked.until is None:
        return {"zeitraum": period}
    return {"bis": asked.until.isoformat(), "tage": str(asked.days)}


def only_known(turn: Turn, asked: Scope) -> None:
    """Raise NotFound when a mailbox, or one of the team, does not exist or is out of reach."""
    reach.only_known(turn, asked.account_ids)
    if asked.team is not None:
        reach.only_known(turn, in_team(turn, asked).account_ids)


def rows(args: Mapping[str, str], member_id: int | None) -> Filter:
    """Return which conversations an address asks for; filters combine (S4.68).

    Raises Invalid for what is over, or happened over a time, at another member than `member_id`: that would be a
    figure per person.
    """
    figure = args.get("kennzahl") or args.get("kpi") or ""
    figure = figure if figure in _KPIS else ""
    place = scope(args)
    day, count = _day(args.get("tag", "")), numbers(args.get("tage", ""))
    found = Filter(
        kpi=figure,
        # A figure narrows its own messages to the class; another list the conversations that have it.
        scope=place if figure else replace(place, category=None, until=None),
        days=PERIODS.get(args.get("zeitraum", ""), 0),
        category=None if figure else _CATEGORIES.get(args.get("klasse", "")),
        unclassified=args.get("klasse") == "ohne",
        state=_STATES.get(args.get("zustand", "")),
        unread={"1": True, "0": False}.get(args.get("ungelesen", "")),
        waiting=args.get("wartet") == "1",
        snoozed=args.get("zurueckgestellt") == "1",
        raised=args.get("vorgezogen") == "1",
        order=args["ordnung"] if args.get("ordnung") in ORDERS else "",
        unknown_party=args.get("partei") == "unbekannt",
        party=_party(args.get("partei", "")),
        day=day,
        day_count=max(1, min(31, count[0] if count and day else 1)),
        answered=_day(args.get("antwort", "")),
        text=args.get("suche", "")[:200].strip(),
        after=args.get("nach", "")[:_LONGEST_MARK],
        before=args.get("vor", "")[:_LONGEST_MARK],
        responsible=_responsible(args.get("zustaendig", ""), member_id),
        slot=_pair(_SLOT, args.get("stunde", "")) if day else None,
        took=_pair(_TOOK, args.get("dauer", "")) if figure == kpi.CHAT_REACTION.key else None,
    )
    _refuse_per_person(found, member_id)
    return found


def _pair(shape: re.Pattern[str], text: str) -> tuple[int, int] | None:
    found = shape.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _party(text: str) -> tuple[int | None, int | None]:
    found = _PARTY.fullmatch(text)
    if found is None:
        return None, None
    number = int(found[2])
    return (number, None) if found[1] == "firma" else (None, number)


def _responsible(text: str, member_id: int | None) -> int | None:
    """Return whose conversations are asked for: "ich", "niemand" (0), or the number of a member; None for all."""
    if text == "ich":
        return member_id
    found = (0,) if text == "niemand" else numbers(text)
    return found[0] if found else None


def _refuse_per_person(wanted: Filter, member_id: int | None) -> None:
    done = bool(wanted.days) or wanted.state not in {None, ConversationState.OFFEN}
    if (
        wanted.responsible
        and wanted.responsible != member_id
        and (done or shown.over_time(wanted.kpi, wanted.day, wanted.answered))
    ):
        raise Invalid(_PER_PERSON, {"zustaendig": "Bitte ohne diese Auswahl."})
