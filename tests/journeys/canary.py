"""The canary harness: unique words for every way in and field, and a search for them in every sink and encoding."""

import base64
import gzip
import hashlib
import io
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path

from service import telemetry

# Every word begins with this: a sink is searched for its encodings first, and only a hit asks which word it was.
MARK = "zqkanarie"
_UNPACKED_AT_MOST = 50_000_000


@dataclass
class Canaries:
    """The words given out so far, each for one way in and one field."""

    words: dict[str, tuple[str, str]] = field(default_factory=dict)

    def word(self, way: str, field_name: str) -> str:
        """Return the word of a field on a way; the same one every time."""
        word = MARK + hashlib.sha256(f"{way}/{field_name}".encode()).hexdigest()[:10]
        self.words[word] = (way, field_name)
        return word


class Stderr:
    """Whatever is stderr at the moment: pytest changes it between set-up and test, and a lost log proves nothing."""

    def write(self, text: str) -> int:
        """Write to the present stderr."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush the present stderr."""
        sys.stderr.flush()


def listen() -> None:
    """Set up the product's own log at its loudest, so that a test sees every line of it."""
    with redirect_stderr(Stderr()):  # type: ignore[type-var]
        telemetry.start("DEBUG")


@dataclass(frozen=True, slots=True)
class Hit:
    """A word that was found where it must not be."""

    way: str
    field: str
    sink: str
    encoding: str


@dataclass
class Sinks:
    """Everything that leaves the program or stays behind it, as bytes by name."""

    held: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, name: str, content: bytes | str) -> None:
        """Add a sink; packed content is searched unpacked, too."""
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        self.held.append((name, raw))
        self.held += [(f"{name} ({how})", part) for how, part in unpacked(raw)]

    def add_files(self, folder: Path) -> None:
        """Add every file below a folder: databases with -wal and -shm, models, temporary files; names count, too."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.add(str(path.relative_to(folder)), path.read_bytes())
                self.add(f"name of {path.parent.name}/", str(path.relative_to(folder)))

    def find(self, canaries: Canaries) -> list[Hit]:
        """Return every word of `canaries` in every sink, each once per sink and encoding."""
        hits = []
        for sink, raw in self.held:
            low = raw.lower()
            for encoding, needle in encodings(MARK).items():
                if needle in (low if encoding in _CASELESS else raw):
                    hits += list(_which(canaries, sink, encoding, (raw, low)))
        return hits

    def holds(self, text: str) -> bool:
        """Say whether an allowed text stands in some sink as it is: the positive control of the search."""
        return any(text.encode() in raw for _, raw in self.held)


_CASELESS = frozenset({"utf-8", "quoted-printable", "percent", "hex", "json", "html", "html-hex", "python"})


def encodings(text: str) -> dict[str, bytes]:
    """Return how `text` may look in a sink, by name of the encoding; caseless ones in lower case."""
    codes = [ord(letter) for letter in text]
    found = {
        "utf-8": text.encode(),
        "utf-16le": text.encode("utf-16le"),
        "utf-16be": text.encode("utf-16be"),
        "utf-32le": text.encode("utf-32le"),
        "quoted-printable": "".join(f"={code:02x}" for code in codes).encode(),
        "percent": "".join(f"%{code:02x}" for code in codes).encode(),
        "hex": text.encode().hex().encode(),
        "json": "".join(f"\\u{code:04x}" for code in codes).encode(),
        "python": "".join(f"\\x{code:02x}" for code in codes).encode(),
        "html": "".join(f"&#{code};" for code in codes).encode(),
        "html-hex": "".join(f"&#x{code:x};" for code in codes).encode(),
    }
    for offset in range(3):
        # Letters at the edges share their bits with neighbours: only the middle is the same in every text.
        packed = base64.b64encode(b"\x00" * offset + text.encode())
        found[f"base64+{offset}"] = packed[-(-offset * 8 // 6) : (offset + len(text)) * 8 // 6]
    return found


def unpacked(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what lies packed in `raw`: gzip, zlib streams (as in PDF), zip archives."""
    if raw[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(raw)[:_UNPACKED_AT_MOST]
    if raw[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            yield from ((f"zip {name}", archive.read(name)) for name in archive.namelist())
    for start in _starts(raw, (b"\x78\x9c", b"\x78\xda", b"\x78\x01")):
        try:
            part = zlib.decompressobj().decompress(raw[start:], _UNPACKED_AT_MOST)
        except zlib.error:
            continue
        if len(part) > len(MARK):
            yield f"zlib at {start}", part


def _starts(raw: bytes, heads: Iterable[bytes]) -> Iterator[int]:
    for head in heads:
        at = raw.find(head)
        while at >= 0:
            yield at
            at = raw.find(head, at + 1)


def _which(canaries: Canaries, sink: str, encoding: str, content: tuple[bytes, bytes]) -> Iterator[Hit]:
    raw = content[1] if encoding in _CASELESS else content[0]
    found = [
        Hit(way, name, sink, encoding)
        for word, (way, name) in canaries.words.items()
        if encodings(word)[encoding] in raw
    ]
    yield from found or [Hit("unknown", "unknown", sink, encoding)]
