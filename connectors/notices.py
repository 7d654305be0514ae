"""What a door that can be asked to call us looks like: subscriptions to changes of a mailbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

# Graph lets a subscription to messages live for 4,230 minutes; we ask for less and believe what it answers.
LIFE = timedelta(minutes=4200)


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription that we were given: its id there, and when it ends (UTC)."""

    id: str
    expires_at: datetime


class Notices(Protocol):
    """Subscriptions to changes of mailboxes. All methods raise ConnectorError."""

    def create(self, account: str, url: str, secret: str, until: datetime) -> Held:
        """Ask for calls of `url` about new and changed messages; each will carry `secret`."""

    def renew(self, account: str, subscription: str, until: datetime) -> Held:
        """Let a subscription live longer. Raises Refused ("missing") when it is not known any more."""

    def remove(self, account: str, subscription: str) -> None:
        """End a subscription; one that is gone already is no fault."""
