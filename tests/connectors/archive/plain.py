"""Reads header blocks line by line, lists of addresses word by word: slow and plain; the quick reader is held to it."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from connectors.archive.addresses import _ANGLE, _name, _unusual
from connectors.archive.block import LARGEST_BLOCK, READ, named
from connectors.archive.clean import clean_instant, clean_sender

_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*")


def split(block: bytes) -> dict[str, tuple[str, ...]]:
    """Return the allowed headers of a block as `connectors.archive.block.split` must."""
    found: dict[str, list[str]] = {}
    for name, raw in _fields(block[:LARGEST_BLOCK]):
        key = name.decode("ascii")
        if key in READ:
            found.setdefault(key, []).append(_decoded(raw))
        elif named(key):
            found.setdefault(key, [""])
    return {name: tuple(values[:60]) for name, values in found.items()}


def _fields(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    name, parts = b"", [b""]
    for number, line in enumerate(_lines(block)):
        if number == 0 and line.startswith((b"From ", b">From ")):
            continue
        if line[:1] in {b" ", b"\t"} and line.strip():
            parts.append(line)
            continue
        if name:
            yield name, b" ".join(parts)
            name = b""
        start = _HEADER.match(line)
        if start is None:
            return
        name, parts = start.group(1).lower(), [line[start.end() :]]
    if name:
        yield name, b" ".join(parts)


def _lines(block: bytes) -> Iterator[bytes]:
    end = b"\n" if b"\n" in block else b"\r"
    for number, line in enumerate(block.removeprefix(b"\xef\xbb\xbf").split(end)):
        bare = line.rstrip(b"\r")
        if number and not bare:
            return
        yield bare


def _decoded(raw: bytes) -> str:
    raw = raw[:256_000].strip()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def addresses(value: str) -> list[str]:
    """Return the addresses of a list word by word, as the quick reader does with those that are written unusually."""
    return list(_unusual(value))


def sender(value: str) -> tuple[str, str]:
    """Return address and name of an author as `connectors.archive.addresses.sender` must."""
    value = value[:10_000]
    for match in reversed(list(_ANGLE.finditer(value))):
        address = clean_sender(match.group(1))
        if address:
            return address, _name(value[: match.start()])
    bare = addresses(value)
    return (bare[0] if bare else ""), ""


def instant(text: str) -> datetime | None:
    """Return the instant that a header names as `connectors.archive.dates.instant` must."""
    try:
        return clean_instant(parsedate_to_datetime(text[:200])) if text else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
