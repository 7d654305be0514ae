"""How a sender looks in numbers: which domains of a mail are the same, how many marks it has, how names are built."""

import re

import numpy as np
from numpy.typing import NDArray

from classifier.book import is_free_mail
from classifier.flags import WORDS
from models.address import registrable
from models.record import HeaderFlags, MessageRecord

_NO_FLAGS = HeaderFlags()
_TOP = ("com", "net", "org", "de", "edu", "gov", "uk", "ie", "biz", "info", "ru", "cn", "kr", "jp", "tw")
_TOPS = {top: float(at) for at, top in enumerate(_TOP, 1)}
_TYPES = {"text/plain": 1.0, "text/html": 2.0, "multipart/alternative": 3.0, "multipart/mixed": 4.0}
_OFFICE = re.compile("outlook|microsoft", re.IGNORECASE)
_PERSONAL = re.compile("mozilla|mutt|pine|apple|kmail|evolution|gnus|eudora|thunderbird|iphone", re.IGNORECASE)
_NOT_DIGITS = re.compile("[^0-9]+")
_VOWELS = re.compile("[aeiouy]")

Measures = NDArray[np.float32]
COUNT = len(WORDS) + 15 + 11 + 13


def measures(record: MessageRecord, found: tuple[int, ...]) -> Measures:
    """Return COUNT numbers: the flags `found` of `flags.present` as 0 or 1, then sizes and relations."""
    row = np.zeros(COUNT, dtype=np.float32)
    row[list(found)] = 1.0
    flags = record.flags or _NO_FLAGS
    root = registrable(record.sender)
    row[len(WORDS) :] = (*_relations(flags, root), *_sizes(record, flags), *_names(record, root))
    return row


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
    return (
        len(flags.list_headers),
        len(flags.campaign_headers),
        min(flags.references, 5),
        record.recipients_total > 5,
        len(flags.dkim_domains),
        flags.in_reply_to,
        flags.reply_to_role != "",
        flags.return_path_null,
        _TYPES.get(flags.content_type, 0.0),
        _OFFICE.search(flags.mailer) is not None,
        _PERSONAL.search(flags.mailer) is not None,
    )


def _names(record: MessageRecord, root: str) -> tuple[float, ...]:
    local, _, domain = record.sender.rpartition("@")
    label, _, suffix = root.partition(".")
    name = record.sender_name
    return (
        len(label),
        label.count("-"),
        len(_NOT_DIGITS.sub("", label)),
        len(_VOWELS.findall(label)) / max(1, len(label)),
        domain.count("."),
        domain != root,
        _TOPS.get(suffix.rpartition(".")[2], 0.0),
        len(local),
        local.count("."),
        local.count("-") + local.count("_"),
        len(_NOT_DIGITS.sub("", local)),
        len(name),
        name.count(" "),
    )
