"""What the model sees of a record, as places and values of a long row: pieces of the domain, shapes of names, flags."""

import re
from functools import lru_cache
from itertools import combinations
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from classifier.flags import LONGEST, WORDS, box, shape
from models.address import clean_address, registrable
from models.record import HeaderFlags, MessageRecord

# Raised whenever a feature or an array of the file changes its meaning or place: another version is refused.
FEATURE_VERSION = 7
TEXT_SIZE = 2**13
_PIECES = range(2, 6)
# Length of the text part against a flag's 1: best of 1, 2 and 3 by grouped cross-validation.
_WEIGHT = 2.0

Numbers = NDArray[np.float32]
Places = NDArray[np.int32]

# After the hashed pieces: one place per flag, then one per pair of flags. What a flag means depends on the others:
# an unsubscribe header beside an own domain is another thing than beside a foreign return path.
_PAIRS = TEXT_SIZE + len(WORDS)
SIZE = _PAIRS + len(WORDS) ** 2
_PAIR_WEIGHT = 0.3
_WORD = re.compile(r"[a-z]{2,}")


@lru_cache(maxsize=20_000)
def marks(found: tuple[int, ...]) -> tuple[Places, Numbers]:
    """Return the places and values of flags (those of `flags.present`, in order) and then of their pairs."""
    pairs = [_PAIRS + one * len(WORDS) + other for one, other in combinations(found, 2)]
    places = np.array([*(TEXT_SIZE + at for at in found), *pairs], dtype=np.int32)
    values = np.array([1.0] * len(found) + [_PAIR_WEIGHT] * len(pairs), dtype=np.float32)
    return places, values


def text(record: MessageRecord) -> tuple[Places, Numbers]:
    """Return the places (below TEXT_SIZE) and values of the hashed pieces of a record's sender.

    The pieces of a sender without known headers are others than those of the same sender with headers: where the
    headers say nothing, the name has to say more, so it needs weights of its own.
    """
    local, _, domain = clean_address(record.sender).rpartition("@")
    return _hashed(domain, box(local), shape(record.sender_name), _program(record.flags), record.flags is not None)


def _program(flags: HeaderFlags | None) -> str:
    """Return the family of the sending program, the first word of its name: "phpmailer" of "PHPMailer 5.2"."""
    found = _WORD.search(flags.mailer[:LONGEST].lower()) if flags and flags.mailer else None
    return found.group() if found else ""


@lru_cache(maxsize=20_000)
def _hashed(domain: str, local: str, name: str, program: str, known: bool) -> tuple[Places, Numbers]:
    """Hash the pieces with crc32, which is the same on every machine; its top bit gives the sign."""
    root = registrable(domain) or domain
    start = 0 if known else crc32(b"?")
    single = [f"n:{name[:12]}", f"l:{local[:LONGEST]}", f"t:{root.rpartition('.')[2]}"]
    single += [f"s:{label}" for label in domain.removesuffix(root).split(".") if label]
    codes = [crc32(piece.encode("utf-8", "replace"), start) for piece in single]
    codes += _grams(root, crc32(b"d:", start))
    codes += _grams(local, crc32(b"l:", start))
    values_of = [_WEIGHT / len(codes) ** 0.5] * len(codes)
    if program:
        codes.append(crc32(b"m:" + program.encode()))
        values_of.append(1.0)
    hashed = np.array(codes, dtype=np.uint32)
    values = np.array(values_of, dtype=np.float32)
    return (hashed % TEXT_SIZE).astype(np.int32), np.where(hashed >> 31, values, -values)


@lru_cache(maxsize=20_000)
def _grams(word: str, start: int) -> list[int]:
    """Return the checksums of a word's pieces; shapes of names and domains come again and again. Read-only."""
    framed = f"<{word[:LONGEST]}>".encode("utf-8", "replace")
    return [crc32(framed[at : at + size], start) for size in _PIECES for at in range(len(framed) - size + 1)]
