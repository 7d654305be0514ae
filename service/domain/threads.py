"""Which conversation a message belongs to, and who the outside party is."""

from collections.abc import Iterable
from functools import lru_cache

from models.record import MessageRecord
from models.terms import Channel, Direction

# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_WHATSAPP, _EINGANG, _AUSGANG = Channel.WHATSAPP, Direction.EINGANG, Direction.AUSGANG


@lru_cache(maxsize=20_000)
def is_own(address: str, own_domains: frozenset[str]) -> bool:
    """Return whether an address belongs to the firm: its domain is an own domain or lies below one.

    Remembered by address: every message asks this several times of the same few thousand.
    """
    domain = address.rpartition("@")[2].lower()
    return any(domain == own or domain.endswith(f".{own}") for own in own_domains)


def _outside(addresses: Iterable[str], own_domains: frozenset[str]) -> str:
    return next((address for address in addresses if address and not is_own(address, own_domains)), "")


def peer(record: MessageRecord, own_domains: frozenset[str]) -> str:
    """Return the outside party: a mail address, a WhatsApp number or user id; "" for a mail inside the firm.

    A mail from a colleague to a customer that reaches a shared mailbox as a copy names the customer.
    """
    if record.channel is _WHATSAPP:
        number = record.sender if record.direction is _EINGANG else next(iter(record.to), "")
        return number or record.user_id
    recipients = (*record.to, *record.cc)
    if record.direction is _AUSGANG:
        return _outside(recipients, own_domains)
    return _outside((record.sender, *recipients), own_domains)


def thread_key(record: MessageRecord, own_domains: frozenset[str]) -> str:
    """Return the key of the conversation, unique within a channel.

    WhatsApp: own number and user, or own number and group: what somebody writes to a group is no talk with us alone.
    Mail: the thread that Graph or the headers name; else the Message-ID, so that one mail in several own mailboxes is
    one conversation (D12); else the mail stands alone.
    """
    if record.channel is _WHATSAPP:
        return f"{record.account}/{record.thread or peer(record, own_domains) or record.source_id}"
    return record.thread or record.internet_message_id or f"{record.account}/{record.source_id}"
