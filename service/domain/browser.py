"""Which browser on which system a session is in, in two words for people; the long line it sent is not kept."""

# The first that is in the line wins: every browser claims to be those below it, too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome/", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
UNKNOWN = "Unbekannter Browser"


def short(user_agent: str) -> str:
    """Return "Firefox auf Windows" for the line that a browser sends about itself; a fixed set of words, never its own.

    What is not known is left out; `UNKNOWN` when nothing is.
    """
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if not browser:
        return f"{UNKNOWN} auf {system}" if system else UNKNOWN
    return f"{browser} auf {system}" if system else browser


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((word for mark, word in marks if mark in text), "")
