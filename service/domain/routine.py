"""What is gone through each morning, each Friday and each month: the steps, the periods, and the day it is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from models.terms import ReviewKind
from service.domain.business_time import Calendar, zone
from service.domain.days import midnight

_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, the list where it is done, and the figure that says how much there is of it."""

    key: str
    title: str
    text: str
    href: str = ""
    kpi: str = ""


# S4.15-S4.19, S4.25-S4.29, S4.87-S4.96; the order is that of the firm's own instructions.
STEPS: Mapping[ReviewKind, tuple[Step, ...]] = {
    ReviewKind.MORGEN: (
        Step("oeffnen", "Konversationen öffnen", "Ein Blick, was über Nacht kam.", "/konversationen"),
        Step("ungelesen", "Ungelesenes prüfen", "Filter „Ungelesen“.", "/konversationen?ungelesen=1"),
        Step(
            "wichtig",
            "Wichtiges zuerst",
            "Kundenanfragen und Dringendes, nach der Zeit, die bleibt.",
            "/konversationen?wartet=1",
            "unhandled",
        ),
        Step(
            "schnell",
            "Offensichtliches einordnen",
            "Newsletter und Werbung, bei denen der Vorschlag sicher ist.",
            "/",
            "unclassified",
        ),
        Step(
            "planen",
            "Bearbeitung planen",
            "Wer antwortet worauf bis wann: übernehmen oder übergeben.",
            "/konversationen?wartet=1&zustaendig=ich",
        ),
    ),
    ReviewKind.FREITAG: (
        Step(
            "klassen",
            "Unklassifiziertes prüfen",
            "Filter „Ohne Klassifizierung“, alles nachklassifizieren.",
            "/konversationen?kennzahl=unclassified",
            "unclassified",
        ),
        Step(
            "alte",
            "Alte offene Konversationen",
            "Älter als 7 Tage: archivieren oder nachfassen.",
            "/konversationen?kennzahl=old_open",
            "old_open",
        ),
        Step(
            "whatsapp",
            "WhatsApp-Stand prüfen",
            "Offene Chats und ihr 24-Stunden-Fenster bei Meta.",
            "/konversationen?kanal=WhatsApp&wartet=1&ordnung=fenster",
            "whatsapp_unanswered",
        ),
    ),
    ReviewKind.MONAT: (
        Step("zahlen", "Statistiken prüfen", "Menge, Reaktionszeit und WhatsApp im Monat.", "#zahlen"),
        Step("stichprobe", "Stichprobe prüfen", "Zehn geloste E-Mails: Klasse und Zuordnung richtig?", "#stichprobe"),
        Step("fehler", "Häufige Fehler ansehen", "Was wurde von welcher in welche Klasse berichtigt?", "#fehler"),
        Step("richtlinie", "Richtlinie anpassen", "Wo sich Fehler häufen: Regelbuch ändern.", "/regelbuch"),
        Step("team", "Team informieren", "Was sich ändert, erfahren alle und bestätigen es.", "#team"),
    ),
}


def keys(kind: ReviewKind) -> tuple[str, ...]:
    """Return the keys of the steps of a kind."""
    return tuple(step.key for step in STEPS[kind])


def figures(kind: ReviewKind) -> tuple[str, ...]:
    """Return the keys of the figures that say how much there is of the steps of a kind."""
    return tuple(step.kpi for step in STEPS[kind] if step.kpi)


def week(day: date) -> str:
    """Return the ISO week of a date, "2026-W47"."""
    number = day.isocalendar()
    return f"{number.year}-W{number.week:02d}"


def month(day: date) -> str:
    """Return the month of a date, "2026-10"."""
    return day.isoformat()[:7]


def before(name: str) -> str:
    """Return the month before a month."""
    return month(first(name) - timedelta(days=1))


def first(name: str) -> date:
    """Return the first day of a month. Raises ValueError for what is none."""
    return date.fromisoformat(f"{name}-01")


def days(name: str) -> tuple[date, ...]:
    """Return the days of a month. Raises ValueError for what is none."""
    start = first(name)
    end = (start + timedelta(days=31)).replace(day=1)
    return tuple(start + timedelta(days=n) for n in range((end - start).days))


def friday(day: date, calendar: Calendar) -> date:
    """Return the day of the Friday review in the week of `day`: Friday, or the last working day before it (S4.25)."""
    monday = day - timedelta(days=day.weekday())
    candidates = [monday + timedelta(days=n) for n in range(_FRIDAY, -1, -1)]
    where = zone(calendar.timezone)
    worked = (one for one in candidates if _hours(calendar, one, where))
    return next(worked, candidates[0])


def _hours(calendar: Calendar, day: date, where: ZoneInfo) -> timedelta:
    return calendar.elapsed(midnight(day, where), midnight(day + timedelta(days=1), where))
