"""One update of a webhook, cut to the metadata that we may keep; its fields are the complete list."""

from hashlib import blake2b
from typing import Any

import msgspec

# Fields that are kept for the way through the house but are no part of what `inspect` prints.
_INNER = ("account", "waba", "name", "former_user_id", "shape", "key", "stop")
_ALWAYS = ("kind", "direction", "id", "from", "to", "timestamp", "type", "context_id", "status", "error_codes")
_BY_ID = frozenset({"message", "echo", "history_message"})


class Update(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"sender": "from", "recipient": "to"}
):
    """What is kept of one message, status, call or event (source: notes on the Cloud API, allow-list).

    `account` is the phone_number_id, `waba` the business account, `name` the profile name, `shape` the key names of
    an unknown value, `former_user_id` an id that only the sentence of a notice names, `key` our own mark that comes
    back with a status. `stop` says whether a message was nothing but the word STOP (true) or START (false).
    `timestamp` is unix seconds by Meta's clock. There is no field for text, captions, buttons, files, places, cards,
    orders, emoji or error details.
    """

    kind: str
    field: str | None = None
    direction: str | None = None
    id: str | None = None
    sender: str | None = None
    recipient: str | None = None
    timestamp: int | None = None
    type: str | None = None
    context_id: str | None = None
    status: str | None = None
    error_codes: tuple[int | str, ...] = ()
    from_user_id: str | None = None
    from_parent_user_id: str | None = None
    to_user_id: str | None = None
    contact_wa_id: str | None = None
    contact_user_id: str | None = None
    group_id: str | None = None
    subtype: str | None = None
    original_message_id: str | None = None
    forwarded: bool | None = None
    has_referral: bool | None = None
    reaction_removed: bool | None = None
    stop: bool | None = None
    new_wa_id: str | None = None
    new_user_id: str | None = None
    previous_user_id: str | None = None
    participant: str | None = None
    participant_user_id: str | None = None
    recipient_type: str | None = None
    pricing_category: str | None = None
    pricing_type: str | None = None
    pricing_model: str | None = None
    billable: bool | None = None
    conversation_origin: str | None = None
    conversation_id: str | None = None
    history_status: str | None = None
    account: str = ""
    waba: str = ""
    name: str = ""
    former_user_id: str = ""
    shape: str = ""
    key: str = ""

    def line(self) -> dict[str, Any]:
        """Return what is kept in the form that a data protection officer reads: ten keys always, others if set."""
        kept = {key: value for key, value in msgspec.to_builtins(self).items() if key not in _INNER}
        always = {key: kept.pop(key, [] if key == "error_codes" else None) for key in _ALWAYS}
        always["error_codes"] = list(always["error_codes"])
        return always | kept

    def dedup(self) -> str:
        """Return the key under which this update is stored once, however often and in whatever order it arrives.

        A message, echo or history item is its account and wamid (the same wamid may come by two fields); a status
        also its word and its recipient; anything else is the whole of itself. The key is a digest, because a wamid
        holds the number of the person in readable form.
        """
        if self.id and self.kind in _BY_ID:
            parts: tuple[str | None, ...] = ("message", self.account, self.id)
        elif self.id and self.kind == "status":
            person = self.participant or self.participant_user_id
            parts = ("status", self.account, self.id, self.status, self.recipient or self.to_user_id, person)
        else:
            parts = ("other", to_json(self))
        encoded = [(part or "").encode() for part in parts]
        # With the length of each part in front, so that no two lists of parts read alike.
        whole = b"".join([len(data).to_bytes(4, "big") + data for data in encoded])
        return blake2b(whole, digest_size=16).hexdigest()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Update)


def to_json(update: Update) -> str:
    """Return the update as compact JSON, for the inbox."""
    return _ENCODER.encode(update).decode()


def from_json(payload: str) -> Update:
    """Return the update of a stored payload. Raises msgspec.DecodeError when it was not written by `to_json`."""
    return _DECODER.decode(payload)
