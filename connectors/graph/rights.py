"""What an access token says the application may do, and which of that is more than reading metadata needs.

Rights given in Exchange (RBAC for Applications) do not stand in the token; what stands there came from Entra and holds
for every mailbox of the firm.
"""

import base64
import json

from connectors.errors import TooWide

# Application roles with which texts, attachments or whole mailboxes can be read or changed.
CONTENT = frozenset(
    {
        "Mail.Read",
        "Mail.ReadWrite",
        "MailboxItem.Read.All",
        "MailboxItem.ImportExport.All",
        "full_access_as_app",
    }
)
# These give no text, but every mailbox: the limit in Exchange means nothing beside them.
UNLIMITED = frozenset({"Mail.ReadBasic", "Mail.ReadBasic.All"})


def roles_of(token: str) -> frozenset[str]:
    """Return the application roles in a token of ours; none for one that is no JWT. Nothing is verified here."""
    parts = token.split(".")
    try:
        packed = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(packed))
        found = claims.get("roles", [])
    except (IndexError, ValueError, AttributeError):
        return frozenset()
    return frozenset(role for role in found if isinstance(role, str)) if isinstance(found, list) else frozenset()


def check(token: str) -> None:
    """Raise TooWide when the token would open texts of mails."""
    wide = sorted(roles_of(token) & CONTENT)
    if wide:
        raise TooWide(
            f"Das Recht {', '.join(wide)} öffnet Texte von Mails; so liest Postlotse nicht. In Entra entfernen; es "
            "genügt „Application Mail.ReadBasic“ aus Exchange.",
            "rights",
        )
