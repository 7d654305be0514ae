"""One message on its way to Meta: what is sent stands here in memory alone, and how it went comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.cloud import Cloud
from connectors.errors import ConnectorError, Declined, Malformed, Uncertain
from connectors.whatsapp.decode import objects, text


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent: from our number (phone_number_id) to a number or, without one, a user id; `key` is our mark.

    Nothing of it shows itself by accident: a parcel that ends in a log or a trace says only whose it is.
    """

    account: str
    key: str
    number: str = field(repr=False)
    user_id: str = field(repr=False)
    words: str = field(repr=False, default="")
    template: str = ""
    language: str = ""
    values: Sequence[str] = field(repr=False, default=())

    def body(self) -> Mapping[str, Any]:
        """Return the order as the Cloud API wants it (POST /{phone_number_id}/messages)."""
        whom = {"to": self.number} if self.number else {"recipient": self.user_id}
        order = {"messaging_product": "whatsapp", "recipient_type": "individual", "biz_opaque_callback_data": self.key}
        if not self.template:
            return order | whom | {"type": "text", "text": {"body": self.words, "preview_url": False}}
        template: dict[str, Any] = {"name": self.template, "language": {"code": self.language}}
        if self.values:
            places = [{"type": "text", "text": value} for value in self.values]
            template["components"] = [{"type": "body", "parameters": places}]
        return order | whom | {"type": "template", "template": template}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went: taken (`source_id`), refused (`number`; None alone: not even reached), or nobody knows (`lost`).

    `wait` is how many seconds WhatsApp asks us to wait at least, 0 for none.
    """

    source_id: str = ""
    number: int | None = None
    lost: bool = False
    wait: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether WhatsApp has taken the message; that it arrived, only statuses say."""
        return bool(self.source_id)


def deliver(cloud: Cloud, parcel: Parcel) -> Outcome:
    """Send one parcel once; whatever goes wrong is an outcome."""
    try:
        answer = cloud.post(f"{parcel.account}/messages", parcel.body())
    except (Uncertain, Malformed):
        return Outcome(lost=True)
    except Declined as error:
        return Outcome(number=error.number, wait=error.retry_after)
    except ConnectorError:
        return Outcome()
    source_id = next(filter(None, (text(message.get("id")) for message in objects(answer.get("messages")))), None)
    # A success that names no message is no proof of anything: its status will tell.
    return Outcome(source_id=source_id) if source_id else Outcome(lost=True)
