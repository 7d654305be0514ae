"""Names the sources that a service can read (a new connector is one line here), and the door to the directory."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Protocol

from connectors.base import Source
from connectors.cloud import Cloud, CloudSettings
from connectors.identity import Directory, DirectorySettings
from connectors.notices import Notices
from connectors.office import Office

# Name -> module with `open_source(settings)`. Loaded only when opened: a web process that reads no mailbox must not
# pay for the libraries of a connector (msgraph-sdk alone is 450 modules).
SOURCES: dict[str, str] = {
    "graph": "connectors.graph.source",
}

# Sources that can call us when something changes -> module with `open_notices(source)`.
NOTICES: dict[str, str] = {
    "graph": "connectors.graph.subscriptions",
}


# Sources beside which there is more to know about the firm -> module with `open_office(source)`.
OFFICES: dict[str, str] = {
    "graph": "connectors.graph.probe",
}


class Secret(Protocol):
    """A value that does not show itself by accident."""

    def get_secret_value(self) -> str:
        """Return the value."""


class Settings(Protocol):
    """What connectors need of the configuration."""

    @property
    def graph_base(self) -> str:
        """The address of Graph with its version."""

    @property
    def graph_authority(self) -> str:
        """The sign-in server of the cloud."""

    @property
    def graph_tenant(self) -> str:
        """The firm's directory."""

    @property
    def graph_client_id(self) -> str:
        """The app registration."""

    @property
    def graph_client_secret(self) -> Secret:
        """Its secret."""

    @property
    def graph_certificate(self) -> Path | None:
        """Its PEM file with key and certificate."""

    @property
    def graph_managed_identity(self) -> str:
        """A managed identity of the machine in their place: "system", or its client id."""

    @property
    def graph_allow_mail_read(self) -> bool:
        """Whether to go on with a right that opens texts of mails."""


def open_source(name: str, settings: Settings) -> Source:
    """Return the source of this name; raises KeyError for an unknown one and Refused for wrong settings."""
    opener: Callable[[Settings], Source] = import_module(SOURCES[name]).open_source
    return opener(settings)


def open_notices(name: str, source: Source) -> Notices:
    """Return what asks for notifications, over the connections of an open source. Raises KeyError and Refused."""
    opener: Callable[[Source], Notices] = import_module(NOTICES[name]).open_notices
    return opener(source)


def open_office(name: str, source: Source) -> Office:
    """Return what tells of absences and domains, over the connections of an open source. Raises KeyError, Refused."""
    opener: Callable[[Source], Office] = import_module(OFFICES[name]).open_office
    return opener(source)


def open_directory(settings: DirectorySettings) -> Directory:
    """Return the door to the firm's directory, loaded only where sign-in by it is set up. Raises Refused."""
    opener: Callable[[DirectorySettings], Directory] = import_module("connectors.oidc").open_directory
    return opener(settings)


def open_cloud(settings: CloudSettings) -> Cloud:
    """Return the door to the WhatsApp Cloud API, loaded only where it is used. Raises Refused for wrong settings."""
    opener: Callable[[CloudSettings], Cloud] = import_module("connectors.whatsapp.client").open_client
    return opener(settings)
