"""What the WhatsApp Cloud API looks like from inside the house: questions and orders, answers as plain objects."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class _Secret(Protocol):
    """A value that does not show itself by accident."""

    def get_secret_value(self) -> str:
        """Return the value."""


class CloudSettings(Protocol):
    """What the door to the Cloud API needs of the configuration."""

    @property
    def whatsapp_base(self) -> str:
        """The address of the Graph API without its version."""

    @property
    def whatsapp_version(self) -> str:
        """The version of the Graph API ("v25.0")."""

    @property
    def whatsapp_token(self) -> _Secret:
        """The access token of the system user."""


class Cloud(Protocol):
    """The Cloud API. Paths are ids joined by "/", without version and host. All methods raise ConnectorError.

    What comes back may hold more than was asked for; who asks takes the fields that he named and nothing else.
    """

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Ask for an object."""

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Ask for a list and yield its objects, page after page."""

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give an order. Raises Uncertain when the answer was lost: it may have been carried out."""

    def delete(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Have an object deleted."""
