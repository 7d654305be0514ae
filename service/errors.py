"""What can go wrong inside, sorted by what has to happen next.

ServiceError
├─ ConfigInvalid   do not start
├─ NotFound        404
├─ NotSignedIn     401, or the sign-in page
├─ NotAllowed      403
│  └─ NoRole       403, the directory vouches for a person to whom nobody gave a role
├─ Conflict        409, the page says what a colleague did meanwhile
├─ Invalid         422 with the fields
│  └─ Unsendable   422, a message cannot go out now; the text says why and what instead
└─ Unavailable     503, the database cannot be reached or is locked; try again
   └─ Replaced     503, its file was deleted or exchanged under us; a person has to put it right
"""

from collections.abc import Mapping

from models.errors import PostlotseError


class ServiceError(PostlotseError):
    """Anything that the service refuses on purpose."""

    code = "PL-1000"


class ConfigInvalid(ServiceError):
    """The configuration has problems; all of them at once, each with what to do."""

    code = "PL-1001"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotFound(ServiceError):
    """There is no such thing, or none that this person may see: the same answer for both."""

    code = "PL-1004"


class NotSignedIn(ServiceError):
    """Nobody is signed in, or the session has ended."""

    code = "PL-1002"


class TokenRefused(NotSignedIn):
    """The bearer token of this call does not hold: unknown, revoked, expired or not made for us (RFC 6750)."""


class NotAllowed(ServiceError):
    """This person may not do this."""

    code = "PL-1003"


class ScopeLacking(NotAllowed):
    """The bearer token holds, but is for something else; `scope` is what it would need (RFC 6750)."""

    def __init__(self, text: str, scope: str) -> None:
        super().__init__(text)
        self.scope = scope


class NoRole(NotAllowed):
    """The directory knows this person, but nobody has said what the person may do here."""

    code = "PL-1005"


class Conflict(ServiceError):
    """Somebody was faster; `text` says in German what is true now."""

    code = "PL-1009"


class Invalid(ServiceError):
    """The input cannot be taken; `fields` maps each field to a German sentence."""

    code = "PL-1022"

    def __init__(self, text: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.fields = dict(fields or {})


class Unsendable(Invalid):
    """A message cannot be sent now; the text says in German why and what the person does instead."""

    code = "PL-1023"


class Unavailable(ServiceError):
    """The database is missing, locked or full; nothing was stored, trying again is safe."""

    code = "PL-1053"


class Damaged(Unavailable):
    """The file is no database or broken inside; only a copy brings it back."""


class Replaced(Unavailable):
    """The file of the database was deleted or exchanged under the running service; what would be written is lost."""

    code = "PL-1056"


class Rejected(ServiceError):
    """The database does not take one of the values; nothing of this transaction was stored."""

    code = "PL-1054"


class Collision(Rejected):
    """Somebody stored the same thing at the same moment, or a rule of the database forbids the row; nothing is lost."""

    code = "PL-1055"
