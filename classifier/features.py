"""What the model sees of a record: pieces of the domain, the shape of the names, header flags; never a name itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from classifier.book import is_free_mail
from models.address import clean_address, registrable
from models.record import HeaderFlags, MessageRecord

# Raised whenever a feature changes its meaning or place: an artifact of another version is refused.
FEATURE_VERSION = 2
TEXT_SIZE = 2**13
_PIECES = range(2, 6)
_LONGEST = 60
# Length of the text part against a flag's 1: best of 1, 2 and 3 by grouped cross-validation.
_WEIGHT = 2.0

# Own list of German and English words by which boxes that no single person owns are named.
_ROLES = (
    ("noreply", r"no-?reply|do-?not-?reply|noresponse|keine-?antwort|nicht-?antworten|bounce|mailer"),
    ("news", r"news|mailing|digest|update|alert|bulletin|daily|weekly|announce|magazin|rundbrief|infomail|aktuell"),
    ("promo", r"offer|deal|promo|special|reward|angebot|rabatt|aktion|gewinn|bonus|coupon|gutschein|marketing|shop"),
    ("finance", r"invoice|billing|payment|receipt|rechnung|buchhalt|mahnung|zahlung|bestell|auftrag|order|einkauf"),
    ("service", r"support|service|help|hotline|kunden|customer|kontakt|contact|office|team|admin|zentrale"),
    ("info", r"info|hallo|hello|mail|sales|vertrieb|verkauf"),
)
_ROLE = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _ROLES))
_BULK = frozenset({"bulk", "list", "junk"})

Numbers = NDArray[np.float32]
Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Flag:
    """One yes-or-no feature and how a person reads it; "" where it explains nothing."""

    holds: Callable[[MessageRecord, HeaderFlags, str], bool]
    words: str


def _foreign(domain: str, root: str) -> bool:
    return bool(domain) and registrable(domain) != root


def _own_list(flags: HeaderFlags, root: str) -> bool:
    return bool(flags.list_id) and bool(root) and flags.list_id.rstrip(">").endswith(root)


def _role_is(name: str) -> Callable[[MessageRecord, HeaderFlags, str], bool]:
    return lambda record, _flags, _root: role(record.sender.partition("@")[0]) == name


FLAGS: tuple[Flag, ...] = (
    Flag(lambda record, _f, _r: record.flags is None, ""),
    Flag(lambda _m, flags, _r: bool(flags.list_id), "Listen-Kopfzeile vorhanden"),
    Flag(lambda _m, flags, _r: flags.list_unsubscribe, "Abmelde-Kopfzeile vorhanden"),
    Flag(lambda _m, flags, _r: flags.list_unsubscribe_post, "Abmelden mit einem Klick möglich"),
    Flag(lambda _m, flags, _r: "list-post" in flags.list_headers, "Mailingliste mit Beiträgen"),
    Flag(lambda _m, flags, _r: flags.precedence in _BULK, "als Massensendung gekennzeichnet"),
    Flag(lambda _m, flags, _r: flags.feedback_id, "Kampagnen-Kennung vorhanden"),
    Flag(lambda _m, flags, _r: _campaign(flags), "Kopfzeilen eines Massenversands"),
    Flag(lambda _m, flags, _r: bool(flags.mailing_services), "Versanddienst erkennbar"),
    Flag(lambda _m, flags, root: _foreign(flags.return_path_domain, root), "Rücksendepfad gehört zu anderer Domain"),
    Flag(lambda _m, flags, root: _foreign(flags.sender_domain, root), "Versender-Zeile nennt andere Domain"),
    Flag(lambda _m, flags, root: _foreign(flags.reply_to_domain, root), "Antworten gehen an andere Domain"),
    Flag(lambda _m, flags, root: _foreign(flags.message_id_domain, root), "Nachrichten-Kennung von anderer Domain"),
    Flag(lambda _m, flags, _r: not flags.message_id_domain, ""),
    Flag(lambda _m, flags, _r: flags.in_reply_to or flags.references > 0, ""),
    Flag(lambda _m, flags, _r: bool(flags.mailer), ""),
    Flag(lambda _m, flags, _r: flags.content_type == "text/html", "reine HTML-Nachricht"),
    Flag(lambda _m, flags, _r: flags.content_type == "multipart/alternative", ""),
    Flag(lambda _m, flags, _r: flags.content_type == "multipart/mixed", ""),
    Flag(lambda _m, flags, _r: not flags.content_type, ""),
    Flag(lambda _m, flags, _r: "x-beenthere" in flags.campaign_headers, "Programm einer Mailingliste"),
    Flag(lambda _m, flags, _r: "errors-to" in flags.campaign_headers, ""),
    Flag(lambda _m, flags, _r: bool(flags.list_id) and flags.sender_domain == "", ""),
    Flag(lambda _m, flags, _r: not flags.return_path_domain, ""),
    Flag(lambda _m, flags, root: _own_list(flags, root), "Liste des Absenders selbst"),
    Flag(lambda record, _f, _r: not record.sender_name, "kein Anzeigename"),
    Flag(lambda record, _f, _r: record.sender_name.count(" ") > 2, "langer Anzeigename"),
    Flag(lambda record, _f, _r: record.sender_name.islower(), "Anzeigename klein geschrieben"),
    Flag(lambda record, _f, _r: any(c in record.sender_name for c in "!$%&*"), "Sonderzeichen im Anzeigenamen"),
    Flag(lambda record, _f, _r: "," in record.sender_name, ""),
    Flag(lambda record, _f, _r: not record.sender_name.isascii(), ""),
    Flag(lambda record, _f, _r: "@" in record.sender_name, "Adresse im Anzeigenamen"),
    Flag(lambda record, _f, _r: record.recipients_total > 5, "viele Empfänger"),
    Flag(lambda record, _f, _r: _has_digit(record.sender.partition("@")[0]), "Ziffern im Postfachnamen"),
    Flag(lambda _m, _f, root: is_free_mail(root), "Absender nutzt ein Freemail-Postfach"),
    Flag(lambda _m, _f, root: not root, "Absender ohne gültige Domain"),
    Flag(_role_is("noreply"), "Postfach nimmt keine Antworten an"),
    Flag(_role_is("news"), "Postfachname deutet auf Rundschreiben"),
    Flag(_role_is("promo"), "Postfachname deutet auf Angebote"),
    Flag(_role_is("finance"), "Postfachname deutet auf Buchhaltung oder Auftrag"),
    Flag(_role_is("service"), "Postfach einer Stelle, keiner Person"),
    Flag(_role_is("info"), "allgemeines Postfach"),
    Flag(_role_is(""), ""),
)
# After the hashed pieces: one place per flag, then one per pair of flags. What a flag means depends on the others:
# an unsubscribe header beside an own domain is another thing than beside a foreign return path.
_PAIRS = TEXT_SIZE + len(FLAGS)
SIZE = _PAIRS + len(FLAGS) ** 2
_PAIR_WEIGHT = 0.3
_NO_FLAGS = HeaderFlags()
_UNKNOWN = "?"
_WORD = re.compile(r"[a-z]{2,}")
_CAMPAIGN = re.compile(r"campaign|complaints|maillist|x-mid|roving|sg-e?id|mc-user|msys|csa|hs-cid|abuse|x-job|ses-out")


def _campaign(flags: HeaderFlags) -> bool:
    return any(_CAMPAIGN.search(each) for each in flags.campaign_headers)


def _has_digit(text: str) -> bool:
    return any("0" <= c <= "9" for c in text)


@lru_cache(maxsize=20_000)
def role(local: str) -> str:
    """Return the kind of box that a local part names ("noreply", "news", ...); "" for a person's."""
    found = _ROLE.search(local[:_LONGEST].lower())
    return (found.lastgroup or "") if found else ""


@lru_cache(maxsize=20_000)
def shape(name: str) -> str:
    """Return the shape of a name, so that nobody's name enters a model: "Anna Muster-Maier 2" is "Aa Aa-Aa 0"."""
    kinds: list[str] = []
    for c in name[:_LONGEST]:
        kind = "A" if c.isupper() else "a" if c.isalpha() else "0" if c.isdigit() else c if c < "\x7f" else "~"
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds)


def present(record: MessageRecord) -> tuple[int, ...]:
    """Return the numbers of the flags that hold for a record, as places in FLAGS."""
    flags = record.flags or _NO_FLAGS
    root = registrable(record.sender)
    return tuple(at for at, flag in enumerate(FLAGS) if flag.holds(record, flags, root))


@lru_cache(maxsize=20_000)
def marks(found: tuple[int, ...]) -> tuple[Places, Numbers]:
    """Return the places and values of flags (those of `present`, in order) and then of their pairs."""
    pairs = [_PAIRS + one * len(FLAGS) + other for one, other in combinations(found, 2)]
    places = np.array([*(TEXT_SIZE + at for at in found), *pairs], dtype=np.int32)
    values = np.array([1.0] * len(found) + [_PAIR_WEIGHT] * len(pairs), dtype=np.float32)
    return places, values


def text(record: MessageRecord) -> tuple[Places, Numbers]:
    """Return the places (below TEXT_SIZE) and values of the hashed pieces of a record's sender.

    The pieces of a sender without known headers are others than those of the same sender with headers: where the
    headers say nothing, the name has to say more, so it needs weights of its own.
    """
    local, _, domain = clean_address(record.sender).rpartition("@")
    words = local if role(local) else shape(local)
    return _hashed(domain, words, shape(record.sender_name), _program(record.flags))


def _program(flags: HeaderFlags | None) -> str:
    """Return the family of the sending program, the first word of its name: "phpmailer" of "PHPMailer 5.2"."""
    if flags is None:
        return _UNKNOWN
    found = _WORD.search(flags.mailer[:_LONGEST].lower())
    return found.group() if found else ""


@lru_cache(maxsize=20_000)
def _hashed(domain: str, local: str, name: str, program: str) -> tuple[Places, Numbers]:
    """Hash the pieces with crc32, which is the same on every machine; its top bit gives the sign."""
    root = registrable(domain) or domain
    pieces = [f"n:{name[:12]}", f"l:{local[:_LONGEST]}", f"t:{root.rpartition('.')[2]}"]
    pieces += [f"s:{label}" for label in domain.removesuffix(root).split(".") if label]
    pieces += _grams("d", root)
    pieces += _grams("l", local)
    sums: dict[int, float] = {}
    for piece in pieces:
        place, sign = _place(piece if program != _UNKNOWN else f"?{piece}")
        sums[place] = sums.get(place, 0.0) + sign
    places = np.fromiter(sums, dtype=np.int32)
    values = np.fromiter(sums.values(), dtype=np.float32)
    values *= np.float32(_WEIGHT) / np.linalg.norm(values)
    if not program:
        return places, values
    place, sign = _place(f"m:{program}")
    return np.append(places, np.int32(place)), np.append(values, np.float32(sign))


def _place(piece: str) -> tuple[int, float]:
    code = crc32(piece.encode("utf-8", "replace"))
    return code % TEXT_SIZE, 1.0 if code >> 31 else -1.0


def _grams(kind: str, word: str) -> list[str]:
    framed = f"<{word[:_LONGEST]}>"
    return [f"{kind}:{framed[at : at + size]}" for size in _PIECES for at in range(len(framed) - size + 1)]
