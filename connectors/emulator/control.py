"""Lets another process steer the emulator over HTTP: changes to mailboxes, faults by chance, lifecycle events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.emulator.faults import Schedule
from connectors.emulator.mailboxes import Mailboxes
from connectors.emulator.subscriptions import Subscriptions
from connectors.emulator.wire import Failed

PATH = "/_emulator"
# What may be done to mailboxes from outside: each takes texts alone.
_DEEDS = (
    "toggle", "touch", "move", "delete", "expire", "open", "make_folder", "move_folder", "rename_folder", "drop_folder",
)  # fmt: skip
_STATES = frozenset({"", "outside", "unlicensed"})


@dataclass(slots=True)
class Control:
    """The handles of one emulator. `use` is called with each new schedule of faults."""

    mailboxes: Mailboxes
    subscriptions: Subscriptions
    use: Callable[[Schedule], None]
    count: Callable[[], int]
    schedule: Schedule = field(default_factory=lambda: Schedule(0))

    def look(self) -> dict[str, Any]:
        """Return what the emulator counted."""
        return {
            "requests": self.count(),
            "faults": dict(self.schedule.told),
            "subscriptions": sorted(self.subscriptions.known),
            "delivered": self.subscriptions.delivered,
            "refused": self.subscriptions.refused,
        }

    def do(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what an order says and return what `look` says after it. Raises Failed (400) for an unknown one.

        {"do": "move", "with": ["info@firma.example", "k1", "inbox", "archive"]} calls that method of Mailboxes;
        {"do": "state", "with": [mailbox, "outside"]}, {"do": "full", "with": [mailbox, true]};
        {"do": "faults", "with": {"seed": 1, "rate": 0.3, "dying": 0.1, "unruly": 0.2}};
        {"do": "lifecycle", "with": [subscription, event]}.
        """
        deed, held = order.get("do"), order.get("with")
        try:
            self._do(str(deed), held)
        except (KeyError, TypeError, ValueError):
            raise Failed(400, "BadRequest", "The order cannot be carried out.") from None
        return self.look()

    def _do(self, deed: str, held: Any) -> None:
        if deed in _DEEDS:
            getattr(self.mailboxes, deed)(*map(str, held))
        elif deed == "state" and held[1] in _STATES:
            self.mailboxes.box(held[0]).state = held[1]
        elif deed == "full":
            self.mailboxes.box(held[0]).full = bool(held[1])
        elif deed == "faults":
            self.schedule = Schedule(**held)
            self.use(self.schedule)
        elif deed == "lifecycle":
            self.subscriptions.lifecycle(*held)
        else:
            raise KeyError(deed)
