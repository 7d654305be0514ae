"""How bytes of a webhook become plain values: strict JSON, cleaned strings, whole seconds; never an exception."""

import json
import re
from typing import Any

import msgspec

from connectors.errors import Malformed

# Ids are opaque and undocumented in length; anything longer than this is not an id.
_LONGEST_ID = 512
_LONGEST_TOKEN = 80
_LONGEST_NAME = 120
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_KEY = re.compile(r"[A-Za-z0-9_]{1,40}")
# Largest second count that still is an instant (year 9999).
_LAST_SECOND = 253_402_300_799


def _refuse(_: str) -> Any:
    raise ValueError("no JSON number")


def value(raw: bytes) -> Any:
    """Return the JSON value of `raw`. Raises Malformed for NaN, bad UTF-8, deep nesting and everything malformed.

    Lone surrogates are let through here, since one odd character in a text must not lose a whole body; strings that
    are kept lose them in `text`.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        pass
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Malformed("The body is not JSON.") from None


def mapping(value: Any) -> dict[str, Any]:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; a single object counts as a list of one, everything else as empty."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any, longest: int = _LONGEST_ID) -> str | None:
    """Return a string or number as cleaned text, None for anything else, for nothing, and for what is too long."""
    if value is None:
        return None
    if type(value) is not str:
        # A bool is an int in Python and no text; a number with 30 digits is no id.
        if type(value) is not int or abs(value) >= 10**30:
            return None
        value = str(value)
    if not value.isprintable():
        value = _UNWANTED.sub("", value)
    value = value.strip()
    return value if value and len(value) <= longest else None


def token(value: Any) -> str | None:
    """Return a machine word (type, status, category, language); None when it is longer than any word of the API."""
    return text(value, _LONGEST_TOKEN)


def name(value: Any) -> str:
    """Return a profile name, cut to a length that fits on a line; "" when there is none."""
    if not isinstance(value, str):
        return ""
    return (value if value.isprintable() else _UNWANTED.sub("", value)).strip()[:_LONGEST_NAME]


def seconds(value: Any) -> int | None:
    """Return unix seconds, which Meta sends as text or as number; None for anything else ("TIMESTAMP", 1e99)."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LAST_SECOND:
        return value
    return None


def codes(value: Any) -> tuple[int | str, ...]:
    """Return the codes of a list of errors; their titles and details may quote input and are dropped."""
    found = []
    for error in objects(value):
        code = error.get("code")
        kept = code if isinstance(code, int) and not isinstance(code, bool) and abs(code) < 10**12 else token(code)
        if kept is not None:
            found.append(kept)
    return tuple(found)


def shape(value: Any) -> str:
    """Name an unknown value by its keys alone, so that a counter can tell what is new without saying what it held."""
    if not isinstance(value, dict):
        return type(value).__name__
    keys = sorted(key for key in value if isinstance(key, str) and _KEY.fullmatch(key))
    return ",".join(keys[:12])
