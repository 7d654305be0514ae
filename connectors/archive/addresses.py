"""Finds the addresses in From, To and their like, in one pass over hostile text, and the name beside an address."""

import re
from binascii import Error as BadBase64
from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError
from email.header import decode_header

from connectors.archive.clean import clean_sender, clean_text
from models.address import clean_address

# Python's parseaddr finds nothing in 17 % of real phishing mails (unquoted comma in the name), hence an own reader.
_TOKEN = re.compile(r'\\.|["()<>,;]|[^\\"()<>,;]+|\\', re.DOTALL)
_ANGLE = re.compile(r"<([^<>\s]{3,320})>")
_BARE = re.compile(r"[^\s:\[\]]{1,64}@[^\s:\[\]]{1,255}")
_LONGEST_NAME = 500
# One address of a list as nearly all mail writes it, "Name" <address> or the address alone, with the comma behind it.
# Nothing of a name is given back, and none is longer than people are called: all else is for the unusual way.
_ADDRESS = r"[\w!#$%&'*+./=?^`{|}~-]{1,64}@[\w.-]{1,255}"
_PLAIN = r'[^"\\()<>,;]{0,500}+'
_USUAL = re.compile(rf'(?:{_PLAIN}(?:"[^"\\]*+"{_PLAIN})*+<({_ADDRESS})>|\s*+({_ADDRESS}))\s{{0,99}}(?:,|\Z)', re.ASCII)
# An author as nearly all mail writes it: one address in brackets, the name in front.
_AUTHOR = re.compile(rf"([^<>]*+)<({_ADDRESS})>[^<>]*+\Z", re.ASCII)


def sender(value: str) -> tuple[str, str]:
    """Return address and display name of a From value: the last <...> counts, else the first bare address."""
    value = value[:10_000]
    usual = _AUTHOR.match(value)
    if usual is not None:
        return clean_address(usual[2]), _name(usual[1])
    for match in reversed(list(_ANGLE.finditer(value))):
        address = clean_sender(match.group(1))
        if address:
            return address, _name(value[: match.start()])
    bare = addresses(value)
    return (bare[0] if bare else ""), ""


def addresses(value: str) -> Sequence[str]:
    """Return the addresses of a list (To, Cc) in order; names, quoted strings and comments are passed over."""
    found: list[str] = []
    if "@" not in value:
        return found
    at, end = 0, len(value)
    while at < end:
        usual = _USUAL.match(value, at)
        if usual is None:
            return tuple(_unusual(value))
        found.append(clean_address(usual[1] or usual[2]))
        at = usual.end()
    return found


def _unusual(value: str) -> Iterator[str]:
    angle, text = False, ""
    for token in _visible(value):
        if token == "<":
            angle, text = True, ""
        elif token == ">":
            yield from _checked(text if angle else "")
            angle, text = False, ""
        elif token in {",", ";"}:
            yield from _bare(text)
            angle, text = False, ""
        else:
            text = token
    if not angle:
        yield from _bare(text)


def _visible(value: str) -> Iterator[str]:
    quoted, depth = False, 0
    for match in _TOKEN.finditer(value):
        token = match.group()
        if quoted or token == '"':
            quoted = not quoted if token == '"' else quoted
        elif token in {"(", ")"}:
            depth = max(depth + (1 if token == "(" else -1), 0)
        elif not depth:
            yield token


def _checked(text: str) -> Iterator[str]:
    address = clean_sender(text.strip())
    if address:
        yield address


def _bare(text: str) -> Iterator[str]:
    found = _BARE.search(text[-1000:]) if "@" in text else None
    if found:
        yield from _checked(found.group())


def _name(text: str) -> str:
    text = text.strip().rstrip("<").strip("\"' ")[:_LONGEST_NAME]
    if "=?" not in text:
        return clean_text(text) if text else ""
    try:
        parts = decode_header(text)
    except (HeaderParseError, BadBase64, ValueError):
        return clean_text(text)
    return clean_text("".join(_part(raw, charset) for raw, charset in parts).strip().strip('"'))


def _part(raw: bytes | str, charset: str | None) -> str:
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode(charset or "ascii", "replace")
    except (LookupError, ValueError):
        return raw.decode("latin-1")
