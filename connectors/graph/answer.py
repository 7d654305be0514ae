"""Sorts answers of Microsoft Graph that are no success by what has to happen next, without quoting their bodies."""

import re
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from connectors.errors import ConnectorError, CursorExpired, Refused, SignInNeeded, Unreachable

# What may pass by itself. 408, 500 and 502 are seen in production although only 429, 503 and 504 are documented.
TRANSIENT = frozenset({408, 423, 429, 500, 502, 503, 504})

# Codes under which Graph says that a delta link has been overtaken, in lower case.
_EXPIRED = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired"})
_QUOTA = frozenset({"errorquotaexceeded", "quotaexceeded"})
_NO_MAILBOX = frozenset({"mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi"})
_CODE = re.compile(r"^[A-Za-z0-9_.\-]{1,60}$")

# No server may put us to sleep for longer than this (seconds).
LONGEST_WAIT = 600.0


class _Error(msgspec.Struct, frozen=True):
    code: str = ""


class _Body(msgspec.Struct, frozen=True):
    error: _Error


def code_of(body: bytes) -> str:
    """Return the machine word of an error body ("SyncStateNotFound"); "" when it has none or is no error body."""
    try:
        code = msgspec.json.decode(body, type=_Body).error.code
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return code if _CODE.match(code) else ""


def wait_of(headers: Any, otherwise: float) -> float:
    """Return the seconds that Retry-After asks for, in either form (RFC 9110 section 10.2.3), at least `otherwise`.

    A date is measured against the Date of the same answer, so that our clock does not matter. Nonsense counts as
    missing, and nothing exceeds LONGEST_WAIT.
    """
    value = str(headers.get("Retry-After", "")).strip()
    try:
        seconds = float(value) if value.isascii() else 0.0
    except ValueError:
        seconds = _until(value, str(headers.get("Date", "")))
    return min(max(seconds, otherwise), LONGEST_WAIT) if seconds == seconds else otherwise  # noqa: PLR0124  NaN


def _until(value: str, date: str) -> float:
    try:
        return (parsedate_to_datetime(value) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def error_of(status: int, body: bytes, headers: Any) -> ConnectorError:
    """Return the error that an answer with this status means."""
    code = code_of(body)
    named = f"{status} {code}".strip()
    if status == 410 or code.lower() in _EXPIRED:
        return CursorExpired(f"Der Lesestand ist bei Microsoft Graph abgelaufen ({named}).")
    if status in TRANSIENT:
        return Unreachable(f"Microsoft Graph ist gerade nicht erreichbar ({named}).", wait_of(headers, 30.0))
    if status == 401:
        return SignInNeeded(f"Anmeldung nötig: Microsoft Graph nimmt das Zugriffstoken nicht an ({named}).", "token")
    if status == 403:
        full = code.lower() in _QUOTA
        text = "Das Postfach ist voll" if full else "Microsoft Graph verweigert den Zugriff auf das Postfach"
        return Refused(f"{text} ({named}).", "quota" if full else "access")
    if status == 404:
        unlicensed = code.lower() in _NO_MAILBOX
        return Refused(f"Postfach oder Ordner gibt es nicht ({named}).", "mailbox" if unlicensed else "missing")
    return Refused(f"Microsoft Graph lehnt die Anfrage ab ({named}).", "request")
