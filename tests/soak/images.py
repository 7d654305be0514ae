"""Power cuts: from the order of writes and syncs of one run, what may lie on the disk after a cut at any moment."""

import random
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_RECORD = struct.Struct("<cBHIq")
_FOLDER = 0
# A disk writes sectors; which of those that were not synced arrive, and in which order, is its own affair.
_SECTOR = 512
# The process notes each answer that it gave as a line in this file; it is the ledger, not part of the image.
LEDGER = "antworten"


@dataclass(frozen=True, slots=True)
class Step:
    """One event: W(rite), T(runcate), B(egin) and E(nd) of a sync, N(ew name of a file)."""

    op: str
    file: int
    offset: int
    data: bytes


@dataclass(slots=True)
class Held:
    """One file as the disk may hold it: what is safe, what was written since, and what a running sync will make safe."""

    safe: bytearray
    there: bool
    since: list[Step] = field(default_factory=list)
    begun: int = 0


def build(folder: Path) -> Path:
    """Compile the recorder; returns the library. Raises CalledProcessError and FileNotFoundError (no compiler)."""
    library = folder / "recorder.so"
    source = Path(__file__).with_name("recorder.c")
    words = ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl", "-lpthread"]
    subprocess.run(words, check=True, capture_output=True)
    return library


def steps(trace: Path) -> list[Step]:
    """Return what was recorded; a record that the end cut off is left out."""
    raw, found, at = trace.read_bytes(), [], 0
    while at + _RECORD.size <= len(raw):
        op, file, _, length, offset = _RECORD.unpack_from(raw, at)
        at += _RECORD.size
        size = length if op in b"WN" else 0
        if at + size > len(raw):
            break
        found.append(Step(op.decode(), file, offset, raw[at : at + size]))
        at += size
    return found


def images(
    recorded: list[Step], before: Mapping[str, bytes], seed: int, count: int
) -> Iterator[tuple[dict[str, bytes], set[int]]]:
    """Yield (files after a cut, numbers answered before it) for `count` random moments; `before` was on the disk."""
    rng = random.Random(seed)
    places = [place for place, step in enumerate(recorded) if step.op != "N"]
    cuts = sorted(rng.choice(places) for _ in range(count))
    names: dict[int, str] = {}
    held: dict[int, Held] = {}
    answered: set[int] = set()
    at = 0
    for cut in cuts:
        for step in recorded[at:cut]:
            _take(step, names, held, before, answered)
        at = max(at, cut)
        yield _image(names, held, before, rng), set(answered)


def _take(
    step: Step, names: dict[int, str], held: dict[int, Held], before: Mapping[str, bytes], answered: set[int]
) -> None:
    if step.op == "N":
        name = step.data.decode()
        names[step.file] = name
        held[step.file] = Held(bytearray(before.get(name, b"")), name in before)
    elif step.file == _FOLDER:
        # Names of new files are safe once their folder was synced.
        for one in held.values() if step.op == "E" else ():
            one.there = True
    elif names[step.file] == LEDGER:
        answered |= {int(word) for word in step.data.split()} if step.op == "W" else set()
    elif step.op == "B":
        held[step.file].begun = len(held[step.file].since)
    elif step.op == "E":
        one = held[step.file]
        for written in one.since[: one.begun]:
            _apply(one.safe, written)
        del one.since[: one.begun]
        one.begun = 0
    else:
        held[step.file].since.append(step)


def _apply(target: bytearray, step: Step) -> None:
    if step.op == "T":
        del target[step.offset :]
        target.extend(b"\0" * (step.offset - len(target)))
        return
    if len(target) < step.offset:
        target.extend(b"\0" * (step.offset - len(target)))
    target[step.offset : step.offset + len(step.data)] = step.data


def _image(
    names: Mapping[int, str], held: Mapping[int, Held], before: Mapping[str, bytes], rng: random.Random
) -> dict[str, bytes]:
    """Return the files: what is safe, and of what is not nothing, everything, or any sectors of it."""
    share = rng.choice((0.0, 0.0, 1.0, rng.random()))
    found = dict(before)
    for number, one in held.items():
        if names[number] == LEDGER or not (one.there or rng.random() < share):
            continue
        content = bytearray(one.safe)
        for step in one.since:
            for part in _sectors(step):
                if rng.random() < share:
                    _apply(content, part)
        found[names[number]] = bytes(content)
    return found


def _sectors(step: Step) -> Iterator[Step]:
    if step.op == "T":
        yield step
        return
    at = 0
    while at < len(step.data):
        size = min(_SECTOR - (step.offset + at) % _SECTOR, len(step.data) - at)
        yield Step("W", step.file, step.offset + at, step.data[at : at + size])
        at += size
