"""What an address asks for, on pages, in the API and in exports alike: its words become a scope of figures."""

from collections.abc import Mapping
from datetime import date

from models.terms import Category, Channel
from service.errors import Invalid
from service.store import reach
from service.store.scope import Scope, in_team
from service.turn import Turn

# The periods that have a name, in local days, the last one included.
PERIODS = {"heute": 1, "7": 7, "30": 30, "90": 90}
MOST_DAYS = 366
_CHANNELS = {channel.value: channel for channel in Channel}
_CATEGORIES = {category.value: category for category in Category}
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
    or `von` and `bis` (ISO dates, both included), or `bis` and `tage`.
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
    if since and until and since <= until:
        return min((until - since).days + 1, MOST_DAYS), until
    if until:
        count = numbers(args.get("tage", "30"))
        return max(1, min((count or (30,))[0], MOST_DAYS)), until
    return PERIODS.get(args.get("zeitraum", ""), 30), None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


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
    reach.only_known(turn, in_team(turn, asked).account_ids)
