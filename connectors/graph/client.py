"""The only door to msgraph and its transport: builds requests, sends them, retries within bounds, returns bytes."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import httpx
import msgspec
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import ResponseHandlerOption
from msgraph import GraphServiceClient

from connectors.errors import Malformed, Unreachable
from connectors.graph.answer import TRANSIENT, error_of
from connectors.graph.boundary import Base
from connectors.graph.fields import PAGE_SIZE, PREFER
from connectors.graph.loop import Loop
from connectors.graph.pace import Pace, Slot
from connectors.graph.retry import JITTER, PATIENCE, Again, Attempts
from connectors.graph.transport import TooBig, open_graph

T = TypeVar("T")
Build = Callable[[GraphServiceClient], RequestInformation]

# Longest that one request may take, answer included (seconds): a server that drips is given up then.
DEADLINE = 120.0
# Each time an answer is too big, so many items fewer are asked for.
_SMALLER = 10
_CHALLENGE = "claims="


_GOOD = frozenset({200, 201, 202, 204})


@dataclass(frozen=True, slots=True)
class Order:
    """A request that no builder of the SDK is needed for: GET, POST, PATCH or DELETE a path below the base."""

    method: str
    path: str
    body: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """What to list of a folder: properties, and only what was received at or after `since` (UTC; None = everything)."""

    select: tuple[str, ...]
    since: datetime | None = None


class Client:
    """Reads Microsoft Graph with msgraph-sdk as URL builder and transport; its models are never used.

    `token` returns an access token and takes a claims challenge ("" = none); its `forget(token)`, where it has one,
    drops a token that Graph refused. Threads may share one client. Nothing is opened before the first call.
    """

    def __init__(
        self,
        base: str,
        token: Callable[[str], str],
        pause: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
        jitter: Callable[[], float] = JITTER,
    ) -> None:
        """`pause` waits between tries (seconds) and `jitter` spreads them (0 to below 1); tests pass their own."""
        self.base = Base(base)
        self.pace = Pace()
        self._token = token
        self._forget: Callable[[str], None] = getattr(token, "forget", _keep)
        self._pause = pause
        self._jitter = jitter
        self._loop = Loop()
        self._opened: tuple[int, GraphServiceClient, httpx.AsyncClient] | None = None

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

    def token(self) -> str:
        """Return the access token itself, to look at what it allows. Raises SignInNeeded and Unreachable."""
        return self._token("")

    def send(self, account: str, order: Order, read: Callable[[bytes], T]) -> T:
        """Send something else than a question for a mailbox ("" = for none), or ask a path that is no mail's.

        A creation is repeated only where Graph cannot have carried it out. Raises ConnectorError.
        """
        url = self.base.link(order.path)

        def build(graph: GraphServiceClient) -> RequestInformation:
            info = RequestInformation(Method[order.method])
            info.url = url
            if order.body is not None:
                info.set_stream_content(msgspec.json.encode(order.body), "application/json")
            return info

        return self._loop.run(self._ask(account, build, read))

    def close(self) -> None:
        """Close connections and the background loop; a later call opens them again."""
        if self._opened is not None and self._opened[0] == os.getpid():
            self._loop.run(self._opened[2].aclose())
        self._opened = None
        self._loop.stop()

    async def _ask(self, account: str, build: Build, read: Callable[[bytes], T]) -> T:
        graph = self._graph()
        attempts, page_size = Attempts(self._jitter), PAGE_SIZE
        await self._rest(account)
        while True:
            async with self.pace.slot(account) as slot:
                info = build(graph)
                info.headers.try_add("Prefer", PREFER.replace(str(PAGE_SIZE), str(page_size)))
                answer = await self._try(graph, info, read)
                self._learn(slot, answer)
            if not isinstance(answer, Again):
                return answer
            wait = attempts.pause(answer)
            if wait is None or (info.http_method is Method.POST and not answer.unsent):
                raise answer.error
            if answer.stale:
                self._forget(answer.stale)
            if answer.heavy:
                page_size = max(page_size // _SMALLER, 1)
            if wait:
                await self._pause(wait)

    async def _rest(self, account: str) -> None:
        """Wait out what Graph asked of this mailbox in an earlier call, or give the thread back at once."""
        rest = self.pace.resting(account)
        if rest > PATIENCE:
            raise Unreachable("Microsoft Graph bittet für dieses Postfach um Geduld.", rest)
        if rest:
            await self._pause(rest)

    def _learn(self, slot: Slot, answer: object) -> None:
        if not isinstance(answer, Again):
            self.pace.praise()
        elif answer.throttled:
            self.pace.blame(slot)
            self.pace.rest(slot.account, answer.told)

    async def _try(self, graph: GraphServiceClient, info: RequestInformation, read: Callable[[bytes], T]) -> T | Again:
        info.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            sending = graph.request_adapter.send_primitive_async(info, "bytes", None)
            response: Any = await asyncio.wait_for(sending, DEADLINE)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            # `from None` and only the class name: such errors may quote an address or a part of an answer.
            return Again(
                Unreachable(f"Microsoft Graph antwortet nicht ({type(error).__name__})."),
                slow=isinstance(error, httpx.ReadTimeout | TimeoutError),
                heavy=isinstance(error, TooBig),
                unsent=isinstance(error, httpx.ConnectError | httpx.ConnectTimeout),
            )
        if response.status_code in _GOOD:
            return _decode(read, response.content)
        return _failure(response)

    def _graph(self) -> GraphServiceClient:
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), *open_graph(self.base, self._token))
            self.pace = Pace()
        return self._opened[1]


def _keep(_token: str) -> None:
    """Nothing is cached, so nothing can be forgotten."""


def _failure(response: Any) -> Again:
    """Return what may pass; raise what does not."""
    status, headers = response.status_code, response.headers
    failure = error_of(status, response.content, headers)
    # With claims the SDK itself has fetched a new token by now; without, one may be stale in our cache.
    if status == 401 and _CHALLENGE not in headers.get("WWW-Authenticate", ""):
        return Again(failure, stale=response.request.headers.get("Authorization", "").partition(" ")[2] or "none")
    if status in TRANSIENT and isinstance(failure, Unreachable):
        return Again(failure, headers, throttled=status == 429, unsent=status == 429)
    raise failure


def _decode(read: Callable[[bytes], T], body: bytes) -> T | Again:
    """A page cut short or replaced by a proxy's own page passes too: the next try may bring it whole."""
    try:
        return read(body)
    except Malformed as error:
        return Again(Unreachable(str(error)))


def _selecting(builder: Any, select: tuple[str, ...]) -> RequestInformation:
    info: RequestInformation = builder.to_get_request_information(RequestConfiguration())
    info.query_parameters["%24select"] = list(select)
    return info
