"""Reads from allowed headers how a mail was sent: lists, authentication, automatic replies; never free text."""

import re

from connectors.archive.addresses import addresses
from connectors.archive.block import Headers
from connectors.archive.clean import clean_domain, clean_text, role_of
from connectors.archive.services import services
from connectors.results import MOST_SIGNATURES, attributed, results
from models.record import HeaderFlags

_SIGNER = re.compile(r"(?:^|;)\s{0,50}d\s{0,5}=\s{0,50}([^;\s]{1,255})")
_IDS = re.compile(r"<[^<>\s]{1,490}>")
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_WORD = re.compile(r"[a-z0-9_-]{1,40}")
_SUPPRESSED = re.compile(r"\b(?:all|none|dr|ndr|rn|nrn|oof|autoreply)\b", re.IGNORECASE)
_MOST_IDS = 1000


def first(headers: Headers, name: str) -> str:
    """Return the topmost value of a header; "" when it is absent."""
    return headers.get(name, ("",))[0]


def message_id(text: str) -> str:
    """Return the first id of Message-ID, In-Reply-To or References in its brackets (as Graph has it); "" for none."""
    found = _IDS.search(text) if text else None
    return clean_text(found.group(), 500) if found else ""


def flags(headers: Headers) -> HeaderFlags:
    """Return the flags of a mail from its allowed headers."""
    back = first(headers, "return-path")
    answer_to = _address(headers, "reply-to")
    # RFC 8601: results of one boundary stand in one header; only the topmost is our own boundary's. Where it names the
    # envelope for which SPF was asked, that holds: a Return-Path may be anybody's.
    said_of, envelope = results(first(headers, "authentication-results"))
    back_domain = clean_domain(envelope or _address(headers, "return-path"))
    signed = _signed(headers)
    signers = tuple(dict.fromkeys(filter(None, signed)))
    said = _word(first(headers, "auto-submitted"))
    if not said and ("x-autoreply" in headers or "x-autorespond" in headers):
        said = "auto-replied"
    return HeaderFlags(
        list_id=_list_id(first(headers, "list-id")),
        list_unsubscribe="list-unsubscribe" in headers,
        list_unsubscribe_post="list-unsubscribe-post" in headers,
        list_headers=tuple(sorted([name for name in headers if name.startswith("list-")])),
        campaign_headers=tuple(sorted([name for name in headers if name.startswith("x-") or name in _CAMPAIGN])),
        precedence=_word(first(headers, "precedence")),
        auto_submitted=said,
        auto_response_suppress=", ".join(_SUPPRESSED.findall(first(headers, "x-auto-response-suppress")[:200])),
        feedback_id="feedback-id" in headers or "x-feedback-id" in headers,
        content_type=_matched(_TYPE, first(headers, "content-type")),
        return_path_domain=back_domain,
        return_path_null=back.replace(" ", "") == "<>",
        sender_domain=clean_domain(_address(headers, "sender")),
        reply_to_domain=clean_domain(answer_to),
        reply_to_role=role_of(answer_to.partition("@")[0]),
        message_id_domain=clean_domain(message_id(first(headers, "message-id")).rpartition("@")[2]),
        dkim_domains=signers,
        mailing_services=services(headers, (*signers, back_domain)),
        auth_spf=said_of.get("spf", ""),
        auth_dkim=attributed(said_of.get("dkim", ""), signed, len(headers.get("dkim-signature", ()))),
        auth_dmarc=said_of.get("dmarc", ""),
        compauth=said_of.get("compauth", ""),
        auth_internal=_internal(headers),
        mailer=clean_text(first(headers, "x-mailer") or first(headers, "user-agent"), 60),
        in_reply_to="in-reply-to" in headers,
        references=min(len(_IDS.findall(first(headers, "references"))), _MOST_IDS),
    )


_CAMPAIGN = frozenset({"errors-to", "precedence", "auto-submitted", "bounces-to", "mailing-list", "feedback-id"})


def _address(headers: Headers, name: str) -> str:
    value = first(headers, name)
    found = addresses(value) if value else ()
    return found[0] if found else ""


def _matched(pattern: re.Pattern[str], value: str) -> str:
    found = pattern.match(value[:200].strip().lower()) if value else None
    return found.group() if found else ""


def _word(value: str) -> str:
    return _matched(_WORD, value)


def _internal(headers: Headers) -> bool:
    # Exchange takes this header off foreign mail. Any other server lets it through, so it counts only where the
    # topmost Received, which our own boundary wrote, is Exchange's.
    if _word(first(headers, "x-ms-exchange-organization-authas")) != "internal":
        return False
    boundary = first(headers, "received")[:1000].lower()
    return "microsoft smtp server" in boundary or "with mapi" in boundary


def _list_id(value: str) -> str:
    # The phrase before the brackets is free text and stays behind (RFC 2919).
    if not value:
        return ""
    inside = value[:2000].rpartition("<")[2].partition(">")[0].strip().lower()
    return "" if " " in inside else clean_text(inside)


def _signed(headers: Headers) -> list[str]:
    """Return the domain of each signature, "" for one that names none."""
    signatures = headers.get("dkim-signature", ())
    found = (_SIGNER.search(value[:2000]) for value in signatures[:MOST_SIGNATURES])
    return [clean_domain(match.group(1)) if match else "" for match in found]
