"""Which known domain a strange one imitates: homographs, typing errors, other top levels, known names put in front."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from classifier.deception import spelled
from classifier.letters import skeleton
from models.address import domain_form, registrable

# Shorter names have honest neighbours everywhere: "db.com" is no mistyped "dbs.com".
_SHORTEST_TYPO = 5
_SHORTEST_FACE = 3
# From this length on a letter and the top level may both differ; shorter names would meet honest ones that way.
_LONG = 7
# More known names than this that share a shortened form are not looked through: the first one found warns enough.
_MOST = 8
# So many new names are kept beside a table before it is built anew.
_BESIDE = 1_000
_REMEMBERED = 20_000


@dataclass(frozen=True)
class Table:
    """Known registrable domains by what they look like.

    `faces` leads from a skeleton to the domains that have it. `codes` (sorted) and `owners` hold, for every domain, a
    checksum of its skeleton and of the skeleton without each of its letters: two names one edit apart share one.
    That is about 12 x 8 bytes for each domain.
    """

    names: frozenset[str]
    order: tuple[str, ...]
    faces: dict[str, tuple[str, ...]]
    codes: "array[int]"
    owners: "array[int]"

    def alike(self, face: str) -> Iterator[str]:
        """Yield the domains whose name looks the same."""
        yield from self.faces.get(face, ())

    def near(self, face: str) -> Iterator[str]:
        """Yield domains whose name is at most about one edit away; some are two away."""
        for code in _shortened(face):
            at = first = bisect_left(self.codes, code)
            while at < len(self.codes) and self.codes[at] == code and at - first < _MOST:
                yield self.order[self.owners[at]]
                at += 1


def table(domains: Iterable[str]) -> Table:
    """Return the table of some registrable domains in A-label form; takes a few microseconds for each."""
    # In order, so that of two equally near names every process names the same one in its reason.
    order = tuple(sorted(domains))
    faces: dict[str, tuple[str, ...]] = {}
    codes: list[int] = []
    owners: list[int] = []
    for at, domain in enumerate(order):
        name = spelled(domain.partition(".")[0])
        for face in {skeleton(name), skeleton(name.translate(_UMLAUTS))}:
            faces[face] = (*faces.get(face, ()), domain)
            shortened = _shortened(face)
            codes += shortened
            owners += [at] * len(shortened)
    packed = np.array(codes, dtype=np.uint32)
    sorting = np.argsort(packed, kind="stable")
    sorted_owners = np.array(owners, dtype=np.uint32)[sorting]
    return Table(
        frozenset(order), order, faces, array("I", packed[sorting].tobytes()), array("I", sorted_owners.tobytes())
    )


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _shortened(face: str) -> list[int]:
    forms = [face, *(face[:at] + face[at + 1 :] for at in range(len(face)))]
    return [crc32(form.encode("utf-8", "replace")) for form in forms]


@dataclass(frozen=True)
class Index:
    """The domains that are known at present (`names`), and the tables in which to look; tables may hold more."""

    names: frozenset[str]
    tables: tuple[Table, ...]
    _found: dict[str, str] = field(init=False, default_factory=dict, compare=False, repr=False)

    def find(self, domain: str) -> str:
        """Return the known domain that `domain` imitates; "" for none, and for a domain that is known itself."""
        found = self._found.get(domain)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            found = self._found[domain] = next(self._imitated(domain_form(domain)), "")
        return found

    def _imitated(self, host: str) -> Iterator[str]:
        root = registrable(host)
        if not self.names or not root or root in self.names:
            return
        yield from self._in_front(host)
        name, _, suffix = root.partition(".")
        face = skeleton(spelled(name))
        if len(name) >= _SHORTEST_FACE:
            yield from (known for each in self.tables for known in each.alike(face) if known in self.names)
        for each in self.tables:
            yield from (known for known in each.near(face) if known in self.names and _typed(face, suffix, known))

    def _in_front(self, host: str) -> Iterator[str]:
        # "muster.de.login.example": the name people know stands first, the one that counts stands last.
        labels = host.split(".")[:12]
        for end in range(2, len(labels)):
            for start in range(max(0, end - 3), end - 1):
                part = ".".join(labels[start:end])
                if part in self.names:
                    yield part
        # "muster-de.com": the same with hyphens.
        words = registrable(host).partition(".")[0].split("-")[:12]
        for end in range(1, len(words)):
            name = "-".join(words[:end])
            written = (f"{name}.{'.'.join(words[end : end + many])}" for many in (1, 2))
            yield from (known for known in written if known in self.names)


def _typed(face: str, suffix: str, known: str) -> bool:
    name, _, known_suffix = known.partition(".")
    other = skeleton(spelled(name))
    if len(other) < _SHORTEST_TYPO or not one_apart(face, other):
        return False
    return len(other) >= _LONG or one_apart(suffix, known_suffix)


def one_apart(one: str, other: str) -> bool:
    """Return whether one letter put in, left out, changed or swapped with its neighbour makes two words equal."""
    if len(one) > len(other):
        one, other = other, one
    pairs = zip(one, other, strict=False)
    at = next((at for at, (a, b) in enumerate(pairs) if a != b), len(one))
    if len(one) != len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return swapped or one[at + 1 :] == other[at + 1 :]


_LATEST: dict[str, Table] = {}


def index(names: frozenset[str]) -> Index:
    """Return the index of these registrable domains; what was built for nearly the same set is used again."""
    latest = _LATEST.get("table")
    if latest is not None:
        new = names - latest.names
        gone = len(latest.names) - (len(names) - len(new))
        if len(new) <= _BESIDE and gone <= _BESIDE + len(names) // 10:
            return Index(names, (latest, table(new)) if new else (latest,))
    _LATEST["table"] = built = table(names)
    return Index(names, (built,))
