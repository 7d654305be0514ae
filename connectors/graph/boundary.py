"""Keeps every link of Microsoft Graph inside the configured base, so that no token ever leaves for another host."""

from urllib.parse import unquote, urlsplit

from connectors.errors import Refused

_LONGEST = 16_000


class Base:
    """The address of Graph with its version, such as https://graph.microsoft.com/v1.0."""

    def __init__(self, url: str) -> None:
        """Raises Refused when `url` is no plain https address (http only on this machine)."""
        parts = _split(url.rstrip("/"))
        if parts is None or not parts[2].strip("/"):
            raise Refused("Die Adresse von Microsoft Graph in der Einrichtung ist ungültig.", "base")
        self._scheme, self._host, self._path = parts
        self.is_local = self._host.partition(":")[0] in {"127.0.0.1", "localhost"}
        if self._scheme != "https" and not self.is_local:
            raise Refused("Microsoft Graph darf nur über https gelesen werden.", "base")
        self.origin = f"{self._scheme}://{self._host}"
        self.url = f"{self.origin}{self._path}"

    def holds(self, url: str) -> bool:
        """Say whether a whole address has our scheme, host and port and lies below our path."""
        parts = _split(url)
        return parts is not None and parts[:2] == (self._scheme, self._host) and parts[2].startswith(f"{self._path}/")

    def cursor(self, link: str) -> str:
        """Return a link as it is stored: without host and base path. Raises Refused for a link that leads elsewhere."""
        if not self.holds(link):
            raise Refused("Microsoft Graph nannte einen Verweis auf einen fremden Rechner.", "link")
        return link[len(self.url) :]

    def link(self, cursor: str) -> str:
        """Return the whole address of a stored cursor. Raises Refused when it leads out of the base."""
        url = self.url + cursor
        if not cursor.startswith("/") or not self.holds(url):
            raise Refused("Der gespeicherte Verweis führt zu einem fremden Rechner.", "link")
        return url


def _split(url: str) -> tuple[str, str, str] | None:
    """Return (scheme, host with port, path) of an address that can only be read one way; None for any other.

    Libraries disagree on backslashes, blanks, user names, dots and non-ASCII hosts, so all of them are turned away.
    """
    if len(url) > _LONGEST or not url.isascii() or any(c <= " " or c in "\\\x7f" for c in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    plain = parts.hostname and parts.username is None and parts.password is None and not parts.fragment
    if not plain or _climbs(unquote(parts.path)) or "//" in parts.path:
        return None
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = str(parts.hostname).lower() + (f":{port}" if port not in (None, default) else "")
    return (parts.scheme, host, parts.path) if parts.netloc.lower() in {host, f"{host}:{default}"} else None


def _climbs(path: str) -> bool:
    """Say whether a part of the path is "..", also with parameters behind it (some servers drop those first)."""
    return any(part.partition(";")[0] == ".." for part in path.replace("\\", "/").split("/"))
