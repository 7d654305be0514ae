"""Reads one line of a metadata file (JSON) as a MessageRecord; what is missing or odd counts as unknown."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from connectors.archive.clean import (
    UNKNOWN_TIME,
    clean_domain,
    clean_instant,
    clean_sender,
    clean_text,
    role_of,
)
from connectors.errors import Malformed
from connectors.machine import is_reply
from models.record import HeaderFlags, MessageRecord
from models.terms import Channel, Direction

# Keys that make up the message: the id of a line without one is their hash. Every other key is ignored.
_KNOWN = ("date", "from_addr", "from_name", "n_to", "n_cc", "msgid_domain", "list_id", "addr_key")
# A line with none of these says nothing about its headers: they are unknown, not absent.
_HEADERS = frozenset({
    "list_id", "list_unsub", "list_unsub_post", "list_hdrs", "camp_hdrs", "precedence", "auto_submitted",
    "x_auto_response_suppress", "feedback_id", "content_type", "return_path_domain", "return_path_null",
    "sender_domain", "reply_to_domain", "reply_to_local", "msgid_domain", "dkim_d", "esp", "esp_dom", "auth_spf",
    "auth_dkim", "auth_dmarc", "x_mailer", "user_agent", "in_reply_to", "n_references",
})  # fmt: skip
_MANY = 50
_MOST_RECIPIENTS = 1_000_000


def record(line: Mapping[str, object], account: str, position: str) -> MessageRecord:
    """Return the record of one line with the keys of a metadata file (missing = unknown, unknown keys ignored).

    `position` names the line ("datei.jsonl: Zeile 17") and stands for its id where it has none. A value of the wrong
    type counts as unknown. Raises Malformed only when the line is no JSON object.
    """
    if not isinstance(line, Mapping):
        raise Malformed("kein JSON-Objekt")
    at = _instant(line.get("date"))
    sent = line.get("from_own") is True and line.get("to_own") is not True
    flags = _flags(line) if _HEADERS & line.keys() else None
    automated = flags is not None and is_automated(flags)
    return MessageRecord(
        channel=Channel.EMAIL,
        account=account,
        source_id=_text(line, "id") or _hash(line, position),
        direction=Direction.AUSGANG if sent else Direction.EINGANG,
        received_at=at or UNKNOWN_TIME,
        sent_at=at,
        sender=clean_sender(line.get("from_addr")),
        sender_name=_text(line, "from_name"),
        recipients_total=_count(line, "n_to") + _count(line, "n_cc"),
        folder="sentitems" if sent else "archive",
        important=line.get("importance") is True,
        automated=automated,
        opens_clock=at is not None and not automated,
        time_is_guessed=at is None,
        flags=flags,
    )


def is_automated(flags: HeaderFlags) -> bool:
    """Say whether no person wrote this: automatic replies and notices (RFC 3834), delivery reports (RFC 3464)."""
    said = flags.auto_submitted not in {"", "no"}
    return said or flags.return_path_null or is_reply(flags.precedence) or flags.content_type == "multipart/report"


def _flags(line: Mapping[str, object]) -> HeaderFlags:
    return HeaderFlags(
        list_id=_text(line, "list_id").lower(),
        list_unsubscribe=line.get("list_unsub") is True,
        list_unsubscribe_post=line.get("list_unsub_post") is True,
        list_headers=_words(line, "list_hdrs"),
        campaign_headers=_words(line, "camp_hdrs"),
        precedence=_text(line, "precedence").lower(),
        auto_submitted=_text(line, "auto_submitted").lower(),
        auto_response_suppress=_text(line, "x_auto_response_suppress"),
        feedback_id=line.get("feedback_id") is True,
        content_type=_text(line, "content_type").lower(),
        return_path_domain=clean_domain(line.get("return_path_domain")),
        return_path_null=line.get("return_path_null") is True,
        sender_domain=clean_domain(line.get("sender_domain")),
        reply_to_domain=clean_domain(line.get("reply_to_domain")),
        reply_to_role=role_of(_text(line, "reply_to_local")),
        message_id_domain=clean_domain(line.get("msgid_domain")),
        dkim_domains=tuple(filter(None, map(clean_domain, _words(line, "dkim_d")))),
        mailing_services=tuple(dict.fromkeys((*_words(line, "esp"), *_words(line, "esp_dom")))),
        auth_spf=_text(line, "auth_spf").lower(),
        auth_dkim=_text(line, "auth_dkim").lower(),
        auth_dmarc=_text(line, "auth_dmarc").lower(),
        mailer=_text(line, "x_mailer") or _text(line, "user_agent"),
        in_reply_to=line.get("in_reply_to") is True,
        references=_count(line, "n_references"),
    )


def _text(line: Mapping[str, object], key: str) -> str:
    return clean_text(line.get(key))


def _words(line: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = line.get(key)
    if not isinstance(value, list):
        return ()
    return tuple(word for word in (clean_text(item).lower() for item in value[:_MANY]) if word)


def _count(line: Mapping[str, object], key: str) -> int:
    value = line.get(key)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), _MOST_RECIPIENTS) if whole and isinstance(value, int) else 0


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        return clean_instant(datetime.fromisoformat(value))
    except ValueError:
        return None


def _hash(line: Mapping[str, object], position: str) -> str:
    known = {key: line[key] for key in _KNOWN if isinstance(line.get(key), (str, int, float))}
    text = json.dumps([position, known], sort_keys=True)
    return hashlib.sha256(text.encode("ascii", "replace")).hexdigest()[:32]
