"""Whether a webhook body was signed by Meta with one of our app secrets."""

import hmac
import re
from collections.abc import Sequence

# Meta sends lower case hex (documentation: "Validate Payloads"); upper case is accepted because the digest is the same.
_HEADER = re.compile(rb"sha256=([0-9a-fA-F]{64})")


def check(raw: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """Say whether X-Hub-Signature-256 `header` fits the raw body under one of `secrets` (several while rotating).

    Compares bytes in constant time, every secret each time. Without a secret, without a header, or with anything but
    "sha256=" and 64 hex digits the answer is False (source: Meta, webhooks, "Validating payloads").
    """
    found = _HEADER.fullmatch((header or "").encode("utf-8", "surrogateescape"))
    if found is None:
        return False
    given = found.group(1).lower()
    good = False
    for secret in secrets:
        if secret:
            wanted = hmac.digest(secret.encode(), raw, "sha256").hex().encode()
            good |= hmac.compare_digest(wanted, given)
    return good
