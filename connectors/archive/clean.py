"""Cleans what comes from foreign files at the boundary, once: text a database can hold, instants that make sense."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from models.address import clean_address, registrable

# PostgreSQL refuses NUL, UTF-8 refuses lone surrogates; direction marks and controls only serve to deceive readers.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")

# No mail is older than mail; a date far ahead is a forged or broken header.
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)

# Stands where no instant is known, together with `time_is_guessed`: fixed, so that reading twice gives the same.
UNKNOWN_TIME = datetime(2000, 1, 1, tzinfo=UTC)

# Local parts that name a function and no person; any other local part of Reply-To is left out of the record.
_ROLES = (
    ("noreply", re.compile(r"^(no|do|dont|donot|nicht|keine)[-_.]?(t[-_.]?)?(not[-_.]?)?(reply|respon|antwort)")),
    ("noreply", re.compile(r"^(mailer-daemon|postmaster|bounces?)\b")),
    ("news", re.compile(r"^(news|newsletter|mailing|digest|updates?|alerts?|bulletin|announce|magazin|info-?mail)\b")),
    (
        "promo",
        re.compile(r"^(offers?|deals?|promo|specials?|sales?|shop|rewards?|angebot|rabatte?|aktion|marketing)\b"),
    ),
    ("finance", re.compile(r"^(invoices?|billing|accounts?|payments?|orders?|rechnung(en)?|buchhaltung|mahnung)\b")),
    (
        "service",
        re.compile(r"^(info|kontakt|contact|office|service|support|help|hilfe|kundenservice|post|team)\b"),
    ),
)


def clean_text(text: object, limit: int = 200) -> str:
    """Return text without controls, invisible marks and lone surrogates, at most `limit` characters; "" for others."""
    if not isinstance(text, str):
        return ""
    text = text[: limit * 4]
    # Most text is plain and needs no search.
    return (text if text.isascii() and text.isprintable() else _UNWANTED.sub(" ", text)).strip()[:limit]


def clean_sender(text: object) -> str:
    """Return a bare address in lower case; "" when the value names none."""
    return clean_address(clean_text(text, 400)) if isinstance(text, str) else ""


def clean_domain(text: object) -> str:
    """Return the registrable domain of a domain or address, or the cleaned host where it has none; "" for others."""
    if not text:
        return ""
    return _root(clean_text(text, 255).rpartition("@")[2].strip("<>[] .").lower())


@lru_cache(maxsize=20_000)
def _root(host: str) -> str:
    return "" if host.split() != [host] else registrable(host) or host


def clean_instant(moment: datetime | None) -> datetime | None:
    """Return the instant in UTC (without a zone it counts as UTC); None when missing or outside of 1971 to 2100."""
    if moment is None:
        return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if _EARLIEST <= moment < _LATEST else None


def role_of(local: str) -> str:
    """Return which function a local part names ("noreply", "news", ...); "" when it may be a person."""
    local = local.lower()
    return next((role for role, pattern in _ROLES if pattern.match(local)), "") if local else ""
