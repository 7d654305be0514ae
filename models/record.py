"""The one shape in which a message crosses the door: its fields are the complete list of what leaves a mailbox.

`docs/dev/record.md` names the source of every field in Graph, in a header file and in a WhatsApp webhook. Later
issues may add optional fields; nothing here ever holds a subject, a text, a preview, a caption or a file name.
"""

from dataclasses import dataclass, field, fields, make_dataclass
from datetime import datetime
from typing import TypeVar, cast

from models.terms import Channel, Direction

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderFlags:
    """What the header block says about the way a mail was sent; never free text. Empty or False means absent.

    `auth_*` are the results of our own boundary only (the topmost Authentication-Results), lower case ("pass",
    "fail", "none", "" for no result). Domains are registrable domains in A-label form.
    """

    list_id: str = ""
    list_unsubscribe: bool = False
    list_unsubscribe_post: bool = False
    list_headers: tuple[str, ...] = ()
    campaign_headers: tuple[str, ...] = ()
    precedence: str = ""
    auto_submitted: str = ""
    auto_response_suppress: str = ""
    feedback_id: bool = False
    content_type: str = ""
    return_path_domain: str = ""
    return_path_null: bool = False
    sender_domain: str = ""
    reply_to_domain: str = ""
    reply_to_role: str = ""
    message_id_domain: str = ""
    dkim_domains: tuple[str, ...] = ()
    mailing_services: tuple[str, ...] = ()
    auth_spf: str = ""
    auth_dkim: str = ""
    auth_dmarc: str = ""
    compauth: str = ""
    auth_internal: bool = False
    mailer: str = ""
    in_reply_to: bool = False
    references: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """Metadata of one message of one account (a mailbox, or a WhatsApp number).

    Instants are aware and in UTC. Addresses are bare and lower case, numbers are digits as WhatsApp gives them
    (`wa_id`, no "+"). `source_id` is the immutable id at Graph, the wamid at WhatsApp, or a hash of position and
    headers for a file; with `account` it names the message for good.
    """

    channel: Channel
    account: str
    source_id: str
    direction: Direction
    received_at: datetime
    sent_at: datetime | None = None
    thread: str = ""
    internet_message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    submitter: str = ""
    user_id: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    recipients_total: int = 0
    folder: str = ""
    kind: str = ""
    context_id: str = ""
    is_read: bool | None = None
    is_draft: bool = False
    has_attachments: bool | None = None
    important: bool = False
    automated: bool = False
    opens_clock: bool = True
    time_is_guessed: bool = False
    flags: HeaderFlags | None = field(default=None)


def quickly(kind: type[Made]) -> type[Made]:
    """Return what makes instances of a frozen dataclass with slots, as the class itself does, in a third of the time.

    A frozen class sets each of its fields through `object.__setattr__`; for thirty fields that costs more than reading
    what stands in them. Here an open twin is filled, slot by slot, and closed: it becomes an instance of the class.
    """

    def close(self: object) -> None:
        self.__class__ = kind

    told = [
        (each.name, each.type, field(default=each.default, default_factory=each.default_factory, kw_only=each.kw_only))
        for each in fields(kind)  # type: ignore[arg-type]  # no type says "a dataclass"
    ]
    filled = make_dataclass("filled", told, eq=False, repr=False, namespace={"__post_init__": close})
    # Setting and deleting together, or Python would take the slow way to either.
    opened = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    own = {"__slots__": (), "__init__": vars(filled)["__init__"], "__post_init__": close, **opened}
    return cast("type[Made]", type(kind.__name__, (kind,), own))
