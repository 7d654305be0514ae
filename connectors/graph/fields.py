"""Names what is asked of Microsoft Graph: the complete $select of a message, and what is preferred of each answer."""

# Everything that a MessageRecord is made of, and nothing else. Subject, preview, body and web link are never asked for.
SELECT: tuple[str, ...] = (
    "id",
    "internetMessageId",
    "conversationId",
    "conversationIndex",
    "from",
    "sender",
    "toRecipients",
    "ccRecipients",
    "replyTo",
    "receivedDateTime",
    "sentDateTime",
    "isRead",
    "isDraft",
    "parentFolderId",
    "hasAttachments",
    "importance",
)

# Header lines make a message 4.5 times bigger and are missing on sent items: asked for in inbound folders only.
SELECT_WITH_HEADERS: tuple[str, ...] = (*SELECT, "internetMessageHeaders")

# A delta link remembers the $select of its first request: a chain read with an older version starts a new round.
SELECT_VERSION = 1

SELECT_FOLDER: tuple[str, ...] = ("id", "parentFolderId")

PAGE_SIZE = 500

# Both are per request: without the first on every single one, ids change when a mail is moved.
PREFER = f'IdType="ImmutableId", odata.maxpagesize={PAGE_SIZE}'

# Well-known names are the same in every language; the display names beside them are localised.
INBOX = "inbox"
SENT = "sentitems"
ARCHIVE = "archive"
READ = (INBOX, SENT, ARCHIVE)

# Never read, with everything below them, and looked up all the same: what went there is as good as gone. Every other
# folder outside inbox, archive and sent items (outbox, conversation history, sync issues) is not read anyway.
LEFT_OUT = ("deleteditems", "junkemail", "drafts", "recoverableitemsdeletions")


def select_for(kind: str) -> tuple[str, ...]:
    """Return what to ask for in a folder of this kind ("inbox", "sentitems", "archive")."""
    return SELECT if kind == SENT else SELECT_WITH_HEADERS
