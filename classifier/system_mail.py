"""Whether a machine wrote by itself: bounces, automatic replies, notices of delivery."""

from models.record import MessageRecord

# RFC 2142 names the postmaster's box, RFC 5321 4.5.5 the null return path, RFC 3834 section 5 Auto-Submitted.
_ROBOTS = frozenset({"mailer-daemon", "postmaster"})


def is_system(record: MessageRecord) -> bool:
    """Return whether the mail is a bounce or an automatic reply; says nothing about what its sender is."""
    if record.automated or record.sender.partition("@")[0].lower() in _ROBOTS:
        return True
    flags = record.flags
    if flags is None:
        return False
    # "None" says that nothing is to be suppressed (MS-OXCMAIL 2.2.3.2.14).
    suppressed = flags.auto_response_suppress.strip().lower() not in ("", "none")
    answered_by_machine = suppressed or flags.auto_submitted.strip().lower() not in ("", "no")
    return answered_by_machine or flags.return_path_null or flags.content_type.lower().startswith("multipart/report")
