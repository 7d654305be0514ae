"""Whether a message is nothing but the word by which people end (STOP) or resume messages; of the words one bit stays.

WhatsApp sends no sign when somebody writes STOP (its own button arrives as `user_preferences`). The objection must be
obeyed all the same (Art. 21 GDPR), so the text that arrives anyway is compared with these words in memory, whole and
alone, like the emoji that says whether a reaction was taken back; then it is dropped with the rest.
"""

from typing import Any

from connectors.whatsapp.decode import mapping

_STOP = frozenset({"stop", "stopp", "stop all", "abmelden", "abbestellen", "unsubscribe"})
_START = frozenset({"start", "anmelden", "subscribe"})
# Longer than any of the words with what people put around them; longer texts are not even looked at.
_LONGEST = 40
_AROUND = " \t\r\n.!,;:'\"„“”‚‘’*_~()"


def stops(message: dict[str, Any]) -> bool | None:
    """Return True for STOP, False for START, None for everything else: text, quick reply or button of a template."""
    for said in _said(message):
        if isinstance(said, str) and len(said) <= _LONGEST:
            word = said.strip(_AROUND).casefold()
            if word in _STOP or word in _START:
                return word in _STOP
    return None


def _said(message: dict[str, Any]) -> tuple[Any, ...]:
    kind = message.get("type")
    if kind == "text":
        return (mapping(message.get("text")).get("body"),)
    if kind == "button":
        button = mapping(message.get("button"))
        return button.get("payload"), button.get("text")
    if kind == "interactive":
        reply = mapping(mapping(message.get("interactive")).get("button_reply"))
        return reply.get("id"), reply.get("title")
    return ()
