"""The mark that we put on what we send and that comes back with every status of it (biz_opaque_callback_data)."""

import re
from secrets import token_hex
from typing import Any

# Only our own form is ever read back: what another program puts there may be about people.
_OURS = re.compile(r"pl1\.[0-9a-f]{32}")


def new() -> str:
    """Return a fresh mark: 128 random bits that say nothing about anybody."""
    return f"pl1.{token_hex(16)}"


def ours(value: Any) -> str:
    """Return a mark if it is one of ours, else ""."""
    return value if isinstance(value, str) and _OURS.fullmatch(value) else ""
