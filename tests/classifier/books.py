"""Builders for address books and keys."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from classifier.book import EMPTY, AddressBook, Known
from models.record import HeaderFlags
from models.terms import Category

PASSED = HeaderFlags(auth_dmarc="pass")
FAILED = HeaderFlags(auth_dmarc="fail")
NOTHING_FOUND = HeaderFlags(auth_spf="none", auth_dkim="none", auth_dmarc="none")
NO_RESULTS = HeaderFlags()


def known(category: Category = Category.KUNDE, hits: int = 12, others: int = 0, **more: object) -> Known:
    """Return a key, last confirmed on 3 November."""
    return Known(category, hits, others, datetime(2026, 11, 3, 8, 0, tzinfo=UTC), **more)  # type: ignore[arg-type]


def book(**parts: object) -> AddressBook:
    """Return an address book with these parts; the rest is empty."""
    return replace(EMPTY, **{name: _table(part) for name, part in parts.items()})  # type: ignore[arg-type]


def _table(part: object) -> object:
    if isinstance(part, set):
        return frozenset(part)
    if isinstance(part, Mapping):
        return {key: known(value) if isinstance(value, Category) else value for key, value in part.items()}
    return part
