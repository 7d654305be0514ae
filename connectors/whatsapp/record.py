"""How an update becomes the record of a message, and which of them open a window."""

import re
from datetime import UTC, datetime, timedelta

from connectors.whatsapp.update import Update
from models.record import MessageRecord
from models.terms import Channel, Direction

# Inbound kinds that nobody has to answer. "revoke" takes a message back, "system" says a number or an id changed.
SILENT = frozenset({"reaction", "system", "revoke"})
_MEDIA = frozenset({"audio", "document", "image", "sticker", "video", "voice"})
_NUMBER = re.compile(r"\d{5,20}")
_FOLDERS = {"history_message": "history"}
# Meta's clock and ours may differ by a little; a message from further in the future has an unreadable time.
_SKEW = timedelta(minutes=10)


def number_of(*candidates: str | None) -> str:
    """Return the first candidate that is a number as WhatsApp writes it (digits with country code), or ""."""
    return next((text for text in candidates if text and _NUMBER.fullmatch(text)), "")


def user_of(number: str, *candidates: str | None) -> str:
    """Return the first candidate that is a user id; some senders put it where the number belongs."""
    return next((text for text in candidates if text and text != number and not _NUMBER.fullmatch(text)), "")


def moment(update: Update, received_at: datetime) -> tuple[datetime, bool]:
    """Return the instant of the message by Meta's clock, or of its receipt, and whether it had to be guessed."""
    if update.timestamp is None:
        return received_at, True
    at = datetime.fromtimestamp(update.timestamp, UTC)
    return (received_at, True) if at > received_at + _SKEW else (at, False)


def _opens(update: Update) -> bool:
    """Say whether an inbound message asks for an answer by staff, or an outbound one gives one.

    Reactions, withdrawals, system notices and groups do not; the past that the phone app hands over asks nothing any
    more; what Meta's agent holds (`standby`) is the agent's until it is handed over.
    """
    if update.type in SILENT or update.group_id:
        return False
    if update.direction == "in":
        return update.kind == "message" and update.field != "standby"
    return update.type != "edit"


def record(update: Update, received_at: datetime) -> MessageRecord | None:
    """Return the record of an inbound message, an echo or a message of the past; None when it is none of these.

    `received_at` is when the webhook came (aware, UTC); it stands in for an unreadable time, which is marked so. A
    message that does not say to which of our numbers it belongs has no place and is none either.
    """
    if update.kind not in {"message", "echo", "history_message"} or not update.account:
        return None
    at, guessed = moment(update, received_at)
    inbound = update.direction == "in"
    if inbound:
        number = number_of(update.sender, update.contact_wa_id)
        # A notice of a new user id names nobody but the ids: it belongs to the chat under the old one.
        ids = (update.from_user_id, update.contact_user_id, update.sender, update.previous_user_id, update.new_user_id)
        user = user_of(number, *ids)
    else:
        number = number_of(update.recipient)
        user = user_of(number, update.to_user_id, update.recipient)
    return MessageRecord(
        channel=Channel.WHATSAPP,
        account=update.account,
        source_id=update.id or f"ohne-id:{update.dedup()}",
        direction=Direction.EINGANG if inbound else Direction.AUSGANG,
        received_at=at,
        sent_at=None if guessed else at,
        thread=update.group_id or "",
        sender=number if inbound else number_of(update.sender),
        sender_name=update.name if inbound else "",
        user_id=user,
        to=(update.account,) if inbound else tuple(filter(None, (number,))),
        recipients_total=1,
        folder=_FOLDERS.get(update.kind, "standby" if update.field == "standby" else ""),
        kind=update.type or "",
        context_id=update.context_id or "",
        has_attachments=update.type in _MEDIA,
        automated=update.kind == "echo" and update.field == "standby",
        opens_clock=_opens(update),
        time_is_guessed=guessed,
    )
