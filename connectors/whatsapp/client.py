"""The door to the Cloud API: questions and orders over https, bounded, with errors as states that a person understands.

The token goes to the configured address and nowhere else: paths are checked, redirects are not followed, and pages are
turned by cursor, never by an address that an answer names. Nothing of a body or a query ever reaches a log or an error.
"""

import re
from collections.abc import Iterator, Mapping
from ssl import SSLCertVerificationError
from typing import Any, Final

import msgspec
import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError

from connectors.cloud import CloudSettings
from connectors.errors import ConnectorError, Declined, Malformed, Refused, Uncertain, Unreachable
from connectors.whatsapp.refusals import Next, refusal

_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
_SECURE = re.compile(r"https://[A-Za-z0-9.\-]{1,253}(:\d{1,5})?")
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")
_PATH = re.compile(r"[A-Za-z0-9_\-]{1,200}(/[A-Za-z0-9_\-]{1,200}){0,3}")
_CONNECT, _READ = 5.0, 20.0
_MOST_BYTES: Final = 8 * 1024 * 1024
_CHUNK = 64 * 1024
# No list that we ask for is longer than some thousand objects; a loop of pages ends here.
_MOST_PAGES = 200
_PAUSE, _LONGEST_PAUSE = 30.0, 600.0
# Numbers that say what is wrong with a template stand in the subcode (Business Management API).
_SUBCODES = range(2_388_000, 2_389_000)
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


class _Error(msgspec.Struct, frozen=True):
    code: int = -1
    error_subcode: int = 0


class _Body(msgspec.Struct, frozen=True):
    error: _Error


class Client:
    """The Cloud API at one address, in one version, with one token."""

    def __init__(self, base: str, version: str, token: str) -> None:
        """Raises Refused when the address is not plain https (http on this machine only) or there is no token."""
        base = base.rstrip("/")
        if not (_SECURE.fullmatch(base) or _LOCAL.fullmatch(base)) or not _VERSION.fullmatch(version):
            raise Refused("Adresse oder Fassung der WhatsApp-Schnittstelle in der Einrichtung ist ungültig.", "base")
        if not token.isascii() or not token.strip():
            raise Refused("Für WhatsApp ist kein Zugriffstoken eingetragen (POSTLOTSE_WHATSAPP_TOKEN).", "token")
        self._address = f"{base}/{version}"
        self._headers = {"Authorization": f"Bearer {token.strip()}", "Accept": "application/json"}
        self._session = requests.Session()
        # Neither a netrc nor a proxy of the environment may see or replace the token.
        self._session.trust_env = False

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return an object. Raises Unreachable, Declined, Refused, Malformed."""
        return self._ask("GET", path, params)

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page after page. Raises like `get`."""
        asked = dict(params or {})
        for _ in range(_MOST_PAGES):
            answer = self.get(path, asked)
            items = answer.get("data")
            if not isinstance(items, list):
                raise Malformed("WhatsApp antwortet nicht mit einer Liste.")
            yield from (item for item in items if isinstance(item, dict))
            after = _after(answer)
            if not after or after == asked.get("after"):
                return
            asked["after"] = after

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give an order and return the answer. Raises like `get`; Uncertain when it may have been carried out."""
        return self._ask("POST", path, None, msgspec.json.encode(body))

    def delete(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Have an object deleted and return the answer. Raises like `post`."""
        return self._ask("DELETE", path, params)

    def _ask(
        self, method: str, path: str, params: Mapping[str, str] | None, body: bytes | None = None
    ) -> dict[str, Any]:
        if not _PATH.fullmatch(path):
            raise Refused("Dieser Weg führt aus der WhatsApp-Schnittstelle hinaus.", "path")
        status, raw, headers = self._exchange(method, f"{self._address}/{path}", params, body)
        if status != requests.codes.ok:
            raise error_of(status, raw, headers, order=method != "GET")
        try:
            found = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _lost("WhatsApp antwortet unlesbar.", order=method != "GET") from error
        if not isinstance(found, dict):
            raise Malformed("WhatsApp antwortet mit etwas anderem als einem Objekt.")
        return found

    def _exchange(
        self, method: str, url: str, params: Mapping[str, str] | None, body: bytes | None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Return (status, body, headers) of one request. The causes of errors are cut off: they hold addresses."""
        headers = self._headers | ({"Content-Type": "application/json"} if body is not None else {})
        try:
            with self._session.request(
                method, url, params=params, data=body, headers=headers, timeout=(_CONNECT, _READ),
                allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                return answer.status_code, _bounded(answer), answer.headers
        except requests.ConnectionError as error:
            if _unsent(error):
                raise Unreachable("WhatsApp ist nicht zu erreichen; es wurde nichts gesendet.", _PAUSE) from None
            raise _lost("Die Verbindung zu WhatsApp brach ab.", order=method != "GET") from None
        except requests.RequestException:
            raise _lost("Die Antwort von WhatsApp kam nicht an.", order=method != "GET") from None


def open_client(settings: CloudSettings) -> Client:
    """Return the door as the configuration describes it; nothing is asked by that. Raises Refused."""
    return Client(settings.whatsapp_base, settings.whatsapp_version, settings.whatsapp_token.get_secret_value())


def error_of(status: int, raw: bytes, headers: Mapping[str, str], *, order: bool) -> ConnectorError:
    """Return the error that an answer with this status means. `order`: it was to change something, so it may have."""
    number = _number(raw)
    if number < 0:
        if status in _TRANSIENT:
            # A gateway on the way answers 5xx without knowing what became of an order.
            return _lost(f"WhatsApp ist gerade gestört ({status}).", order=order, wait=_wait(headers))
        return Refused(f"WhatsApp lehnt die Anfrage ab ({status}).", "request")
    found = refusal(number)
    if found.next is Next.VORUEBERGEHEND:
        return _lost(f"{found.what} (Fehler {number})", order=order, wait=_wait(headers))
    return Declined(found.sentence, number, _wait(headers) if found.next is Next.LANGSAMER else 0.0)


def _lost(text: str, *, order: bool, wait: float = _PAUSE) -> Unreachable:
    return Uncertain(text, wait) if order else Unreachable(text, wait)


def _number(raw: bytes) -> int:
    """Return the number of an error body; -1 when it is none. Its texts are not even decoded."""
    try:
        error = msgspec.json.decode(raw, type=_Body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return -1
    return error.error_subcode if error.error_subcode in _SUBCODES else error.code


def _wait(headers: Mapping[str, str]) -> float:
    """Return the seconds of Retry-After within reason; a date or nonsense counts as missing."""
    told = headers.get("Retry-After", "").strip()
    seconds = float(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0.0
    return min(max(seconds, _PAUSE), _LONGEST_PAUSE)


def _bounded(answer: requests.Response) -> bytes:
    """Return the body of an answer. Raises requests.RequestException (ContentDecodingError) when it is too long."""
    held = bytearray()
    for chunk in answer.iter_content(_CHUNK):
        held += chunk
        if len(held) > _MOST_BYTES:
            raise requests.exceptions.ContentDecodingError
    return bytes(held)


def _unsent(error: BaseException) -> bool:
    """Say whether a connection could not even be made, or not to the right machine: then nothing was carried out."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    wrong = isinstance(reason, SSLError) and bool(reason.args) and isinstance(reason.args[0], SSLCertVerificationError)
    return wrong or isinstance(reason, ConnectTimeoutError | NewConnectionError)


def _after(answer: Mapping[str, Any]) -> str:
    """Return the cursor of the next page; "" on the last one. The address that stands beside it is never used."""
    paging = answer.get("paging")
    if not isinstance(paging, dict) or "next" not in paging:
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and len(after) < 2000 else ""
