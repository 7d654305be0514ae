"""Splits a header block into the few headers that are allowed to leave it; the rest never becomes text."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from connectors.machine import LOOKED_AT

Headers: TypeAlias = Mapping[str, tuple[str, ...]]

# More than any honest mail has; what stands behind it is not read: one header of 120 kB costs general parsers 0.4 s.
LARGEST_BLOCK = 1_000_000
_LONGEST_VALUE = 256_000
_MOST_PER_NAME = 60

# The complete list of headers whose values are read. Subject, Thread-Topic, Comments, Keywords are not in it.
READ = frozenset({
    "from", "sender", "reply-to", "return-path", "to", "cc", "bcc", "date", "received", "message-id", "in-reply-to",
    "references", "list-id", "precedence", "auto-submitted", "x-auto-response-suppress",
    "authentication-results", "dkim-signature", "content-type", "x-mailer", "user-agent",
    "importance", "x-priority", "x-ms-exchange-organization-authas", "status",
    *LOOKED_AT,
})  # fmt: skip

# Headers of which only the name is kept, because it tells how a mail was sent.
_NAMED = re.compile(
    r"list-(?:id|unsubscribe|unsubscribe-post|subscribe|help|post|archive|owner|url|digest|software)|feedback-id|"
    r"errors-to|precedence|auto-submitted|bounces-to|mailing-list|"
    r"x-(?:beenthere|mailman-version|loop|mailing-list|complaints-to|csa-complaints|delivery-agent|rpcampaign|"
    r"egroups-return|ses-outgoing|maillist-guid|maillist-id|binding|feedback-id|list-admin|list-host|list|list-name|"
    r"list-manager|list-unsubscribe|sg-eid|sg-id|smtpapi|campaign|campaign-id|campaignid|campaign-activity-id|job|"
    r"report-abuse|report-abuse-to|msys-api|mid|hs-cid|roving-id|roving-queued|roving-version|roving-campaignid|"
    r"accounttype|mc-user|mc-tags|mc-metadata|mandrill-user|mailin-campaign|mailin-client|mailin-eid|sib-id|mj-mid|"
    r"mj-smtpguid|mailgun-sid|mailgun-tag|mailgun-variables|pm-message-id|pm-rcpt|sfmc-stack|cidl|abuse-and-dmca-info|"
    r"kmail-account|kmail-message|kmail-ops|ma-reference|ma-instance|emarsys-[a-z]{1,20}|cmail-[a-z]{1,20}|"
    r"mkto[a-z-]{0,20})"
)
_NO_VALUE = ("",)
# Blanks as bytes know them; text would count more among them.
_BLANKS = " \t\n\r\f\v"
# One header with its folded lines, or all that stands behind the first line that is none. A folded line has more than
# blanks; blank lines and lines of blanks end the block. Nothing is given back: no block is looked through twice.
_FOLDED = r"[ \t][ \t\r\f\v]*+[^\s][^\n]*+"
_FIELD = re.compile(rf"([!-9;-~]{{1,100}}+)[ \t]*+:[ \t]*+([^\n]*+(?:\n{_FOLDED})*+)(?:\n|\Z)|[\x00-\xff]+", re.ASCII)
# The line that mbox puts in front of a mail, and folded lines of no header.
_BEFORE = re.compile(rf"(?:>?From [^\n]*(?:\n|\Z))?(?:{_FOLDED}(?:\n|\Z))*", re.ASCII)


def split(block: bytes) -> Headers:
    """Return the allowed headers of a block in order of appearance, by lower-case name; reads to the first blank line.

    Names in `_NAMED` that are not read carry one empty value: they are there, no more. A line that is no header ends
    the block, as it does for Python's own parser.
    """
    # A letter for each byte; what is meant as UTF-8 is read as such value by value.
    text = block[:LARGEST_BLOCK].removeprefix(b"\xef\xbb\xbf").decode("latin-1").replace("\r\n", "\n")
    if "\n" not in text:
        # A lone CR is a line end only where LF is not used: otherwise a value could smuggle in a header.
        text = text.replace("\r", "\n")
    found: dict[str, tuple[str, ...]] = {}
    for name, raw in _FIELD.findall(text, _start(text)):
        key = _key(name)
        if key in READ:
            have = found.get(key, ())
            if len(have) < _MOST_PER_NAME:
                found[key] = (*have, _value(raw))
        elif key:
            found[key] = _NO_VALUE
    return found


def _start(text: str) -> int:
    before = _BEFORE.match(text)
    return before.end() if before else 0


@lru_cache(maxsize=4_000)
def _key(name: str) -> str:
    """Return the lower-case name of a header that is read or named; "" for every other."""
    key = name.lower()
    return key if key in READ or named(key) else ""


def named(name: str) -> bool:
    """Say whether of a header (its name in lower case) the name is kept, because it tells how a mail was sent."""
    return _NAMED.fullmatch(name) is not None


def _value(raw: str) -> str:
    if "\n" in raw:
        raw = " ".join([line.rstrip("\r") for line in raw.split("\n")]) if "\r" in raw else raw.replace("\n", " ")
    value = raw[:_LONGEST_VALUE].strip(_BLANKS)
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value
