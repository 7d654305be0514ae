"""Normal forms of what names a correspondent: mail addresses, registrable domains, telephone numbers."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
import tldextract

# Offline for good: the public suffix list that the package carries, no cache directory, no download.
# Its private part counts too: each tenant below `github.io` or `uk.com` is a domain of its own.
_EXTRACT = tldextract.TLDExtract(
    cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True, include_psl_private_domains=True
)
# A host of two labels or more that needs no decoding.
_PLAIN = re.compile(r"[a-z0-9_-]++(?:\.[a-z0-9_-]++)++")
_LONGEST = 320
_BLANK = re.compile(r"[\s\x00-\x1f]")
# Sharp s, final sigma, joiner and non-joiner; and all dots between labels (RFC 3490 section 3.1).
_DEVIATING = re.compile("[\u00df\u03c2\u200c\u200d]")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")


@lru_cache(maxsize=20_000)
def domain_form(domain: str) -> str:
    """Return a domain in lower case A-label form without a trailing dot; what IDNA refuses only gets lower case.

    The letters that IDNA 2003 turned into others or dropped (RFC 5891, UTS 46 "deviation characters") keep a label of
    their own: "faß.example" and "fass.example" belong to two different people.
    """
    if domain.isascii():
        return domain.strip().rstrip(".").lower()
    # Python makes a capital sigma at the end a final one; IDNA does not.
    domain = domain.strip().rstrip(".").replace("\u03a3", "\u03c3").lower()
    try:
        if _DEVIATING.search(domain):
            return ".".join(map(_own_label, _DOTS.split(domain)))
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _own_label(label: str) -> str:
    if not _DEVIATING.search(label):
        return label.encode("idna").decode("ascii")
    return "xn--" + unicodedata.normalize("NFKC", label).lower().encode("punycode").decode("ascii")


@lru_cache(maxsize=20_000)
def clean_address(text: str) -> str:
    """Return a bare address in lower case with its domain in A-label form; "" when there is no "@" or it is absurd."""
    text = text.strip().strip("<>").strip()
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or len(text) > _LONGEST or _BLANK.search(text):
        return ""
    return f"{local.lower()}@{domain_form(domain)}"


def registrable(domain: str) -> str:
    """Return the registrable domain (eTLD+1) of a domain or address; "" where there is none (an IP, a bare suffix).

    A top level that the list does not know counts as a suffix itself (the list's default rule "*"): "a.b.example"
    belongs to "b.example".
    """
    return _registrable(domain.rpartition("@")[2])


@lru_cache(maxsize=20_000)
def _registrable(domain: str) -> str:
    # Remembered by domain, not by address: everybody of a firm is looked up once.
    host = domain_form(domain)
    if not host or host[0] in ".[":
        return ""
    if "xn--" not in host and _PLAIN.fullmatch(host):
        found = _below_suffix(host)
        if found is not None:
            return found
    parts = _EXTRACT(host)
    if parts.suffix or parts.ipv4 or parts.ipv6:
        return parts.top_domain_under_public_suffix or ""
    labels = host.split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 and all(labels) else ""


def _below_suffix(host: str) -> str | None:
    """Return the registrable domain of a plain host, "" of a bare suffix; None where the library has to say: below
    suffixes with a wildcard, and where the list knows no suffix. Looking up takes a tenth of the library's time.
    """
    suffixes, wild = _suffixes()
    label, rest = "", host
    while rest and rest not in wild:
        if rest in suffixes:
            return f"{label}.{rest}" if label else ""
        label, _, rest = rest.partition(".")
    return None


@lru_cache(maxsize=1)
def _suffixes() -> tuple[frozenset[str], frozenset[str]]:
    """Return the suffixes of the list, and those below which every label is one."""
    known = _EXTRACT.tlds
    return frozenset(known), frozenset(each[2:] for each in known if each.startswith("*."))


@lru_cache(maxsize=20_000)
def number_form(text: str, region: str = "DE") -> str:
    """Return a telephone number as digits with country code (the form of WhatsApp's `wa_id`); "" when it is none.

    "0171 8388958", "+49 171 8388958" and "491718388958" are the same number.
    """
    bare = "".join(c for c in text if c.isdigit())
    if not 5 <= len(bare) <= 20:
        return ""
    # Digits alone are how WhatsApp writes a number: they carry their country code unless that makes no number.
    ways: list[tuple[str, str | None]] = [(text.strip(), region), (f"+{bare}", None)]
    for candidate, where in reversed(ways) if text.strip().isdigit() and not text.strip().startswith("0") else ways:
        try:
            number = phonenumbers.parse(candidate, where)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
    return bare


@lru_cache(maxsize=20_000)
def number_shown(digits: str) -> str:
    """Return digits with country code as people read them, "+49 171 8388958"; what is no number only gets a plus."""
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return f"+{digits}"
    if not phonenumbers.is_possible_number(number):
        return f"+{digits}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


# Mobile numbers that WhatsApp and the dialled form write differently (country code, sign, digits behind both):
# Brazil's ninth digit stands behind the two digits of the area, Argentina's 9 and Mexico's 1 behind the country code.
_SIGNS = (("54", "9", 10), ("52", "1", 10))
_BRAZIL = re.compile(r"55(\d{2})(9?)([6-9]\d{7})")


def number_variants(number: str) -> tuple[str, ...]:
    """Return the forms under which one number may be written (digits with country code), the given one first.

    Only for comparing: what is stored stays as it came.
    """
    brazil = _BRAZIL.fullmatch(number)
    if brazil:
        area, sign, rest = brazil.groups()
        return number, f"55{area}{'' if sign else '9'}{rest}"
    for country, sign, digits in _SIGNS:
        if number.startswith(country + sign) and len(number) == len(country + sign) + digits:
            return number, country + number.removeprefix(country + sign)
        if number.startswith(country) and len(number) == len(country) + digits:
            return number, country + sign + number.removeprefix(country)
    return (number,)


def same_identifier(text: str) -> tuple[str, ...]:
    """Return the normal forms under which an address, a number or a WhatsApp user id may be stored."""
    text = text.strip()
    if "@" in text:
        return tuple(filter(None, (clean_address(text),)))
    number = number_form(text)
    numbers = number_variants(number) if number else ()
    # WhatsApp writes user ids with the country in capitals ("DE.7000003145"); people who copy them may not.
    country, dot, rest = text.partition(".")
    user_id = f"{country.upper()}.{rest}" if dot and len(country) == 2 and country.isalpha() else ""
    return tuple(dict.fromkeys(filter(None, (*numbers, text, user_id))))
