"""Whether a domain's name deceives by itself: mixed scripts, letters that pass for Latin ones, marks nobody sees.

The rules follow what browsers do before they show an international name (UTS 39 "highly restrictive", and the patterns
of Chromium's display policy). A name of plain ASCII never deceives by itself; what it imitates is another question.
"""

import unicodedata
from functools import lru_cache
from itertools import pairwise

from classifier.letters import LATIN

_LONGEST = 253

# Scripts in everyday use (UAX 31, table 5) by the first word of their characters' Unicode names.
_NAMES = """
LATIN GREEK CYRILLIC ARMENIAN HEBREW ARABIC THAANA DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA
MALAYALAM SINHALA THAI LAO TIBETAN MYANMAR GEORGIAN HANGUL ETHIOPIC KHMER HIRAGANA KATAKANA BOPOMOFO CJK IDEOGRAPHIC
"""
_EVERYDAY = frozenset(_NAMES.split())
# Scripts that are written together, with plain Latin letters among them (UTS 39, 5.2).
_TOGETHER = (
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
# Under their own top levels a script's words are read as words, even when every letter has a Latin twin.
_AT_HOME = {
    "CYRILLIC": "ru su by ua bg kz uz mk rs me mn kg tj",
    "GREEK": "gr cy eu",
    "ARMENIAN": "am",
    "GEORGIAN": "ge",
    "HEBREW": "il he",
    "THAI": "th",
    "LAO": "la",
    "ETHIOPIC": "et er",
}
# Latin letters of one language that pass for others elsewhere: at home only under these top levels.
_NATIONAL = {
    "æ": "dk no is fo gl se fi",
    "ø": "dk no fo gl se fi de",
    "œ": "fr be ca ch lu eu",
    "þ": "is fo",
    "ð": "is fo",
    "ł": "pl eu",
    "đ": "vn hr rs ba si me",
    "ħ": "mt",
    "ı": "tr az",
    "ə": "az",
    "ŋ": "no se fi",
    "ŧ": "no se fi",
    "ĸ": "gl",
}
_LETTERS = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
# Letters of Hebrew, Thai, Lao, Georgian, Armenian and Myanmar that pass for Latin ones in the shape of a word.
_SHAPES = "ԍԃדוחיןסםװײทนบพรหเแดลปฟมฝຣບພຟຍດຕຄທນມວປიოყძხჽჿագէյոսւօցհպռტშခဂငထပဝဎሀሠሰስበነከወዐዕዘደጠԗ"
_TWINS = frozenset(_SHAPES).union(map(chr, LATIN)) - frozenset("ияцбзч")
# Strokes that pass for "/", "-" or "." beside Latin letters.
_STROKES = frozenset("一丨丶丿乀乁ノンソゾーㄧ・〳")
_DIGITS = frozenset("зӡчбშձշ")


@lru_cache(maxsize=20_000)
def spelled(domain: str) -> str:
    """Return a domain as people see it, A-labels decoded; labels that cannot be decoded stay as they are."""
    if "xn--" not in domain:
        return domain
    return ".".join(_decoded(label) or label for label in domain.split("."))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return ""


@lru_cache(maxsize=20_000)
def deceives(domain: str) -> str:
    """Return, in German, what deceives in the name of a domain (any case, A-labels or not); "" for an honest name."""
    if domain.isascii() and "xn--" not in domain.lower():
        return ""
    labels = domain.lower()[:_LONGEST].split(".")
    home = labels[-1]
    return next(filter(None, (_label(label, home) for label in labels)), "")


def _label(label: str, home: str) -> str:
    name = _decoded(label)
    if not name or (label.startswith("xn--") and name.isascii()):
        return "nicht lesbare Umschrift"
    if name.isascii():
        return ""
    return next(filter(None, (rule(name, home) for rule in _RULES)), "")


def _odd(name: str, _home: str) -> str:
    # The middle dot stands between two "l" in Catalan and nowhere else.
    parted = "·" in name and not all(part.endswith("l") for part in name.split("·")[:-1])
    if parted or any(unicodedata.category(c) not in _LETTERS for c in name if c not in "-·・"):
        return "unsichtbare oder fremde Zeichen"
    return "Zeichen in Zierschrift" if unicodedata.normalize("NFKC", name).lower() != name else ""


def _script(c: str) -> str:
    return unicodedata.name(c, "").partition(" ")[0].partition("-")[0]


def _scripts(name: str) -> frozenset[str]:
    return frozenset(_script(c) for c in name if unicodedata.category(c)[0] == "L" and c != "ー")


def _rare(name: str, _home: str) -> str:
    if not _scripts(name) <= _EVERYDAY:
        return "Zeichen einer kaum gebrauchten Schrift"
    phonetic = any(("\u0180" <= c <= "\u02af" and c not in "ơưșțǎǐǒǔə") or "\u1d00" <= c <= "\u1dbf" for c in name)
    return "Zeichen der Lautschrift" if phonetic or any(c in "ϼϳϲ" for c in name) else ""


def _mixed(name: str, _home: str) -> str:
    scripts = _scripts(name)
    if len(scripts) < 2:
        return ""
    plain = all(c.isascii() for c in name if _script(c) == "LATIN")
    if plain and any(scripts <= together for together in _TOGETHER):
        return ""
    return "gemischte Schriften"


def _marked(name: str, _home: str) -> str:
    for before, c in pairwise(name):
        if unicodedata.category(c) == "Mn" and _script(before) in ("LATIN", "HANGUL", "COMBINING", "DIGIT"):
            return "aufgesetzte Zeichen"
    return "aufgesetzte Zeichen" if unicodedata.category(name[0])[0] == "M" else ""


def _numbers(name: str, _home: str) -> str:
    foreign = [c for c in name if unicodedata.category(c) == "Nd" and not c.isascii()]
    plain = any(c.isascii() and c.isalnum() for c in name)
    every = all(unicodedata.category(c) == "Nd" or c in _DIGITS or c == "-" for c in name)
    return "Ziffern einer anderen Schrift" if (foreign and plain) or every else ""


def _strokes(name: str, _home: str) -> str:
    beside = any(c in _STROKES and before.isascii() for before, c in pairwise(name))
    return "Striche, die Satzzeichen gleichen" if beside else ""


def _twins(name: str, home: str) -> str:
    letters = [c for c in name if unicodedata.category(c)[0] == "L" and not c.isascii()]
    script = _script(letters[0]) if letters else "LATIN"
    at_home = not home.isascii() or home.startswith("xn--") or home in _AT_HOME.get(script, "").split()
    if script == "LATIN" or at_home:
        return ""
    return "Buchstaben, die lateinischen gleichen" if all(c in _TWINS for c in letters) else ""


def _national(name: str, home: str) -> str:
    odd = any(c in _NATIONAL and home not in _NATIONAL[c].split() for c in name)
    return "Buchstaben, die lateinischen gleichen" if odd else ""


_RULES = (_odd, _rare, _mixed, _marked, _numbers, _strokes, _twins, _national)
