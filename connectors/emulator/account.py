"""Plays what Meta answers about an account: app, rights, numbers, subscriptions, counts, what became of messages."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.emulator.cloud import WABA, Wrong
from connectors.emulator.wire import Ask

_ANALYTICS = re.compile(
    r'analytics\.start\((\d+)\)\.end\((\d+)\)\.granularity\(HALF_HOUR\)\.phone_numbers\(\["(\d*)"\]\)'
    r"\.product_types\(\[(\d+)\]\)"
)
_HALF_HOUR = 1800
_INCOMING = 100
_RIGHTS = ("whatsapp_business_messaging", "whatsapp_business_management")
_APP = "670843887433847"


@dataclass(slots=True)
class Event:
    """What became of a message that was sent, and what of the webhook that told it (message_history)."""

    status: str
    at: int
    webhook: str = "DELIVERED"


@dataclass(slots=True)
class Account:
    """A business account as it stands, as a part of CloudApi; tests and demos change it as an admin at Meta would.

    `numbers` maps id to display form, `apps` are those subscribed to the account, `fields` those of the webhook with
    the address `hook`. `came_in` counts per number and half hour; None: this account has no such counts.
    """

    id: str = WABA
    app: str = _APP
    secret: str = "s3cret"
    numbers: dict[str, str] = field(default_factory=dict)
    rights: tuple[str, ...] = _RIGHTS
    apps: set[str] = field(default_factory=lambda: {_APP})
    hook: str = ""
    fields: tuple[str, ...] = ()
    came_in: dict[str, Counter[int]] | None = field(default_factory=dict)
    history: dict[str, list[Event]] | None = field(default_factory=dict)

    @property
    def app_token(self) -> str:
        """The token of the app itself, with which its subscriptions are read."""
        return f"{self.app}|{self.secret}"

    def heard(self, number: str, at: int) -> None:
        """Count a message that came in for a number at a second."""
        if self.came_in is not None:
            self.came_in.setdefault(number, Counter())[at // _HALF_HOUR * _HALF_HOUR] += 1

    def __call__(self, path: str, ask: Ask) -> dict[str, Any] | None:
        """Answer what is asked about the account; None for everything else. Raises Wrong."""
        if ask.method == "POST" and path == f"{self.id}/subscribed_apps":
            self.apps.add(self.app)
            return {"success": True}
        found = self._known(ask).get(path) if ask.method == "GET" else None
        return None if found is None else found()

    def _known(self, ask: Ask) -> dict[str, Callable[[], dict[str, Any]]]:
        known: dict[str, Callable[[], dict[str, Any]]] = {
            "app": lambda: {"id": self.app},
            "me/permissions": lambda: _page([{"permission": one, "status": "granted"} for one in self.rights]),
            self.id: lambda: self._analytics(ask.query.get("fields", "")),
            f"{self.id}/phone_numbers": self._numbers,
            f"{self.id}/subscribed_apps": self._apps,
            f"{self.app}/subscriptions": lambda: self._subscriptions(ask.token),
        }
        return known | {f"{number}/message_history": lambda: self._history(ask) for number in self.numbers}

    def _numbers(self) -> dict[str, Any]:
        rows = [{"id": number, "display_phone_number": shown} for number, shown in self.numbers.items()]
        return _page([row | {"quality_rating": "GREEN"} for row in rows])

    def _apps(self) -> dict[str, Any]:
        held = (
            {"id": app, "name": f"App {app[-2:]}", "link": "https://www.facebook.com/"} for app in sorted(self.apps)
        )
        return _page([{"whatsapp_business_api_data": one} for one in held])

    def _subscriptions(self, token: str) -> dict[str, Any]:
        if token != self.app_token:
            raise Wrong(15, "This method must be called with an app access_token.")
        fields = [{"name": name, "version": "v25.0"} for name in self.fields]
        one = {"object": "whatsapp_business_account", "callback_url": self.hook, "active": True, "fields": fields}
        return _page([one] if self.hook else [])

    def _analytics(self, asked: str) -> dict[str, Any]:
        match = _ANALYTICS.fullmatch(asked)
        if match is None or self.came_in is None:
            raise Wrong(100, "Tried accessing nonexisting field (analytics).")
        start, end, digits, product = int(match[1]), int(match[2]), match[3], int(match[4])
        numbers = [one for one, shown in self.numbers.items() if re.sub(r"\D", "", shown) == digits]
        points = [
            {"start": at, "end": at + _HALF_HOUR, "sent": count, "delivered": count}
            for number in numbers
            for at, count in sorted(self.came_in.get(number, Counter()).items())
            if start <= at < end and product == _INCOMING
        ]
        return {
            "analytics": {"phone_numbers": [digits], "granularity": "HALF_HOUR", "data_points": points},
            "id": self.id,
        }

    def _history(self, ask: Ask) -> dict[str, Any]:
        if self.history is None:
            raise Wrong(10, "Application does not have permission for this action.")
        wanted = ask.query.get("message_id", "")
        events = [
            {"delivery_status": one.status.upper(), "webhook_update_state": one.webhook, "timestamp": one.at}
            for one in self.history.get(wanted, [])
        ]
        return _page([{"id": f"h{len(wanted)}", "message_id": wanted, "events": {"data": events}}] if events else [])


def _page(items: list[Any]) -> dict[str, Any]:
    return {"data": items, "paging": {"cursors": {"before": "QVFIU", "after": "QVFIV"}}}
