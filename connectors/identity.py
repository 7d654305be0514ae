"""What a firm's directory tells us about a person who signs in, and what a door to a directory can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the directory vouches for; (issuer, subject) is the key, never an address, which can change hands.

    `roles` are the values of the role claim as they came; `name` is for people to read and proves nothing.
    """

    issuer: str
    subject: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token proves: (issuer, subject) is who calls through the program `client`.

    `member` says that a person stands behind the call; otherwise it is a program with the application `roles`.
    """

    issuer: str
    subject: str
    client: str
    member: bool
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The secrets of one sign-in under way: they go with the browser and have to come back."""

    state: str
    nonce: str
    verifier: str


class _Secret(Protocol):
    """A value that does not show itself by accident."""

    def get_secret_value(self) -> str:
        """Return the value."""


class AccessSettings(Protocol):
    """What the check of an access token needs of the configuration."""

    @property
    def oidc_client_id(self) -> str:
        """Our registration for the sign-in."""

    @property
    def oidc_tenants(self) -> str:
        """Tenants whose tokens count, comma separated; empty = the issuer alone decides."""

    @property
    def oidc_api_audience(self) -> str:
        """For whom access tokens must be made; empty = none is taken."""

    @property
    def oidc_api_clients(self) -> str:
        """The programs that may call, comma separated; empty = our registration for the sign-in alone."""

    @property
    def oidc_api_scope(self) -> str:
        """The scope by which a person lets a program act in the own name."""


class DirectorySettings(AccessSettings, Protocol):
    """What the door to a directory needs of the configuration."""

    @property
    def oidc_issuer(self) -> str:
        """The directory's issuer."""

    @property
    def oidc_client_id(self) -> str:
        """Our registration there."""

    @property
    def oidc_client_secret(self) -> _Secret:
        """Its secret; may be empty for a public client."""

    @property
    def oidc_tenants(self) -> str:
        """Tenants whose people may come in, comma separated; empty = the issuer alone decides."""

    @property
    def oidc_role_claim(self) -> str:
        """The claim that holds the roles."""

    @property
    def sign_in_url(self) -> str:
        """Where the directory sends browsers back to."""


class Directory(Protocol):
    """A door to a directory (OpenID Connect). Every method raises Unreachable when it does not answer."""

    def begin(self, now: datetime) -> tuple[str, Attempt]:
        """Return the address to send the browser to, and what has to come back. Raises Refused (wrong settings)."""

    def finish(self, answer: Mapping[str, str], attempt: Attempt, now: datetime) -> Identity:
        """Return who came back with `answer` (the query of the redirect). Raises Refused for everything unproven."""

    def farewell(self, back: str, now: datetime) -> str:
        """Return where a browser signs out of the directory, too, and comes `back` from; "" where it cannot."""

    def access(self, token: str, now: datetime) -> Access:
        """Return whom an access token stands for. Raises Refused; `why` "scope" for a genuine one without our scope."""

    def examine(self, now: datetime) -> tuple[str, ...]:
        """Return what was found good, one German sentence each. Raises Refused for the first thing that is wrong."""
