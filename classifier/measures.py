"""How a sender looks in numbers: which domains of a mail are the same, how many marks it has, how names are built."""

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from classifier.book import is_free_mail
from classifier.flags import LONGEST, WORDS, box, shape
from models.address import registrable
from models.record import HeaderFlags, MessageRecord

_NO_FLAGS = HeaderFlags()
_TOP = ("com", "net", "org", "de", "edu", "gov", "uk", "ie", "biz", "info", "ru", "cn", "kr", "jp", "tw")
_TOPS = {top: float(at) for at, top in enumerate(_TOP, 1)}
_TYPES = {"text/plain": 1.0, "text/html": 2.0, "multipart/alternative": 3.0, "multipart/mixed": 4.0}
_OFFICE = re.compile("outlook|microsoft", re.IGNORECASE)
_PERSONAL = re.compile("mozilla|mutt|pine|apple|kmail|evolution|gnus|eudora|thunderbird|iphone", re.IGNORECASE)
_DIGIT = re.compile("[0-9]")
_NOT_DIGITS = re.compile("[^0-9]+")
_VOWELS = re.compile("[aeiouy]")
_CONSONANTS = re.compile("[bcdfghjklmnpqrstvwxz]+")
_NEWS = re.compile("news|list|letter|mailing|bulletin|digest|announce|alert|update|rundbrief|magazin")
_POST = re.compile(r"mail|reply|bounce|^em?\.|^m\.")
_BARGAIN = re.compile(
    "offer|deal|free|win|cash|money|loan|save|opt|promo|prize|sex|casino|credit|rx|pill|med|cheap|"
    "angebot|rabatt|gewinn|kredit|gratis|bonus"
)
_SENDS = re.compile(
    "mail(er|ing|list)|list|bulk|blast|agent|post|news|smtp|campaign|delivery|letter|send|php|perl|cdo|script"
)
_WITHOUT_SENSE = re.compile("(?=.*[0-9])[a-z0-9]{8,}")
_NUMBERED = re.compile(r"[=#+]|[0-9].*[-_.].*[0-9]")
# Marks of list programs that every way of reading a mail reports: what only one of them sees must not be learned.
_LISTED = ("list-archive", "list-help", "list-owner", "list-post", "list-subscribe")
_PROGRAMS = ("mailing-list", "x-mailman-version", "x-beenthere", "errors-to")
MOST_RECIPIENTS = 60
_LONGEST_NAME = 200

Measures = NDArray[np.float32]
COUNT = len(WORDS) + 15 + 13 + 11 + 5 + 13 + 10 + 2
# How often the firm wrote to the address and to the registrable domain (0 also for: not known).
Letters = tuple[int, int]
UNWRITTEN: Letters = (0, 0)
_MOST_LETTERS = 63


def measures(record: MessageRecord, found: tuple[int, ...], letters: Letters = UNWRITTEN) -> Measures:
    """Return COUNT numbers: the flags `found` of `flags.present` as 0 or 1, then sizes, relations, letters."""
    row = np.zeros(COUNT, dtype=np.float32)
    row[list(found)] = 1.0
    flags = record.flags or _NO_FLAGS
    root = registrable(record.sender)
    domain = record.sender.rpartition("@")[2]
    row[len(WORDS) :] = (
        *_relations(flags, root),
        *_sizes(record, flags),
        *_lists(flags),
        *_program(flags.mailer[:LONGEST].lower()),
        *_host(domain, root),
        *_people(record),
        *grades(letters),
    )
    return row


def grades(letters: Letters) -> Letters:
    """Return counts of letters as grades from 0 to 6, each for twice as many: 0, 1, 2, 4, 8, 16, 32 and more."""
    to_address, to_domain = letters
    return min(to_address, _MOST_LETTERS).bit_length(), min(to_domain, _MOST_LETTERS).bit_length()


def _relations(flags: HeaderFlags, root: str) -> tuple[float, ...]:
    """Return how the domains of a mail stand to each other; 0 where one is absent, 1 our sender's, 2 another."""
    path, made_at = registrable(flags.return_path_domain), registrable(flags.message_id_domain)
    reply, sender = registrable(flags.reply_to_domain), registrable(flags.sender_domain)
    listed = registrable(flags.list_id) if flags.list_id else ""
    return (
        *(0.0 if not each else 1.0 if each == root else 2.0 for each in (sender, reply, path, made_at)),
        path != "" and path == made_at,
        path != "" and path == sender,
        path != "" and path == listed,
        path != "" and path == reply,
        reply != "" and reply == made_at,
        listed != "" and listed == sender,
        listed != "" and listed == reply,
        listed != "" and listed == made_at,
        path != "" and is_free_mail(path),
        reply != "" and is_free_mail(reply),
        made_at != "" and is_free_mail(made_at),
    )


def _sizes(record: MessageRecord, flags: HeaderFlags) -> tuple[float, ...]:
    kind = flags.content_type
    return (
        len(flags.list_headers),
        min(flags.references, 5),
        record.recipients_total > 5,
        min(max(record.recipients_total, 1), MOST_RECIPIENTS),
        len(flags.dkim_domains),
        flags.in_reply_to,
        flags.reply_to_role != "",
        flags.return_path_null,
        _TYPES.get(kind, 0.0),
        kind == "multipart/related",
        kind == "multipart/signed",
        _OFFICE.search(flags.mailer) is not None,
        _PERSONAL.search(flags.mailer) is not None,
    )


def _lists(flags: HeaderFlags) -> tuple[bool, ...]:
    listed, campaign, precedence = flags.list_headers, flags.campaign_headers, flags.precedence
    return (
        *(name in listed for name in _LISTED),
        *(name in campaign for name in _PROGRAMS),
        precedence == "list",
        precedence == "bulk",
    )


@lru_cache(maxsize=20_000)
def _program(mailer: str) -> tuple[float, ...]:
    """Return how the name of the sending program is built; spam often has one that nobody ever wrote."""
    return (
        len(mailer),
        len(_NOT_DIGITS.sub("", mailer)),
        _SENDS.search(mailer) is not None,
        "(" in mailer,
        _WITHOUT_SENSE.fullmatch(mailer) is not None,
    )


@lru_cache(maxsize=20_000)
def _host(domain: str, root: str) -> tuple[float, ...]:
    label, _, suffix = root.partition(".")
    front = domain.removesuffix(root)
    return (
        len(label),
        label.count("-"),
        len(_NOT_DIGITS.sub("", label)),
        len(_VOWELS.findall(label)) / max(1, len(label)),
        max(map(len, _CONSONANTS.findall(label)), default=0),
        domain.count("."),
        domain != root,
        _TOPS.get(suffix.rpartition(".")[2], 0.0),
        _NEWS.search(front) is not None,
        _POST.search(front) is not None,
        _NEWS.search(label) is not None,
        "mail" in label,
        _BARGAIN.search(label) is not None,
    )


def _people(record: MessageRecord) -> tuple[float, ...]:
    """Return how the names of the box and of the person are built, which tells nobody's name.

    Of shapes, as collections have nothing else: a name with all its letters would look like none that was learned.
    """
    local, name = box(record.sender.partition("@")[0])[:_LONGEST_NAME], shape(record.sender_name)
    return (
        len(local),
        local.count("."),
        local.count("-") + local.count("_"),
        len(_NOT_DIGITS.sub("", local)),
        _NUMBERED.search(local) is not None,
        len(name),
        name.count(" "),
        name.isupper(),
        _DIGIT.search(name) is not None,
        name[:1].islower(),
    )
