"""Working hours, time zone and delivery as a form: what its template needs, and what was posted."""

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from flask import request

from models.terms import Delivery
from service.actions.members import Work
from service.domain import working_hours
from service.domain.business_time import DAYS
from service.errors import Invalid
from service.store import settings
from service.turn import Turn
from service.web.settings import DAY_NAMES, posted_hours

_DELIVERIES = {kind.value: kind for kind in Delivery}
_LONGEST = 60
_REGIONS = ("Europe/", "Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Indian/", "Pacific/")


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Return the names of time zones that a form offers, Europe first."""
    return tuple(
        sorted(
            (name for name in available_timezones() if name.startswith(_REGIONS)),
            key=lambda name: (not name.startswith("Europe/"), name),
        )
    )


def offered(turn: Turn) -> dict[str, Any]:
    """Return what the form needs besides the member: days, the firm's week and zone, zones, deliveries."""
    firm = settings.hours(turn)
    return {
        "days": DAY_NAMES,
        "firm_week": working_hours.written(firm.week),
        "firm_zone": firm.timezone,
        "zones": zones(),
        "deliveries": Delivery,
    }


def posted_week() -> dict[str, Any]:
    """Return the week as it was posted, so that a refusal can show it again."""
    return {day: spans for day, spans in posted_hours("").week.items() if day in DAYS and spans}


def posted() -> Work:
    """Return the posted working hours, zone and delivery, not yet checked. Raises Invalid."""
    form = request.form
    delivery = form.get("zustellung", "")
    if delivery not in _DELIVERIES:
        raise Invalid("Diese Zustellung gibt es nicht.", {"zustellung": "Bitte auswählen."})
    week = posted_week() if form.get("zeiten") == "eigene" else None
    return Work(week, form.get("zone", "")[:_LONGEST].strip(), _DELIVERIES[delivery])


def version() -> int | None:
    """Return the version of the member that the person saw; None where the form names none."""
    text = request.form.get("stand", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
