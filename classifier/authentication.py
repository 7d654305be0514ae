"""Whether a mail really comes from the domain in its From line, as far as our own boundary could tell."""

from enum import Enum

from models.address import registrable
from models.record import HeaderFlags

# Microsoft writes "bestguesspass" when the domain publishes no policy but would have passed one.
_DMARC_GOOD = frozenset({"pass", "bestguesspass"})


class Proof(Enum):
    """How far the From domain is proven.

    PASSED: our boundary says so. FAILED: it says the opposite. UNPROVEN: it looked and found nothing that speaks for
    the domain. ABSENT: the headers are known, but no result stands in them (mail from before the boundary, an old
    archive). UNSEEN: no headers are known at all, for instance because the permission does not give them.
    """

    PASSED = "passed"
    FAILED = "failed"
    UNPROVEN = "unproven"
    ABSENT = "absent"
    UNSEEN = "unseen"


def proof(flags: HeaderFlags | None, domain: str, own: bool = False) -> Proof:
    """Return how far `flags` prove that the mail comes from `domain` (organisational alignment, RFC 7489 section 3.1).

    Microsoft's composite result stands above the single ones, DMARC above DKIM and SPF. A DKIM pass counts only when
    every signature is of this domain, because the record does not say which of several signatures passed. For a
    domain of our `own` the server's word that a colleague was signed in is enough
    (X-MS-Exchange-Organization-AuthAs: Internal; Exchange removes it from mail of others).
    """
    if flags is None:
        return Proof.UNSEEN
    if own and flags.auth_internal:
        return Proof.PASSED
    if flags.compauth in ("pass", "fail"):
        return Proof.PASSED if flags.compauth == "pass" else Proof.FAILED
    if flags.auth_dmarc == "fail":
        return Proof.FAILED
    if flags.auth_dmarc in _DMARC_GOOD or _aligned(flags, registrable(domain)):
        return Proof.PASSED
    if any((flags.auth_spf, flags.auth_dkim, flags.auth_dmarc, flags.compauth)):
        return Proof.UNPROVEN
    return Proof.ABSENT


def _aligned(flags: HeaderFlags, root: str) -> bool:
    if not root:
        return False
    by_key = flags.auth_dkim == "pass" and {registrable(each) for each in flags.dkim_domains} == {root}
    by_path = flags.auth_spf == "pass" and registrable(flags.return_path_domain) == root
    return by_key or by_path
