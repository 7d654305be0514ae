"""What Meta says of the account: our app, its rights, its numbers, what is subscribed, what came in per half hour.

Only the named fields are asked for and taken; texts of templates, names and pictures of the account never come along.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.cloud import Cloud
from connectors.errors import Malformed

HALF_HOUR = timedelta(minutes=30)
# Product type of what people sent to us (messaging analytics); 0 and 2 are what we sent.
_INCOMING = 100
_OBJECT = "whatsapp_business_account"
_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account: its id, its digits as analytics want them, and Meta's rating (GREEN, YELLOW, RED)."""

    id: str
    digits: str
    quality: str


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Meta calls for this app, and for which fields; the address is "" when nothing is entered there."""

    address: str
    active: bool
    fields: frozenset[str]


def app(cloud: Cloud) -> str:
    """Return the id of the app that the token belongs to. Raises ConnectorError."""
    return _text(cloud.get("app", {"fields": "id"}).get("id"))


def rights(cloud: Cloud) -> frozenset[str]:
    """Return the permissions that the token has ("whatsapp_business_messaging"). Raises ConnectorError."""
    found = cloud.pages("me/permissions")
    return frozenset(_text(one.get("permission")) for one in found if one.get("status") == "granted")


def numbers(cloud: Cloud, account: str) -> tuple[Number, ...]:
    """Return the numbers of a business account. Raises ConnectorError."""
    asked = {"fields": "id,display_phone_number,quality_rating", "limit": "100"}
    return tuple(
        Number(_text(one.get("id")), _DIGITS.sub("", str(one.get("display_phone_number") or "")), _quality(one))
        for one in cloud.pages(f"{account}/phone_numbers", asked)
    )


def subscribed(cloud: Cloud, account: str) -> frozenset[str]:
    """Return the ids of the apps that get what concerns a business account. Raises ConnectorError."""
    found = cloud.pages(f"{account}/subscribed_apps")
    held = (one.get("whatsapp_business_api_data") for one in found)
    return frozenset(_text(data.get("id")) for data in held if isinstance(data, dict)) - {""}


def hook(cloud: Cloud, app_id: str) -> Hook:
    """Return what the app is subscribed to; needs a door with the token of the app itself. Raises ConnectorError."""
    for one in cloud.pages(f"{app_id}/subscriptions"):
        if one.get("object") == _OBJECT:
            listed = one.get("fields")
            # Older versions list words, newer ones objects with the version that each field is delivered in.
            held = listed if isinstance(listed, list) else []
            names = (part.get("name") if isinstance(part, dict) else part for part in held)
            return Hook(_text(one.get("callback_url")), one.get("active") is not False, frozenset(map(_text, names)))
    return Hook("", active=False, fields=frozenset())


def incoming(cloud: Cloud, account: str, digits: str, span: tuple[datetime, datetime]) -> dict[int, int]:
    """Return how many messages came in per half hour of `span`, by its first second (unix); missing ones are 0.

    Source: Cloud API, analytics: `GET /{account}?fields=analytics...`, product type 100. The counts are approximate.
    Raises ConnectorError.
    """
    start, end = (int(at.timestamp()) for at in span)
    field = f'analytics.start({start}).end({end}).granularity(HALF_HOUR).phone_numbers(["{digits}"])'
    answer = cloud.get(account, {"fields": f"{field}.product_types([{_INCOMING}])"})
    held = answer.get("analytics")
    points = held.get("data_points", []) if isinstance(held, dict) else []
    if not isinstance(points, list):
        raise Malformed("WhatsApp nennt keine Zahlen.")
    return _counts(points)


def _counts(points: Sequence[Any]) -> dict[int, int]:
    found: dict[int, int] = {}
    for point in points:
        if isinstance(point, dict) and type(point.get("start")) is int:
            # What came in stands under "sent" (by people) and "delivered" (to us); either may be missing.
            told = [point.get(word) for word in ("sent", "delivered")]
            number = max((one for one in told if type(one) is int and one >= 0), default=0)
            found[point["start"]] = found.get(point["start"], 0) + number
    return found


def _quality(one: dict[str, Any]) -> str:
    told = _text(one.get("quality_rating"))
    return told if told.isalpha() and len(told) < 20 else ""


def _text(value: object) -> str:
    return value[:300] if isinstance(value, str) else ""
