"""What an update says beside messages: a delivery status, a call or an advertisement, who somebody is and became."""

from dataclasses import dataclass
from datetime import datetime

from connectors.whatsapp.record import SILENT as SILENT
from connectors.whatsapp.record import moment, number_of, user_of
from connectors.whatsapp.update import Update

CALL, ADVERTISEMENT, HANDOVER = "Anruf", "Anzeige", "Übergabe"
_MESSAGES = frozenset({"message", "echo", "history_message"})
# What user_preferences says (category marketing_messages).
_CHOICES = {"stop": True, "resume": False}
# Messages of these types name nobody who writes, or do it in their own way.
_RENAMED = frozenset({"user_changed_number", "user_changed_user_id"})


@dataclass(frozen=True, slots=True)
class Names:
    """Somebody's number (digits) and user id, "" where missing; user ids hold within `portfolio` (business account)."""

    portfolio: str
    number: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A status of one message for one recipient, and when Meta says it came to be; `key` is our mark on a sending."""

    account: str
    source_id: str
    recipient: str
    status: str
    at: datetime
    error_code: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that opens a window without being a message (CALL, ADVERTISEMENT, HANDOVER), and with whom."""

    account: str
    source_id: str
    kind: str
    names: Names
    at: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants no more messages (`stop`), or wants them again; `by_word`: wrote it, else said it to WhatsApp."""

    names: Names
    stop: bool
    by_word: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Renamed:
    """Somebody gave up the names `old` for the names `new`; either may be known in part only."""

    old: Names
    new: Names
    at: datetime


def names(update: Update) -> Names:
    """Return whom an update is about: the sender of what came in, the recipient of what went out."""
    if update.direction == "out":
        number = number_of(update.recipient)
        return Names(update.waba, number, user_of(number, update.to_user_id, update.recipient))
    number = number_of(update.sender, update.contact_wa_id)
    return Names(update.waba, number, user_of(number, update.from_user_id, update.contact_user_id, update.sender))


def stated(update: Update, received_at: datetime) -> Stated | None:
    """Return the status that an update tells; None when it tells none or does not say of what."""
    if update.kind != "status" or not (update.account and update.id and update.status):
        return None
    person = update.participant or update.participant_user_id or update.recipient or update.to_user_id or ""
    code = str(update.error_codes[0]) if update.error_codes else ""
    return Stated(update.account, update.id, person, update.status, moment(update, received_at)[0], code, update.key)


def happened(update: Update, received_at: datetime) -> Happened | None:
    """Return the call by a customer, the arrival from an advertisement or the handover to staff; None for others."""
    if update.kind == "call":
        # The same call is told when it comes in and when it ends: it is one.
        kind = CALL if update.direction == "in" else ""
    elif update.kind == "handover":
        kind = HANDOVER if update.type == "control_passed" else ""
    else:
        kind = ADVERTISEMENT if update.has_referral and update.kind == "message" else ""
    who = names(update)
    if not kind or not update.account or not (who.number or who.user_id):
        return None
    return Happened(update.account, update.id or update.dedup(), kind, who, moment(update, received_at)[0])


def wished(update: Update, received_at: datetime) -> Wish | None:
    """Return that somebody wants no more messages or wants them again: STOP and START, or a choice made in WhatsApp."""
    who = names(update)
    stop = update.stop if update.kind == "message" else _CHOICES.get(update.status or "")
    if stop is None or (update.kind not in {"message", "user_preference"}) or not (who.number or who.user_id):
        return None
    return Wish(who, stop, update.kind == "message", moment(update, received_at)[0])


def renamed(update: Update, received_at: datetime) -> Renamed | None:
    """Return the change of number or user id that a notice tells (system message, formerly a field of its own)."""
    notice = update.kind == "identity_change" or (update.type == "system" and update.subtype in _RENAMED)
    if not notice:
        return None
    number = number_of(update.sender)
    old_user = update.previous_user_id or update.former_user_id
    old = Names(update.waba, number if update.new_wa_id or not old_user else "", old_user)
    new = Names(update.waba, number_of(update.new_wa_id), update.new_user_id or "")
    if not (old.number or old.user_id) or not (new.number or new.user_id):
        return None
    return Renamed(old, new, moment(update, received_at)[0])


def is_message(update: Update) -> bool:
    """Say whether an update is a message with one person, as opposed to a group or a notice."""
    return update.kind in _MESSAGES and not update.group_id and update.type != "system"
