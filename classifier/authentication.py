"""Whether a mail really comes from the domain in its From line, as far as our own boundary could tell."""

from enum import Enum

from models.address import registrable
from models.record import HeaderFlags

# Microsoft writes "bestguesspass" when the domain publishes no policy but would have passed one.
_DMARC_GOOD = frozenset({"pass", "bestguesspass"})
# A broken policy proves nothing and is what forgers of badly kept domains meet most (7,910 mails: 11.8 %).
_DMARC_BAD = frozenset({"fail", "permerror"})


class Proof(Enum):
    """How far the From domain is proven.

    PASSED: our boundary says so. FAILED: it says the opposite. UNPROVEN: it looked and found nothing that speaks for
    the domain. WEAK: Microsoft let it pass by its own estimate alone (compauth pass by reason 1xx: no policy, a known
    sender), without DMARC, DKIM or SPF of this domain. ABSENT: the headers are known, but no result stands in them
    (mail from before the boundary, an old archive). UNSEEN: no headers are known at all, for instance because the
    permission does not give them.
    """

    PASSED = "passed"
    FAILED = "failed"
    UNPROVEN = "unproven"
    WEAK = "weak"
    ABSENT = "absent"
    UNSEEN = "unseen"


def proof(flags: HeaderFlags | None, domain: str, own: bool = False) -> Proof:
    """Return how far `flags` prove that the mail comes from `domain` (organisational alignment, RFC 7489 section 3.1).

    A failed composite result of Microsoft's stands above the single ones, DMARC above DKIM and SPF. A DKIM pass counts
    only when every signature is of this domain, because the record does not say which of several signatures passed.
    For a domain of our `own` the server's word that a colleague was signed in is enough
    (X-MS-Exchange-Organization-AuthAs: Internal; Exchange removes it from mail of others).
    """
    if flags is None:
        return Proof.UNSEEN
    if own and flags.auth_internal:
        return Proof.PASSED
    if flags.compauth == "fail" or (flags.auth_dmarc in _DMARC_BAD and flags.compauth != "pass"):
        return Proof.FAILED
    if flags.auth_dmarc in _DMARC_GOOD or _aligned(flags, registrable(domain)):
        return Proof.PASSED
    if flags.compauth == "pass":
        return Proof.WEAK
    if any((flags.auth_spf, flags.auth_dkim, flags.auth_dmarc, flags.compauth)):
        return Proof.UNPROVEN
    return Proof.ABSENT


def _aligned(flags: HeaderFlags, root: str) -> bool:
    if not root:
        return False
    by_key = flags.auth_dkim == "pass" and {registrable(each) for each in flags.dkim_domains} == {root}
    by_path = flags.auth_spf == "pass" and registrable(flags.return_path_domain) == root
    return by_key or by_path
