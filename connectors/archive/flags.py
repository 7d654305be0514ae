"""Reads from allowed headers how a mail was sent: lists, authentication, automatic replies; never free text."""

import re
from collections.abc import Mapping, Sequence

from connectors.archive.addresses import addresses
from connectors.archive.block import READ, Headers
from connectors.archive.clean import clean_domain, clean_text, role_of
from connectors.archive.services import services
from connectors.machine import submitted
from connectors.results import MOST_SIGNATURES, attributed, results
from models.record import HeaderFlags, quickly

_SIGNER = re.compile(r"(?:^|;)\s{0,50}d\s{0,5}=\s{0,50}([^;\s]{1,255})")
_IDS = re.compile(r"<[^<>\s]{1,490}>")
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_WORD = re.compile(r"[a-z0-9_-]{1,40}")
_SUPPRESSED = re.compile(r"\b(?:all|none|dr|ndr|rn|nrn|oof|autoreply)\b", re.IGNORECASE)
_MOST_IDS = 1000
_flags = quickly(HeaderFlags)
# What is there in almost every mail; every other name that was kept marks a list or a campaign.
_EVERYWHERE = READ - {"list-id", "precedence", "auto-submitted"} - {name for name in READ if name.startswith("x-")}


def topmost(headers: Headers) -> Mapping[str, str]:
    """Return the topmost value of every header."""
    return {name: values[0] for name, values in headers.items()}


def message_id(text: str) -> str:
    """Return the first id of Message-ID, In-Reply-To or References in its brackets (as Graph has it); "" for none."""
    found = _IDS.search(text) if text else None
    return clean_text(found.group(), 500) if found else ""


def flags(headers: Headers, top: Mapping[str, str], own_id: str, said: tuple[dict[str, str], str]) -> HeaderFlags:
    """Return the flags of a mail from its allowed headers, their topmost values, the id of the mail, and what our
    boundary `said` of it (`judged`).
    """
    answer_to = _address(top.get("reply-to", ""))
    back = top.get("return-path", "")
    # Where our boundary names the envelope for which SPF was asked, that holds: a Return-Path may be anybody's.
    said_of, envelope = said
    back_domain = clean_domain(envelope or _address(back))
    signatures = headers.get("dkim-signature", ())
    signed = _signed(signatures)
    signers = tuple(dict.fromkeys(filter(None, signed)))
    marks = [name for name in headers if name not in _EVERYWHERE]
    listed = sorted([name for name in marks if name.startswith("list-")])
    return _flags(
        list_id=_list_id(top.get("list-id", "")),
        list_unsubscribe="list-unsubscribe" in top,
        list_unsubscribe_post="list-unsubscribe-post" in top,
        list_headers=tuple(listed),
        campaign_headers=tuple(sorted(set(marks).difference(listed))),
        precedence=_matched(_WORD, top.get("precedence", "")),
        auto_submitted=_matched(_WORD, submitted(top)),
        auto_response_suppress=", ".join(_SUPPRESSED.findall(top.get("x-auto-response-suppress", "")[:200])),
        feedback_id="feedback-id" in top or "x-feedback-id" in top,
        content_type=_matched(_TYPE, top.get("content-type", "")),
        return_path_domain=back_domain,
        return_path_null=back.replace(" ", "") == "<>",
        sender_domain=clean_domain(_address(top.get("sender", ""))),
        reply_to_domain=clean_domain(answer_to),
        reply_to_role=role_of(answer_to.partition("@")[0]),
        message_id_domain=clean_domain(own_id.rpartition("@")[2]),
        dkim_domains=signers,
        mailing_services=services(marks, (*signers, back_domain)),
        auth_spf=said_of.get("spf", ""),
        auth_dkim=attributed(said_of.get("dkim", ""), signed, len(signatures)),
        auth_dmarc=said_of.get("dmarc", ""),
        compauth=said_of.get("compauth", ""),
        auth_internal=_internal(top),
        mailer=clean_text(top.get("x-mailer") or top.get("user-agent"), 60),
        in_reply_to="in-reply-to" in top,
        references=_count(top.get("references", "")),
    )


def judged(headers: Headers, author: str, boundaries: frozenset[str]) -> tuple[dict[str, str], str]:
    """Return the results of our boundary about a mail of `author`, and the envelope's domain (`results`).

    Results of one boundary stand in one header, its name in front (RFC 8601 section 2.2). Where the names of our
    `boundaries` are not known, only the topmost header counts; otherwise the topmost that bears one of them.
    """
    values = headers.get("authentication-results", ())
    if boundaries:
        values = tuple(value for value in values if _boundary(value) in boundaries)
    return results(values[0], author) if values else ({}, "")


def _boundary(value: str) -> str:
    named = value[:500].partition(";")[0].split()
    return named[0].lower().rstrip(".") if named else ""


def _address(value: str) -> str:
    found = addresses(value) if value else ()
    return found[0] if found else ""


def _count(references: str) -> int:
    return min(len(_IDS.findall(references)), _MOST_IDS) if references else 0


def _matched(pattern: re.Pattern[str], value: str) -> str:
    found = pattern.match(value[:200].strip().lower()) if value else None
    return found.group() if found else ""


def _internal(top: Mapping[str, str]) -> bool:
    # Exchange takes this header off foreign mail. Any other server lets it through, so it counts only where the
    # topmost Received, which our own boundary wrote, is Exchange's.
    if _matched(_WORD, top.get("x-ms-exchange-organization-authas", "")) != "internal":
        return False
    boundary = top.get("received", "")[:1000].lower()
    return "microsoft smtp server" in boundary or "with mapi" in boundary


def _list_id(value: str) -> str:
    # The phrase before the brackets is free text and stays behind (RFC 2919).
    if not value:
        return ""
    inside = value[:2000].rpartition("<")[2].partition(">")[0].strip().lower()
    return "" if " " in inside else clean_text(inside)


def _signed(signatures: Sequence[str]) -> list[str]:
    """Return the domain of each signature, "" for one that names none."""
    found = (_SIGNER.search(value[:2000]) for value in signatures[:MOST_SIGNATURES])
    return [clean_domain(match.group(1)) if match else "" for match in found]
