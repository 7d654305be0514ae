"""What stands on the pages of a PDF of ours, read from the file alone: its texts in the order in which they are drawn."""

import re
import zlib
from collections.abc import Iterator

_STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.DOTALL)
_LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4})>")
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:[^\\)]|\\.)*)\) Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_NAMED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def texts(data: bytes) -> list[str]:
    """Return the texts of all pages."""
    streams = [_plain(found[1]) for found in _STREAM.finditer(data)]
    fonts = [
        {int(code, 16): chr(int(letter, 16)) for code, letter in _LETTER.findall(one)}
        for one in streams
        if b"beginbfchar" in one
    ]
    return [text for one in streams if b") Tj" in one for text in _page(one, fonts)]


def _plain(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def _page(stream: bytes, fonts: list[dict[int, str]]) -> Iterator[str]:
    letters = fonts[0]
    for font, text in _SHOWN.findall(stream):
        if font:
            letters = fonts[int(font) - 1]
            continue
        codes = _ESCAPED.sub(lambda one: _NAMED.get(one[1], one[1]), text)
        yield "".join(letters[int.from_bytes(codes[at : at + 2], "big")] for at in range(0, len(codes), 2))
