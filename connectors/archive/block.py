"""Splits a header block into the few headers that are allowed to leave it; the rest never becomes text."""

import re
from collections.abc import Mapping
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
_NO_VALUE = ("",)
# One header with its folded lines, or all that stands behind the first line that is none. A folded line has more than
# blanks; blank lines and lines of blanks end the block.
_FOLDED = rb"[ \t][ \t\r\f\v]*[^\s][^\n]*"
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*([^\n]*(?:\n" + _FOLDED + rb")*)(?:\n|\Z)|[\x00-\xff]+")
# The line that mbox puts in front of a mail, and folded lines of no header.
_BEFORE = re.compile(rb"(?:>?From [^\n]*(?:\n|\Z))?(?:" + _FOLDED + rb"(?:\n|\Z))*")


def split(block: bytes) -> Headers:
    """Return the allowed headers of a block in order of appearance, by lower-case name; reads to the first blank line.

    Names in `_NAMED` that are not read carry one empty value: they are there, no more. A line that is no header ends
    the block, as it does for Python's own parser.
    """
    block = block[:LARGEST_BLOCK].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if b"\n" not in block:
        # A lone CR is a line end only where LF is not used: otherwise a value could smuggle in a header.
        block = block.replace(b"\r", b"\n")
    found: dict[str, tuple[str, ...]] = {}
    for name, raw in _FIELD.findall(block, _start(block)):
        key = _key(name)
        if key in READ:
            have = found.get(key, ())
            if len(have) < _MOST_PER_NAME:
                found[key] = (*have, _decoded(raw))
        elif key:
            found[key] = _NO_VALUE
    return found


def _start(block: bytes) -> int:
    before = _BEFORE.match(block)
    return before.end() if before else 0


@lru_cache(maxsize=4_000)
def _key(name: bytes) -> str:
    """Return the lower-case name of a header that is read or named; "" for every other."""
    lower = name.lower()
    key = lower.decode("ascii")
    return key if key in READ or named(lower) else ""


def named(name: bytes) -> bool:
    """Say whether of a header (its name in lower case) the name is kept, because it tells how a mail was sent."""
    return _NAMED.fullmatch(name) is not None


def _decoded(raw: bytes) -> str:
    if b"\n" in raw:
        raw = b" ".join([line.rstrip(b"\r") for line in raw.split(b"\n")] if b"\r" in raw else raw.split(b"\n"))
    raw = raw[:_LONGEST_VALUE].strip()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
