"""The only door to msgraph and its transport: builds requests, sends them, retries within bounds, returns bytes."""

import asyncio
import base64
import os
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import RedirectHandlerOption, ResponseHandlerOption, RetryHandlerOption
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory

from connectors.errors import ConnectorError, Malformed, Refused, Unreachable
from connectors.graph.answer import TRANSIENT, error_of, wait_of
from connectors.graph.boundary import Base
from connectors.graph.fields import PAGE_SIZE, PREFER

T = TypeVar("T")

# Exchange serves four requests at once per app and mailbox; the second figure bounds all mailboxes together.
_PER_MAILBOX = 4
_ALTOGETHER = 16
_TRIES = 4
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
# Longest that one answer may drip in, and longest that we wait inside a call; beyond it the worker comes back later.
_DEADLINE = 120.0
_PATIENCE = 20.0
_FIRST_PAUSE = 0.5


class _Guarded(AccessTokenProvider):  # type: ignore[misc]  # the SDK has no types
    """Gives the token only to addresses inside the base: the SDK itself never asks the validator of its provider."""

    def __init__(self, base: Base, token: Callable[[str], str]) -> None:
        self._base = base
        self._token = token

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        if not self._base.holds(uri):
            raise Refused("Das Zugriffstoken bleibt hier: die Adresse liegt außerhalb von Microsoft Graph.", "link")
        challenge = str((additional_authentication_context or {}).get("claims", ""))
        return await asyncio.to_thread(self._token, _claims(challenge))

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator([httpx.URL(self._base.url).host])


def _claims(challenge: str) -> str:
    """Return the JSON of a claims challenge, which stands in base64 in WWW-Authenticate; "" when it is none."""
    try:
        return base64.b64decode(challenge + "=" * (-len(challenge) % 4)).decode("ascii")
    except ValueError:
        return ""


class _Loop:
    """One background event loop of this process, started when first needed (a forked child starts its own)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
                threading.Thread(target=self._loop.run_forever, name="graph", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        with self._lock:
            if self._loop is not None and self._pid == os.getpid():
                self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What to list of a folder: properties, and only what was received at or after `since` (UTC; None = everything)."""

    select: tuple[str, ...]
    since: datetime | None = None


class Client:
    """Reads Microsoft Graph with msgraph-sdk as URL builder and transport; its models are never used.

    `token` returns an access token and takes a claims challenge ("" = none). Threads may share one client. Nothing is
    opened before the first call. `pause` waits between tries (seconds); tests pass one that does not.
    """

    def __init__(
        self,
        base: str,
        token: Callable[[str], str],
        pause: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        self.base = Base(base)
        self._token = token
        self._pause = pause
        self._loop = _Loop()
        self._opened: tuple[int, GraphServiceClient, httpx.AsyncClient] | None = None
        self._lanes: dict[str, asyncio.Semaphore] = {}

    def first(self, account: str, folder: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        """Start a round of messages/delta of a folder; `read` decodes the answer. Raises ConnectorError."""

        def build(graph: GraphServiceClient) -> RequestInformation:
            delta = graph.users.by_user_id(account).mail_folders.by_mail_folder_id(folder).messages.delta
            return _selecting(delta, select)

        return self._loop.run(self._ask(account, build, read))

    def folder(self, account: str, name: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        """Ask for one folder by id or well-known name. Raises ConnectorError."""

        def build(graph: GraphServiceClient) -> RequestInformation:
            return _selecting(graph.users.by_user_id(account).mail_folders.by_mail_folder_id(name), select)

        return self._loop.run(self._ask(account, build, read))

    def folders(self, account: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        """Start listing all folders of a mailbox, nested ones too (mailFolders/delta). Raises ConnectorError."""

        def build(graph: GraphServiceClient) -> RequestInformation:
            return _selecting(graph.users.by_user_id(account).mail_folders.delta, select)

        return self._loop.run(self._ask(account, build, read))

    def newest(self, account: str, folder: str, asked: Listing, read: Callable[[bytes], T]) -> T:
        """Start listing a folder, newest first: no change tracking, but an order. Raises ConnectorError."""

        def build(graph: GraphServiceClient) -> RequestInformation:
            messages = graph.users.by_user_id(account).mail_folders.by_mail_folder_id(folder).messages
            info = _selecting(messages, asked.select)
            info.query_parameters["%24orderby"] = ["receivedDateTime desc"]
            info.query_parameters["%24top"] = PAGE_SIZE
            info.query_parameters["%24count"] = True
            if asked.since is not None:
                info.query_parameters["%24filter"] = f"receivedDateTime ge {asked.since:%Y-%m-%dT%H:%M:%SZ}"
            return info

        return self._loop.run(self._ask(account, build, read))

    def message(self, account: str, message_id: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        """Ask for one message by its immutable id, in whatever folder it lies. Raises ConnectorError."""

        def build(graph: GraphServiceClient) -> RequestInformation:
            return _selecting(graph.users.by_user_id(account).messages.by_message_id(message_id), select)

        return self._loop.run(self._ask(account, build, read))

    def follow(self, account: str, cursor: str, read: Callable[[bytes], T]) -> T:
        """Go on at a stored cursor (a link without host). Raises ConnectorError, CursorExpired among them."""
        url = self.base.link(cursor)

        def build(graph: GraphServiceClient) -> RequestInformation:
            info = RequestInformation(Method.GET)
            info.url = url
            return info

        return self._loop.run(self._ask(account, build, read))

    def close(self) -> None:
        """Close connections and the background loop; a later call opens them again."""
        if self._opened is not None and self._opened[0] == os.getpid():
            self._loop.run(self._opened[2].aclose())
        self._opened = None
        self._lanes.clear()
        self._loop.stop()

    async def _ask(
        self, account: str, build: Callable[[GraphServiceClient], RequestInformation], read: Callable[[bytes], T]
    ) -> T:
        every = self._lanes.setdefault("", asyncio.Semaphore(_ALTOGETHER))
        lane = self._lanes.setdefault(account, asyncio.Semaphore(_PER_MAILBOX))
        graph = self._graph()
        tried = 0
        while True:
            async with lane, every:
                answer = await self._try(graph, build(graph), read)
            if not isinstance(answer, _Again):
                return answer
            wait = wait_of(answer.headers, _FIRST_PAUSE * 2**tried)
            tried += 1
            # A server that hangs costs a minute each time: the other mailboxes must not wait for more of those.
            if tried == _TRIES or wait > _PATIENCE or answer.slow:
                raise answer.error
            await self._pause(wait)

    async def _try(
        self, graph: GraphServiceClient, info: RequestInformation, read: Callable[[bytes], T]
    ) -> "T | _Again":
        info.headers.try_add("Prefer", PREFER)
        handler = ResponseHandlerOption(NativeResponseHandler())
        info.add_request_options([handler])
        try:
            sending = graph.request_adapter.send_primitive_async(info, "bytes", None)
            response: Any = await asyncio.wait_for(sending, _DEADLINE)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            # `from None` and only the class name: such errors may quote an address or a part of an answer.
            answer = _Again(Unreachable(f"Microsoft Graph antwortet nicht ({type(error).__name__})."))
            answer.slow = isinstance(error, httpx.ReadTimeout | TimeoutError)
            return answer
        if response.status_code == 200:
            return _decode(read, response.content)
        failure = error_of(response.status_code, response.content, response.headers)
        if response.status_code in TRANSIENT and isinstance(failure, Unreachable):
            return _Again(failure, response.headers)
        raise failure

    def _graph(self) -> GraphServiceClient:
        if self._opened is None or self._opened[0] != os.getpid():
            # Proxies of the environment are for the world outside, never for a server on this machine.
            local = self.base.is_local
            http = httpx.AsyncClient(timeout=_TIMEOUT, http2=not local, trust_env=not local, base_url=self.base.url)
            options = {
                RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0, should_retry=False),
                RedirectHandlerOption.get_key(): RedirectHandlerOption(max_redirect=0, should_redirect=False),
            }
            http = GraphClientFactory.create_with_default_middleware(client=http, options=options)
            adapter = GraphRequestAdapter(
                BaseBearerTokenAuthenticationProvider(_Guarded(self.base, self._token)), client=http
            )
            adapter.base_url = self.base.url
            self._lanes.clear()
            self._opened = (os.getpid(), GraphServiceClient(request_adapter=adapter), http)
        return self._opened[1]


class _Again:
    """A failure that may pass: the error to raise when patience ends, and what the other side asks us to wait."""

    def __init__(self, error: ConnectorError, headers: Any = None) -> None:
        self.error = error
        self.slow = False
        self.headers = headers if headers is not None else {}


def _decode(read: Callable[[bytes], T], body: bytes) -> "T | _Again":
    """A page cut short or replaced by a proxy's own page passes too: the next try may bring it whole."""
    try:
        return read(body)
    except Malformed as error:
        return _Again(Unreachable(str(error)))


def _selecting(builder: Any, select: tuple[str, ...]) -> RequestInformation:
    info: RequestInformation = builder.to_get_request_information(RequestConfiguration())
    info.query_parameters["%24select"] = list(select)
    return info
