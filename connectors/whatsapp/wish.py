"""Whether a message is nothing but the word by which people end (STOP) or resume messages; of the words one bit stays.

WhatsApp sends no sign when somebody writes STOP (its own button arrives as `user_preferences`). The objection must be
obeyed all the same (Art. 21 GDPR), so the text that arrives anyway is compared with these words in memory, whole and
alone, like the emoji that says whether a reaction was taken back; then it is dropped with the rest.
"""

from typing import Any

from connectors.whatsapp.decode import mapping

_WORDS = dict.fromkeys(("stop", "stopp", "stop all", "abmelden", "abbestellen", "unsubscribe"), True) | dict.fromkeys(
    ("start", "anmelden", "subscribe"), False
)
# Longer than any of the words with what people put around them; longer texts are not even looked at.
_LONGEST = 40
_AROUND = " \t\r\n.!,;:'\"„“”‚‘’*_~()"


def stops(message: dict[str, Any]) -> bool | None:
    """Return True for STOP, False for START, None for everything else: text, quick reply or button of a template."""
    kind = message.get("type")
    if kind == "text":
        return _wish(mapping(message.get("text")).get("body"))
    if kind == "button":
        button = mapping(message.get("button"))
        return _either(button.get("payload"), button.get("text"))
    if kind == "interactive":
        reply = mapping(mapping(message.get("interactive")).get("button_reply"))
        return _either(reply.get("id"), reply.get("title"))
    return None


def _wish(said: Any) -> bool | None:
    if isinstance(said, str) and len(said) <= _LONGEST:
        return _WORDS.get(said.strip(_AROUND).casefold())
    return None


def _either(behind: Any, shown: Any) -> bool | None:
    """Return the wish of what a button carries, else of what stands on it."""
    found = _wish(behind)
    return _wish(shown) if found is None else found
