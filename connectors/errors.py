"""What can go wrong at the doors, sorted by what has to happen next.

    ConnectorError
    ├─ Unreachable     the worker tries again after `retry_after` seconds
    │  └─ Uncertain    the answer was lost: what was ordered may have happened, look before repeating
    ├─ Refused         tell the admin, pause the account
    │  ├─ Declined     the other side says by number why it does not carry out an order
    │  └─ SignInNeeded the application itself is not let in: it concerns all its mailboxes
    ├─ CursorExpired   read from the start
    └─ Malformed       leave the item out, count it

No text here ever quotes what the other side sent: error bodies may hold content.
"""

from models.errors import PostlotseError


class ConnectorError(PostlotseError):
    """Anything that a door reports on purpose."""

    code = "PL-2000"


class Unreachable(ConnectorError):
    """The other side does not answer, is overloaded or broken for now; `retry_after` in seconds."""

    code = "PL-2001"

    def __init__(self, text: str, retry_after: float = 30.0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Uncertain(Unreachable):
    """An order went out and its answer was lost; whoever repeats it looks first whether it was carried out."""

    code = "PL-2013"


# Refusals that a person can tell apart and act on; every other one is PL-2002, so also a proof that somebody who signs
# in cannot give: only SignInNeeded speaks of the application itself.
REFUSALS = {
    "mailbox": "PL-2006",
    "quota": "PL-2007",
    "missing": "PL-2008",
    "access": "PL-2009",
}


class Refused(ConnectorError):
    """The other side does not let us in; a person has to act. `why` is a short machine word ("token", "scope")."""

    code = "PL-2002"

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why
        self.code = REFUSALS.get(why, self.code)


class Declined(Refused):
    """The other side does not carry out an order; `number` says why in its own numbering (WhatsApp: error codes)."""

    code = "PL-2012"

    def __init__(self, text: str, number: int, retry_after: float = 0.0) -> None:
        super().__init__(text, "declined")
        self.number = number
        self.retry_after = retry_after


class SignInNeeded(Refused):
    """The sign-in server gives no token, or the other side takes none; `why` names the cause ("secret_expired")."""

    code = "PL-2005"


class TooWide(SignInNeeded):
    """The application has a right with which content could be read: nothing is read before it is given back."""

    code = "PL-2011"


class CursorExpired(ConnectorError):
    """The stored cursor is no longer valid: start a new full round."""

    code = "PL-2003"


class Malformed(ConnectorError):
    """One item cannot be read; the others can."""

    code = "PL-2004"
