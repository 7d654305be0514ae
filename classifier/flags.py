"""What holds of a sender, yes or no: marks of bulk mail, relations between domains, kinds of names; each in words."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress

from classifier.book import is_free_mail
from models.address import registrable
from models.record import HeaderFlags, MessageRecord

LONGEST = 60

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
_CAMPAIGN = re.compile(r"campaign|complaints|maillist|x-mid|roving|sg-e?id|mc-user|msys|csa|hs-cid|abuse|x-job|ses-out")
_DIGIT = re.compile("[0-9]")
_LOUD = re.compile(r"[!$%&*]")

# The place of the first flag: headers are not known.
UNKNOWN = 0
# How a person reads each flag, in the order of `present`; "" where it explains nothing.
WORDS: tuple[str, ...] = (
    "",
    # _bulk
    "Listen-Kopfzeile vorhanden",
    "Abmelde-Kopfzeile vorhanden",
    "Abmelden mit einem Klick möglich",
    "Mailingliste mit Beiträgen",
    "als Massensendung gekennzeichnet",
    "Kampagnen-Kennung vorhanden",
    "Kopfzeilen eines Massenversands",
    "Versanddienst erkennbar",
    "Programm einer Mailingliste",
    "",
    "",
    "",
    # _origin
    "Rücksendepfad gehört zu anderer Domain",
    "Versender-Zeile nennt andere Domain",
    "Antworten gehen an andere Domain",
    "Nachrichten-Kennung von anderer Domain",
    "",
    "",
    "Liste des Absenders selbst",
    # _form
    "",
    "",
    "reine HTML-Nachricht",
    "",
    "",
    "",
    # _name
    "kein Anzeigename",
    "langer Anzeigename",
    "Anzeigename klein geschrieben",
    "Sonderzeichen im Anzeigenamen",
    "",
    "",
    "Adresse im Anzeigenamen",
    # present
    "viele Empfänger",
    "Ziffern im Postfachnamen",
    "Absender nutzt ein Freemail-Postfach",
    "Absender ohne gültige Domain",
    # _ROLE_ROWS
    "Postfach nimmt keine Antworten an",
    "Postfachname deutet auf Rundschreiben",
    "Postfachname deutet auf Angebote",
    "Postfachname deutet auf Buchhaltung oder Auftrag",
    "Postfach einer Stelle, keiner Person",
    "allgemeines Postfach",
    "",
)
# What else can be said of a flag, where no stronger one speaks for a class; every flag has its words here or above.
FAINT: dict[int, str] = {
    UNKNOWN: "Kopfzeilen nicht bekannt",
    10: "Fehlermeldungen gehen an eine eigene Adresse",
    11: "Liste ohne Versender-Zeile",
    12: "Antwort auf eine frühere Nachricht",
    17: "ohne Nachrichten-Kennung",
    18: "ohne Rücksendepfad",
    20: "Mailprogramm angegeben",
    21: "Nachricht als Text und HTML",
    23: "Nachricht aus mehreren Teilen",
    24: "reine Textnachricht",
    25: "Form der Nachricht nicht angegeben",
    30: "Komma im Anzeigenamen",
    31: "besondere Buchstaben im Anzeigenamen",
    43: "Postfachname nennt keine Stelle",
}
_KINDS = (*(name for name, _ in _ROLES), "")
_ROLE_ROWS = {kind: tuple(kind == other for other in _KINDS) for kind in _KINDS}
_NO_FLAGS = HeaderFlags()
_PLACES = range(len(WORDS))


@lru_cache(maxsize=20_000)
def role(local: str) -> str:
    """Return the kind of box that a local part names ("noreply", "news", ...); "" for a person's."""
    found = _ROLE.search(local[:LONGEST].lower())
    return (found.lastgroup or "") if found else ""


@lru_cache(maxsize=20_000)
def shape(name: str) -> str:
    """Return the shape of a name, so that nobody's name enters a model: "Anna Muster-Maier 2" is "Aa Aa-Aa 0"."""
    kinds: list[str] = []
    for c in name[:LONGEST]:
        kind = "A" if c.isupper() else "a" if c.isalpha() else "0" if c.isdigit() else c if c < "\x7f" else "~"
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds)


def box(local: str) -> str:
    """Return a local part as the model sees it: words of a role as they are, anything else as its shape."""
    return local if role(local) else shape(local)


def posted(record: MessageRecord) -> bool:
    """Return whether somebody else's mailing list sent a mail on."""
    flags = record.flags or _NO_FLAGS
    passed_on = registrable(flags.sender_domain) or registrable(flags.return_path_domain)
    return flags.list_id != "" and passed_on not in ("", registrable(record.sender))


def present(record: MessageRecord) -> tuple[int, ...]:
    """Return the numbers of the flags that hold for a record, as places in WORDS."""
    flags = record.flags or _NO_FLAGS
    local = record.sender.partition("@")[0]
    root = registrable(record.sender)
    held = (
        record.flags is None,
        *_bulk(flags),
        *_origin(flags, root),
        *_form(flags),
        *_name(record.sender_name),
        record.recipients_total > 5,
        _DIGIT.search(local),
        is_free_mail(root),
        not root,
        *_ROLE_ROWS[role(local)],
    )
    return tuple(compress(_PLACES, held))


def _bulk(flags: HeaderFlags) -> Sequence[object]:
    campaign = flags.campaign_headers
    return (
        flags.list_id,
        flags.list_unsubscribe,
        flags.list_unsubscribe_post,
        "list-post" in flags.list_headers,
        flags.precedence in _BULK,
        flags.feedback_id,
        campaign and _CAMPAIGN.search(" ".join(campaign)),
        flags.mailing_services,
        "x-beenthere" in campaign,
        "errors-to" in campaign,
        flags.list_id and not flags.sender_domain,
        flags.in_reply_to or flags.references > 0,
    )


def _origin(flags: HeaderFlags, root: str) -> Sequence[object]:
    path, sender, reply = flags.return_path_domain, flags.sender_domain, flags.reply_to_domain
    made_at = flags.message_id_domain
    return (
        path and registrable(path) != root,
        sender and registrable(sender) != root,
        reply and registrable(reply) != root,
        made_at and registrable(made_at) != root,
        not made_at,
        not path,
        root and flags.list_id.rstrip(">").endswith(root),
    )


def _form(flags: HeaderFlags) -> Sequence[object]:
    kind = flags.content_type
    return (
        flags.mailer,
        kind == "multipart/alternative",
        kind == "text/html",
        kind == "multipart/mixed",
        kind == "text/plain",
        not kind,
    )


def _name(name: str) -> Sequence[object]:
    return (
        not name,
        name.count(" ") > 2,
        name.islower(),
        _LOUD.search(name),
        "," in name,
        "~" in shape(name),
        "@" in name,
    )
