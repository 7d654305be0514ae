"""What became of a message that we sent, from the first times of its statuses, in whatever order they came."""

from collections.abc import Mapping
from datetime import datetime

# The order in which a message moves on; words that are not here are kept and say nothing about it.
RANKS = {"sent": 1, "delivered": 2, "read": 3, "played": 4}
FAILED = "failed"
# What only a phone can say: after it, an earlier failure was none. That our server sent it is no proof.
_PROOF = frozenset({"delivered", "read", "played"})


def present(first: Mapping[str, datetime]) -> str:
    """Return the present status of a message: the furthest it came; "" for none that is known.

    `first` holds for each status when it was first reported (by Meta's clock). A failure is final unless the phone
    reported the message later than that.
    """
    reached = max((status for status in first if status in RANKS), key=RANKS.__getitem__, default="")
    failed_at = first.get(FAILED)
    if failed_at is None:
        return reached
    refuted = any(at > failed_at for status, at in first.items() if status in _PROOF)
    return reached if refuted else FAILED
