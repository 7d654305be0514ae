"""Reduces header lines to HeaderFlags at once, so that no header value (a subject among them) is ever kept."""

import re
from collections.abc import Iterable
from functools import lru_cache

from connectors.machine import submitted
from connectors.results import MOST_SIGNATURES, attributed, results
from models.address import registrable
from models.record import HeaderFlags

_LONGEST = 120
_MANY = 20
_NAME = re.compile(r"^[a-z0-9!#$%&'*+.^_`|~-]{1,60}$")
_DKIM_DOMAIN = re.compile(r"(?:^|;)\s*d\s*=\s*([^;\s]{1,255})", re.IGNORECASE)
_ADDRESS = re.compile(r"([^\s<>\",;:]{1,64})@([^\s<>\",;:]{1,255})")

# Names that mass-mail programs add; only the name is kept, never the value.
_CAMPAIGN = re.compile(
    r"^(list-|precedence$|mailing-list$|errors-to$|feedback-id$|bulk|x-(campaign|mailing|newsletter|mc-|mj-|sg-|ses-|"
    r"mailgun|mandrill|mailin|sib-|csa-|job|binding|mkto|hs-|sfmc|roving|report-abuse|list|bulk|beenthere|mailman|"
    r"mailer-(recptid|sid|lid)|cr-|rapidmail|inxmail|emv-|em-id|lettershop|subscriber|unsubscribe))"
)

# Registrable domains of return paths and signatures by which a mailing service shows itself.
_SERVICES = {
    "mcsv.net": "mailchimp",
    "rsgsv.net": "mailchimp",
    "mcdlv.net": "mailchimp",
    "mandrillapp.com": "mandrill",
    "sendinblue.com": "brevo",
    "sender-sib.com": "brevo",
    "brevosend.com": "brevo",
    "mailjet.com": "mailjet",
    "sendgrid.net": "sendgrid",
    "amazonses.com": "amazonses",
    "mailgun.org": "mailgun",
    "hubspotemail.net": "hubspot",
    "exacttarget.com": "salesforce",
    "cleverreach.com": "cleverreach",
    "crsend.com": "cleverreach",
    "rapidmail.de": "rapidmail",
    "emailsys1a.net": "rapidmail",
    "inxserver.com": "inxmail",
    "inxmail.com": "inxmail",
    "ccsend.com": "constantcontact",
    "constantcontact.com": "constantcontact",
    "klaviyomail.com": "klaviyo",
    "mktomail.com": "marketo",
}

_ROLES = (
    ("noreply", re.compile(r"^(no|do|dont|donot|nicht|keine)[-_.]?(t[-_.]?)?(not[-_.]?)?(reply|respon|antwort)")),
    ("noreply", re.compile(r"^(mailer-daemon|postmaster|bounces?)\b")),
    ("news", re.compile(r"^(news|newsletter|mailing|digest|updates?|alerts?|bulletin|magazin)\b")),
    ("promo", re.compile(r"^(offers?|deals?|promo|specials?|sales?|shop|angebote?|rabatte?|aktion|marketing)\b")),
    ("finance", re.compile(r"^(invoices?|billing|payments?|orders?|rechnung(en)?|buchhaltung|mahnung)\b")),
    ("service", re.compile(r"^(info|kontakt|contact|office|service|support|help|hilfe|kundenservice|post|team)\b")),
)


# A sender's mails look alike: one object for all of them, instead of one each. It holds what is stored anyway.
_shared = lru_cache(maxsize=4096)(HeaderFlags)


def flags_of(lines: Iterable[tuple[str, str]], author: str = "") -> HeaderFlags:
    """Return what (name, value) header lines say about the way a mail was sent, in their order (topmost first);
    `author` is the address that people see as its sender.

    Only the topmost Authentication-Results counts, because ours is the last server that wrote one (RFC 8601
    section 5); the ones below may come from anybody.
    """
    first: dict[str, str] = {}
    keys: list[str] = []
    for name, value in lines:
        lower = _lower(name)
        if lower not in first:
            first[lower] = value
        if lower == "dkim-signature":
            signed = _DKIM_DOMAIN.search(value, 0, 2000)
            keys.append(signed[1] if signed else "")
    said = results(first.get("authentication-results", ""), author)
    return _flags(first, [_domain(key) for key in keys[:MOST_SIGNATURES]], len(keys), said)


def _flags(first: dict[str, str], signed: list[str], signatures: int, said: tuple[dict[str, str], str]) -> HeaderFlags:
    campaign = tuple(sorted(name for name in first if _is_campaign(name)))
    path = first.get("return-path", "").strip()
    found, envelope = said
    # The boundary's own word about the envelope holds; a Return-Path may be anybody's.
    path_domain = _domain(envelope or path)
    dkim = tuple(dict.fromkeys(filter(None, signed))) if signed else ()
    reply_to = first.get("reply-to", "")
    campaigns_of_lists = [name for name in campaign if name.startswith("list-")]
    return _shared(
        list_id=_list_id(first.get("list-id", "")),
        list_unsubscribe="list-unsubscribe" in first,
        list_unsubscribe_post="list-unsubscribe-post" in first,
        list_headers=tuple(campaigns_of_lists[:_MANY]),
        campaign_headers=campaign[:_MANY],
        precedence=_word(first.get("precedence", "")),
        auto_submitted=_clean(submitted(first), 60),
        auto_response_suppress=_word(first.get("x-auto-response-suppress", "")),
        feedback_id="feedback-id" in first,
        content_type=_word(first.get("content-type", "")),
        return_path_domain=path_domain,
        return_path_null=path.replace(" ", "") == "<>",
        sender_domain=_domain(first.get("sender", "")),
        reply_to_domain=_domain(reply_to),
        reply_to_role=role_of(_parts(reply_to)[0]),
        message_id_domain=_domain(first.get("message-id", "")),
        dkim_domains=dkim,
        mailing_services=tuple(dict.fromkeys(_SERVICES[d] for d in (path_domain, *dkim) if d in _SERVICES)),
        auth_spf=found.get("spf", ""),
        auth_dkim=attributed(found.get("dkim", ""), signed, signatures),
        auth_dmarc=found.get("dmarc", ""),
        compauth=found.get("compauth", ""),
        auth_internal=first.get("x-ms-exchange-organization-authas", "").strip().lower() == "internal",
        mailer=_clean(first.get("x-mailer", ""), 60),
        in_reply_to="in-reply-to" in first,
        references=min(first.get("references", "").count("<"), 999),
    )


@lru_cache(maxsize=4096)
def _lower(name: str) -> str:
    """Return the name of a header line as it is compared: mail programs use the same few hundred."""
    return name.strip().lower()


@lru_cache(maxsize=4096)
def _is_campaign(name: str) -> bool:
    return bool(_NAME.match(name) and _CAMPAIGN.match(name))


def role_of(local: str) -> str:
    """Return which function a local part names ("noreply", "news", ...); "" when it may be a person."""
    local = local.lower()
    if not local:
        return ""
    return next((role for role, pattern in _ROLES if pattern.match(local)), "")


def _parts(value: str) -> tuple[str, str]:
    match = _ADDRESS.search(value[:1000]) if "@" in value else None
    return (match[1].lower(), match[2]) if match else ("", "")


def _domain(value: str) -> str:
    """Return the registrable domain of the first address (or of a bare domain) in a header value."""
    if not value:
        return ""
    domain = _parts(value)[1] or value.strip().strip("<>").rpartition("@")[2]
    domain = domain.strip(">. ")
    return registrable(domain) if 0 < len(domain) <= 255 and len(domain.split()) == 1 else ""


def _list_id(value: str) -> str:
    """Return the identifier between the angle brackets (RFC 2919); the phrase before it is free text and is dropped."""
    if not value:
        return ""
    inside = value[:1000].rpartition("<")[2].partition(">")[0].strip().lower()
    return inside if "." in inside and _NAME.match(inside[:60]) and len(inside) <= _LONGEST else ""


def _word(value: str) -> str:
    return _clean(value.partition(";")[0], 60).lower() if value else ""


def _clean(value: str, limit: int) -> str:
    if value.isprintable():
        return (value if len(value) <= limit else value[:limit]).strip()
    return "".join(c if " " <= c != "\x7f" else " " for c in value[: limit * 2] if not "\ud800" <= c <= "\udfff")[
        :limit
    ].strip()
