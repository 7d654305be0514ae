"""How instants, spans, numbers and senders are written on pages: German, local time, nothing that could mislead."""

import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup, escape

from models.address import number_shown
from models.clock_event import ClockEvent
from models.message import Conversation
from models.terms import Category, Channel, ClockKind
from service.domain.days import LOCAL, local_day

_WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
# Time left at which a deadline turns red or amber.
_RED = timedelta(hours=1)
_AMBER = timedelta(hours=4)

_DELIVERY = {
    "sent": "gesendet",
    "delivered": "zugestellt",
    "read": "gelesen",
    "played": "abgespielt",
    "failed": "fehlgeschlagen",
}

_SLUGS = {category: category.value.lower() for category in Category}
# Characters that turn or hide text; they are taken out of names and marked.
_TURNING = frozenset("\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufeff\u00ad") | frozenset(
    chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


class Left(NamedTuple):
    """The time left of a deadline: the words, and "bad", "warn" or "calm"."""

    text: str
    state: str


def slug(category: Category | None) -> str:
    """Return the style class of a category."""
    return _SLUGS[category] if category else "offen"


def channel_slug(channel: Channel) -> str:
    """Return the icon of a channel."""
    return "wa" if channel is Channel.WHATSAPP else "mail"


def clock(at: datetime) -> str:
    """Return the local time of day, "06:10"."""
    return _time(at.astimezone(LOCAL))


def _time(local: datetime) -> str:
    # A tenth of what strftime costs: a list asks for it a few hundred times.
    return f"{local.hour:02}:{local.minute:02}"


def _day_and_month(day: date) -> str:
    return f"{day.day:02}.{day.month:02}."


def _whole_day(day: date) -> str:
    return f"{_day_and_month(day)}{day.year}"


def when(at: datetime | None, now: datetime) -> str:
    """Return a short local time: "06:10" today, "gestern", "Di 17.11.", "03.02.2025" in another year."""
    if at is None:
        return ""
    local, today = at.astimezone(LOCAL), local_day(now)
    day = local.date()
    if day == today:
        return _time(local)
    if day == today - timedelta(days=1):
        return "gestern"
    if day.year == today.year:
        return f"{_WEEKDAYS[day.weekday()]} {_day_and_month(day)}"
    return _whole_day(day)


def moment(at: datetime, now: datetime) -> str:
    """Return until when something lasts: the time of today, or day and time."""
    day, time = when(at, now), clock(at)
    return f"bis {day}" if day == time else f"bis {day}, {time}"


def from_day(at: datetime) -> str:
    """Return when something begins: the local day, with the time where it is not midnight."""
    local = at.astimezone(LOCAL)
    return f"{_WEEKDAYS[local.weekday()]} {local:%d.%m.%Y}" + (f", {local:%H:%M}" if local.hour or local.minute else "")


def last_day(at: datetime) -> str:
    """Return when something ends: the last local day that counts, with the time where it ends before midnight."""
    local = at.astimezone(LOCAL)
    if local.hour or local.minute:
        return from_day(at)
    return from_day(at - timedelta(days=1))


def until(at: datetime, now: datetime) -> str:
    """Return until when somebody stands in, in words: "bis heute, 17:00", "bis 03.12."."""
    local = at.astimezone(LOCAL)
    last = (at - timedelta(microseconds=1)).astimezone(LOCAL)
    if last.date() == local_day(now):
        return "bis heute" + (f", {local:%H:%M}" if local.hour or local.minute else "")
    return f"bis {last:%d.%m.}" if last.year == local_day(now).year else f"bis {last:%d.%m.%Y}"


def full(at: datetime | None) -> str:
    """Return the whole local time, "Sa 21.11.2026, 06:10 Uhr"."""
    if at is None:
        return ""
    local = at.astimezone(LOCAL)
    return f"{_WEEKDAYS[local.weekday()]} {_whole_day(local)}, {_time(local)} Uhr"


def day_iso(at: datetime) -> str:
    """Return the local date of an instant for a date field, "2026-11-24"."""
    return local_day(at).isoformat()


def iso(at: datetime | None) -> str:
    """Return an instant for the datetime attribute."""
    return "" if at is None else at.isoformat(timespec="seconds")


def span(minutes: float) -> str:
    """Return a length of time: "38 Min", "2 Std 40", "3 Tage 4 Std"."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} Min"
    if whole < 48 * 60:
        hours, rest = divmod(whole, 60)
        return f"{hours} Std {rest:02d}" if rest else f"{hours} Std"
    days, rest = divmod(whole, 24 * 60)
    hours = rest // 60
    return f"{days} Tage {hours} Std" if hours and days < 7 else f"{days} Tage"


def clock_event(event: ClockEvent) -> str:
    """Return one event of a clock in words: which window, and how long it took."""
    late = ", Frist verpasst" if event.in_goal is False else ""
    which = "" if event.clock is None else f" ({event.clock.value})"
    match event.kind:
        case ClockKind.STOPP:
            return f"Antwort nach {span((event.open_s or 0) / 60)}{late}"
        case ClockKind.ERLEDIGT if event.open_s is not None:
            return f"Abgeschlossen nach {span(event.open_s / 60)}{late}"
        case ClockKind.PAUSE if event.until is not None:
            return f"Zurückgestellt bis {full(event.until)}"
        case _:
            return _EVENTS[event.kind] + (which if event.kind in _WINDOWED else "")


_EVENTS = {
    ClockKind.START: "Frist begann",
    ClockKind.PAUSE: "Zurückgestellt",
    ClockKind.WEITER: "Wieder vorgelegt",
    ClockKind.FRISTBRUCH: "Frist verstrichen",
    ClockKind.ZWISCHENBESCHEID: "Zwischenbescheid gesendet",
    ClockKind.ERLEDIGT: "Abgeschlossen",
    ClockKind.ENDE_OHNE_ANTWORT: "Ohne Antwort beendet",
    ClockKind.WIEDEROEFFNUNG: "Wieder geöffnet",
}
_WINDOWED = frozenset({ClockKind.START, ClockKind.FRISTBRUCH})


def left(due_at: datetime, now: datetime) -> Left:
    """Return how much time a deadline has left; overdue says since when."""
    rest = due_at - now
    minutes = abs(rest.total_seconds()) / 60
    if rest < timedelta(0):
        return Left(f"{span(minutes)} überfällig", "bad")
    if rest < _RED:
        return Left(f"noch {span(minutes)}", "bad")
    return Left(f"noch {span(minutes)}", "warn" if rest < _AMBER else "calm")


def meta(until: datetime | None, free_until: datetime | None, now: datetime) -> tuple[str, ...]:
    """Return what holds at WhatsApp: how long free text is allowed, and how long every message costs nothing."""
    found = []
    if until is not None:
        found.append(f"Meta {left(until, now).text}" if until > now else "Meta: nur Vorlagen")
    if free_until is not None and free_until > now:
        found.append(f"kostenfrei {left(free_until, now).text}")
    return tuple(found)


def delivery(status: str) -> str:
    """Return in German what became of a message that we sent; other words of Meta stay as they are."""
    return _DELIVERY.get(status, status)


# Hundreds of numbers stand on a page; a general formatter of every language takes most of its time.
_GERMAN = str.maketrans(",.", ".,")


def number(value: float, digits: int = 0) -> str:
    """Return a number as Germans write it."""
    return f"{round(value, digits):,.{digits}f}".translate(_GERMAN)


def percent(share: float) -> str:
    """Return a confidence (0..1) in whole percent; never rounded up to 100."""
    return str(min(99, int(share * 100)) if share < 1 else 100)


def hidden_signs(name: str) -> bool:
    """Return whether a name carries signs that turn or hide text."""
    return any(c in _TURNING or unicodedata.category(c) == "Cc" for c in name)


def visible(name: str) -> str:
    """Return a name without signs that turn, hide or break text."""
    if name.isprintable():  # then it has none of them, and every row of a list asks
        return name.strip()
    return "".join(c for c in name if c not in _TURNING and unicodedata.category(c) not in {"Cc", "Cs", "Co"}).strip()


def peer(conversation: Conversation) -> str:
    """Return the address or number of a correspondent as it is written: "+49 171 8388958" for numbers."""
    text = visible(conversation.peer)
    if conversation.channel is Channel.WHATSAPP and text.isdigit():
        return number_shown(text)
    return text or "Absender unbekannt"


def bearer(value: str) -> str:
    """Return the address, domain or number that a key is about as it is written: "+49 171 8388958" for numbers."""
    return number_shown(value) if value.isdigit() else value


def title(conversation: Conversation) -> str:
    """Return the name of a correspondent, or the address where there is none."""
    return visible(conversation.peer_name) or peer(conversation)


def initials(name: str) -> str:
    """Return up to two letters that stand for a name."""
    letters = [part[0] for part in name.replace("@", " ").split() if part[0].isalnum()]
    return "".join(letters[:2]).upper() or "?"


def odd_name(conversation: Conversation) -> str:
    """Return a warning when the display name claims to be another address or hides signs; "" when it is plain."""
    name = conversation.peer_name
    if hidden_signs(name):
        return "Der Anzeigename enthält unsichtbare Zeichen."
    shown = visible(name).lower()
    if "@" in shown and conversation.peer.lower() not in shown:
        return "Der Anzeigename nennt eine andere Adresse als die echte."
    return ""


def coded(text: str) -> Markup:
    """Return a sentence in which what stands between backticks (a command to type) is marked as code."""
    parts = enumerate(text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in parts)


@lru_cache(maxsize=256)
def icon(name: str, extra: str = "") -> Markup:
    """Return an icon of our sprite; purely decorative, the word stands beside it."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="/static/icons.svg#{}"/></svg>').format(
        escape(extra), escape(name)
    )
