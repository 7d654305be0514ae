"""Which letters of other scripts look like a Latin letter or a digit, and how a name looks once they are replaced."""

import unicodedata
from functools import lru_cache

# Characters that stay themselves in a domain name (lower case, NFKC) and look like the key. Mostly from Unicode's table
# of confusables (UTS 39, Unicode License v3), with letters that only resemble the key in small print added by hand.
_LOOKS = {
    "2": "\u0577\u0968\u09e8\u0a68\u0ae8\u14bf\ua6ef",
    "3": "\u0437\u04e1\u10f3\U000118ca\U00016f3b\U0001d206",
    "4": "\u0447",
    "6": "\u0431\U000118d5",
    "7": "\U000118c6\U0001d212",
    "8": "\u0223\u09ea\u0a6a\u0b03\U0001031a",
    "9": "\u09ed\u0a67\u0b68\u0d6d\U000118cc\U000118d6",
    "a": "\u0250\u0251\u03b1\u0430\u15c5\u1d00\u237a\ua4ee\U000102a0\U00016f40",
    "b": "\u0185\u0299\u0432\u044c\u048d\u1472\u15af\u15f7\ua4d0\U00010282\U000102a1\U00010301",
    "c": (
        "\u0188\u0441\u04ab\u1d04\u2ca5\ua4da\uabaf\U000102a2\U00010302\U0001043d\U0001051c\U000118e9"
        "\U000118f2\U0001f74c"
    ),
    "d": "\u0111\u0501\u0503\u146f\u15de\u15ea\u1d05\ua4d2\ua4d3",
    "e": "\u0259\u03b5\u0435\u0454\u04bd\u04bf\u1d07\u212e\u22ff\u2d39\ua4f0\uab32\U00010286",
    "f": "\u0493\u04fb\u0584\u15b4\u1e9d\ua4dd\ua799\uab35\U00010287\U000102a5\U00010525\U000118c2\U0001d213",
    "g": "\u018d\u0261\u0262\u0581\u1d83\ua4d6",
    "h": ("\u0127\u0265\u029c\u043d\u045b\u04a3\u04a5\u04bb\u04c8\u04ca\u050b\u0527\u0529\u0570\u157c\ua4e7\U000102cf"),
    "i": "\u0131\u0269\u026a\u03b9\u0456\u04cf\u2373\ua647\uab75\U000118c3",
    "j": "\u03f3\u0458\u148d\u1d0a\ua4d9",
    "k": "\u0138\u029e\u03ba\u043a\u049b\u049d\u049f\u04a1\u04c4\u051f\u16d5\u1d0b\ua4d7\U00010518",
    "l": (
        "\u0142\u01c0\u029f\u06f1\u14aa\u16c1\u2223\u23fd\u2d4f\ua4e1\ua4f2\U0001028a\U00010309\U00010320"
        "\U00010526\U00016f16\U00016f28\U0001d22a"
    ),
    "m": "\u043c\u04ce\u15f0\u16d6\u1d0d\ua4df\U000102b0\U00010311",
    "n": "\u0274\u03b7\u03c0\u0578\u057c\ua4e0\U00010513",
    "o": (
        "\u00f8\u03bf\u03c3\u043e\u0585\u06f5\u0966\u09e6\u0a66\u0ae6\u0b20\u0b66\u0be6\u0c02\u0c66\u0c82"
        "\u0ce6\u0d02\u0d20\u0d66\u0d82\u0e50\u0ed0\u101d\u1040\u10eb\u10ff\u12d0\u1d0f\u1d11\u2c9f\u2d54"
        "\u3007\ua4f3\uab3d\U00010292\U000102ab\U0001042c\U000104ea\U00010516\U000114d0\U000118c8\U000118d7"
        "\U000118e0"
    ),
    "p": "\u01a5\u03c1\u03fc\u043f\u0440\u048f\u146d\u1d18\u2374\u2ca3\ua4d1\U00010295",
    "q": "\u051b\u0563\u0566\u2d55",
    "r": "\u0279\u0280\u0433\u0491\u1587\u1d26\u2c85\ua4e3\uab47\uab48\uab81\U00016f35\U0001d216",
    "s": "\u01bd\u0455\ua4e2\ua731\uabaa\U00010296\U00010448\U000118c1\U00016f3a",
    "t": (
        "\u0167\u0287\u03c4\u0442\u04ad\u050f\u1d1b\u22a4\u27d9\ua4d4\U00010297\U000102b1\U00010315\U00016f0a\U0001f768"
    ),
    "u": (
        "\u028b\u03c5\u0446\u057d\u0e1a\u1200\u144c\u1d1c\u222a\u22c3\ua4f4\ua79f\uab4e\uab52\U000104f6"
        "\U000118d8\U00016f42"
    ),
    "v": (
        "\u028c\u03bd\u0475\u06f7\u142f\u1d20\u2228\u22c1\u2d38\ua4e6\ua6df\uaba9\U0001051d\U00011706"
        "\U000118c0\U00016f08\U0001d20d"
    ),
    "w": (
        "\u026f\u028d\u03c9\u0448\u0449\u0461\u051d\u0561\u0e1e\u1d21\ua4ea\uab83\U0001170a\U0001170e"
        "\U0001170f\U000118e6\U000118ef"
    ),
    "x": (
        "\u00d7\u03c7\u0445\u04b3\u04fd\u04ff\u1541\u157d\u166d\u166e\u16b7\u2573\u292b\u292c\u2a2f\u2d5d"
        "\ua4eb\U00010290\U000102b4\U00010317\U00010322\U00010527\U000118ec"
    ),
    "y": ("\u0263\u028e\u028f\u03b3\u0443\u04af\u04b1\u10e7\u1d8c\u1eff\ua4ec\uab5a\U000102b2\U000118dc\U00016f43"),
    "z": "\u1d22\ua4dc\uab93\U000102f5\U000118c4\U000118e5",
}
# Letters that look like two; what is decomposed by NFKD (accents, ligatures) needs no entry.
_TWO = {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "p", "ð": "d", "ю": "lo", "ы": "bl", "я": "r", "и": "u"}
LATIN: dict[int, str] = {ord(c): letter for letter, same in _LOOKS.items() for c in same} | {
    ord(c): two for c, two in _TWO.items()
}
# Pairs and digits that pass for one Latin letter at a glance; "i" and "l" differ by a dot only.
_GLANCE = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("-", ""))


@lru_cache(maxsize=20_000)
def skeleton(name: str) -> str:
    """Return what a label looks like at a glance: "pаypаl" in Cyrillic, "paypa1" and "pay-pal" are all "paypal"."""
    seen = name.lower()
    if not seen.isascii():
        seen = "".join(c for c in unicodedata.normalize("NFKD", seen) if not unicodedata.combining(c)).translate(LATIN)
    for pair, letter in _GLANCE:
        seen = seen.replace(pair, letter)
    return seen
