"""Halts: after some refusals of WhatsApp nothing more is sent before an Admin has acted; what comes in goes on."""

from models.terms import NoticeKind, Role
from service.store import notices, settings, staff
from service.store.notices import Told
from service.turn import Turn

_HALTED = "whatsapp_sending_halted"


def number(turn: Turn) -> int | None:
    """Return the error number after which sending stands still; None while it does not."""
    found = settings.get(turn, _HALTED, default=None)
    return None if found is None else int(found)


def halt(turn: Turn, error_number: int) -> None:
    """Send nothing more, and tell every Admin, once a day for each error."""
    if number(turn) != error_number:
        settings.put(turn, _HALTED, error_number)
    day = turn.now.date().isoformat()
    told = [
        Told(admin.id, NoticeKind.SENDEN_STEHT, f"senden:{error_number}:{day}:{admin.id}", amount=error_number)
        for admin in staff.with_role(turn, Role.ADMIN)
    ]
    notices.tell(turn, told)


def release(turn: Turn) -> None:
    """Let sending go on."""
    if number(turn) is not None:
        settings.put(turn, _HALTED, None)
