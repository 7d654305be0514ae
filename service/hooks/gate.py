"""The gate in front of the pages: webhooks are answered here, everything else goes through untouched."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.hooks.counts import Counts

PLAIN = "text/plain; charset=utf-8"
_LINES = {status: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Call(NamedTuple):
    """One call of a webhook: method, query string, headers (CGI names), and a way to read the body."""

    method: str
    query: str
    environ: Mapping[str, Any]

    def header(self, name: str) -> str | None:
        """Return a header by its name ("X-Hub-Signature-256"), None when absent."""
        value = self.environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        return value if isinstance(value, str) else None

    def body(self, longest: int) -> "bytes | Answer":
        """Return the whole body, or the answer for one that is too long (413) or does not say how long it is (411)."""
        announced = str(self.environ.get("CONTENT_LENGTH") or "")
        if announced.isascii() and announced.isdigit() and len(announced) < 16:
            length = int(announced)
        elif not announced and self.environ.get("wsgi.input_terminated"):
            length = longest + 1
        else:
            return Answer(HTTPStatus.LENGTH_REQUIRED)
        if length > longest and announced:
            return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        raw: bytes = self.environ["wsgi.input"].read(length)
        return raw if len(raw) <= longest else Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook gets back: never more than a challenge or a word."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Hook = Callable[[Call], Answer]


class Gate:
    """A WSGI callable: paths of `hooks` are answered by them, all others by `inner`."""

    def __init__(
        self,
        inner: WSGIApplication,
        hooks: Mapping[str, Hook],
        counts: Counts,
        closing: Iterable[Callable[[], None]] = (),
    ) -> None:
        self._inner = inner
        self._hooks = dict(hooks)
        self._closing = tuple(closing)
        self.counts = counts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        hook = self._hooks.get(environ.get("PATH_INFO", ""))
        if hook is None:
            return self._inner(environ, start_response)
        answer = hook(Call(environ["REQUEST_METHOD"], environ.get("QUERY_STRING", ""), environ))
        headers = [
            ("Content-Type", PLAIN),
            ("Content-Length", str(len(answer.body))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            *answer.headers,
        ]
        start_response(_LINES[answer.status], headers)
        return [answer.body]

    def close(self) -> None:
        """Store what is under way and stop; called when the server stops."""
        for close in self._closing:
            close()
