"""Splits a header block into the few headers that are allowed to leave it; the rest never becomes text."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

Headers: TypeAlias = Mapping[str, tuple[str, ...]]

# More than any honest mail has; what stands behind it is not read: one header of 120 kB costs general parsers 0.4 s.
LARGEST_BLOCK = 1_000_000
_LONGEST_VALUE = 256_000
_MOST_PER_NAME = 60

# The complete list of headers whose values are read. Subject, Thread-Topic, Comments, Keywords are not in it.
READ = frozenset({
    "from", "sender", "reply-to", "return-path", "to", "cc", "bcc", "date", "received", "message-id", "in-reply-to",
    "references", "list-id", "precedence", "auto-submitted", "x-auto-response-suppress", "x-autoreply",
    "x-autorespond", "authentication-results", "dkim-signature", "content-type", "x-mailer", "user-agent",
    "importance", "x-priority", "x-ms-exchange-organization-authas", "status",
})  # fmt: skip

# Headers of which only the name is kept, because it tells how a mail was sent.
_NAMED = re.compile(
    rb"list-(?:id|unsubscribe|unsubscribe-post|subscribe|help|post|archive|owner|url|digest|software)|feedback-id|"
    rb"errors-to|precedence|auto-submitted|bounces-to|mailing-list|"
    rb"x-(?:beenthere|mailman-version|loop|mailing-list|complaints-to|csa-complaints|delivery-agent|rpcampaign|"
    rb"egroups-return|ses-outgoing|maillist-guid|maillist-id|binding|feedback-id|list-admin|list-host|list|list-name|"
    rb"list-manager|list-unsubscribe|sg-eid|sg-id|smtpapi|campaign|campaign-id|campaignid|campaign-activity-id|job|"
    rb"report-abuse|report-abuse-to|msys-api|mid|hs-cid|roving-id|roving-queued|roving-version|roving-campaignid|"
    rb"accounttype|mc-user|mc-tags|mc-metadata|mandrill-user|mailin-campaign|mailin-client|mailin-eid|sib-id|mj-mid|"
    rb"mj-smtpguid|mailgun-sid|mailgun-tag|mailgun-variables|pm-message-id|pm-rcpt|sfmc-stack|cidl|abuse-and-dmca-info|"
    rb"kmail-account|kmail-message|kmail-ops|ma-reference|ma-instance|emarsys-[a-z]{1,20}|cmail-[a-z]{1,20}|"
    rb"mkto[a-z-]{0,20})"
)
_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*")


def split(block: bytes) -> Headers:
    """Return the allowed headers of a block in order of appearance, by lower-case name; reads to the first blank line.

    Names in `_NAMED` that are not read carry one empty value: they are there, no more. A line that is no header ends
    the block, as it does for Python's own parser.
    """
    found: dict[str, list[str]] = {}
    for name, raw in _fields(block[:LARGEST_BLOCK]):
        key = name.decode("ascii")
        if key in READ:
            values = found.setdefault(key, [])
            if len(values) < _MOST_PER_NAME:
                values.append(_decoded(raw))
        elif _is_named(name):
            found.setdefault(key, [""])
    return {name: tuple(values) for name, values in found.items()}


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
    # A lone CR is no line end where LF is used: otherwise a value could smuggle in a header.
    end = b"\n" if b"\n" in block else b"\r"
    block = block.removeprefix(b"\xef\xbb\xbf")
    stops = [at for at in (block.find(end + end), block.find(end + b"\r" + end)) if at >= 0]
    for number, line in enumerate((block[: min(stops)] if stops else block).split(end)):
        bare = line.rstrip(b"\r")
        if number and not bare:
            return
        yield bare


@lru_cache(maxsize=4_000)
def _is_named(name: bytes) -> bool:
    return _NAMED.fullmatch(name) is not None


def _decoded(raw: bytes) -> str:
    raw = raw[:_LONGEST_VALUE].strip()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
