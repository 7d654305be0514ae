"""What a directory of mailboxes can tell beside mail: who is away, and which domains are the firm's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Away:
    """What a mailbox says of its automatic replies: from and until are UTC, None = now and until further notice."""

    enabled: bool
    from_at: datetime | None = None
    until_at: datetime | None = None


class Office(Protocol):
    """Both questions need rights that a firm may well withhold; None means that. All raise ConnectorError."""

    def away(self, address: str) -> Away | None:
        """Return what a mailbox says of its automatic replies."""

    def domains(self) -> tuple[str, ...] | None:
        """Return the verified mail domains of the firm."""
