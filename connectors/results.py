"""What one Authentication-Results header says, whatever a sender wrote into the parts of it that are the sender's."""

import re
from collections.abc import Iterable

from models.address import registrable

# The most signatures of one mail that are looked at; no honest mail has half as many.
MOST_SIGNATURES = 20

_LONGEST = 4_000
_DEEPEST = 10
# Of text in lower case that begins with a space.
_RESULT = re.compile(r"[;\s](spf|dkim|dmarc|compauth)\s{0,5}=\s{0,5}([a-z]{1,20})")
_ENVELOPE = re.compile(r"smtp\.m(?:ail)?from\s{0,5}=\s{0,5}([^\s;]{1,255})")
_AUTHOR = re.compile(r"[;\s]dmarc\s{0,5}=[^;]{0,400}?\sheader\.from\s{0,5}=\s{0,5}([^\s;]{1,255})")
# Comments and quoted strings (RFC 5322 section 3.2): a sender may write into them what looks like a result, and may
# hide the end of a comment behind a quote or a backslash.
_ESCAPED = re.compile(r"(?s)\\.?")
_ASIDE = re.compile(r'\((?:[^()"]|"[^"]*+")*+\)|\([^()]*+\)|"[^"]*+"')
_OPEN = re.compile(r'[("]')
_GOOD = frozenset({"pass", "bestguesspass"})


def results(value: str, author: str = "") -> tuple[dict[str, str], str]:
    """Return the results by method ("spf", "dkim", "dmarc", "compauth"; lower case), and the domain of the envelope
    for which SPF was asked ("" where it is not named).

    `author` is the domain or address that people see as the sender: a DMARC pass of another one (RFC 8601 section
    2.7.6, header.from), as with several From lines, says nothing about it and becomes "none".

    Of several results of one method the least favourable holds, because a boundary gives one (RFC 8601 section 2.2);
    DKIM has one for each signature, of which one that passes is enough (RFC 6376 section 6.1). What stands behind a
    comment or a quoted string that never ends is not read.
    """
    said = f" {value[:_LONGEST].lower()}"
    if "(" in said or '"' in said:
        said = _bare(said)
    found: dict[str, str] = {}
    for method, result in _RESULT.findall(said):
        have = found.get(method)
        better = result == "pass" if method == "dkim" else have in _GOOD
        if have is None or better:
            found[method] = result
    if author and found.get("dmarc") in _GOOD and not _of_author(said, author):
        found["dmarc"] = "none"
    envelope = _ENVELOPE.search(said) if found.get("spf") == "pass" else None
    return found, envelope[1].rpartition("@")[2].strip("<>") if envelope else ""


def _of_author(said: str, author: str) -> bool:
    named = _AUTHOR.search(said)
    return named is None or registrable(named[1].strip("<>")) == registrable(author)


def _bare(said: str) -> str:
    said = _ESCAPED.sub("", said)
    for _ in range(_DEEPEST):
        shorter = _ASIDE.sub(" ", said)
        if shorter == said:
            break
        said = shorter
    return _OPEN.split(said, maxsplit=1)[0]


def attributed(result: str, signatures: Iterable[str], count: int) -> str:
    """Return the DKIM result; "neutral" for a pass that nobody can attribute, because of `count` signatures not all
    were read. `signatures` are the domains of those that were, "" for one without.
    """
    domains = list(signatures)
    return "neutral" if result == "pass" and (len(domains) < count or not all(domains)) else result
