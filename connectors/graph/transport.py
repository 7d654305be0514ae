"""Opens the transport of msgraph-sdk: token only inside the base, no redirects, bounded answers, our own retries."""

import asyncio
import base64
import zlib
from collections.abc import Callable
from typing import Any

import httpx
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_http.middleware import ParametersNameDecodingHandler
from kiota_http.middleware.middleware import BaseMiddleware
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory

from connectors.errors import Refused
from connectors.graph.boundary import Base

# Seconds: to connect, between two pieces of an answer, and for the whole request (client.DEADLINE).
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# One answer, inflated. A page of 500 messages with header lines has about 3 MB.
LARGEST = 16 << 20
# Inflated per received byte; below _HARMLESS it does not matter (a page of sparse items packs well).
_RATIO = 100
_HARMLESS = 1 << 20


class TooBig(httpx.DecodingError):
    """An answer beyond the bounds; asking for smaller pages may help."""


class Guarded(AccessTokenProvider):  # type: ignore[misc]  # the SDK has no types
    """Gives the token only to addresses inside the base: the SDK itself never asks the validator of its provider."""

    def __init__(self, base: Base, token: Callable[[str], str]) -> None:
        self._base = base
        self._token = token

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        """Return the token for `uri`. Raises Refused for an address outside the base, and what the token raises."""
        if not self._base.holds(uri):
            raise Refused("Das Zugriffstoken bleibt hier: die Adresse liegt außerhalb von Microsoft Graph.", "link")
        challenge = str((additional_authentication_context or {}).get("claims", ""))
        return await asyncio.to_thread(self._token, claims_of(challenge))

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        """Return the validator that the SDK's interface asks for; the check itself is above."""
        return AllowedHostsValidator([httpx.URL(self._base.url).host])


def claims_of(challenge: str) -> str:
    """Return the JSON of a claims challenge, which stands in base64 in WWW-Authenticate; "" when it is none."""
    try:
        return base64.b64decode(challenge + "=" * (-len(challenge) % 4)).decode("ascii")
    except ValueError:
        return ""


class _Bounded(BaseMiddleware):  # type: ignore[misc]  # the SDK has no types
    """Reads an answer whole and inflates it itself, so that neither its size nor its ratio can surprise us."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        self._base = base

    async def send(self, request: httpx.Request, transport: httpx.AsyncBaseTransport) -> httpx.Response:
        # The last look before the wire: whatever a layer above did to the address, nothing leaves the base.
        if not self._base.holds(str(request.url)):
            raise Refused("Die Anfrage bleibt hier: die Adresse liegt außerhalb von Microsoft Graph.", "link")
        request.headers["Accept-Encoding"] = "gzip"
        response = await super().send(request, transport)
        try:
            body = await _read(response)
        finally:
            await response.aclose()
        dropped = {b"content-encoding", b"content-length", b"transfer-encoding"}
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in dropped]
        return httpx.Response(
            response.status_code, headers=headers, content=body, request=request, extensions=response.extensions
        )


async def _read(response: httpx.Response) -> bytes:
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise httpx.DecodingError("not a stream")
    inflater = _Inflater(response.headers.get("Content-Encoding", ""))
    async for chunk in stream:
        inflater.feed(chunk)
    return inflater.whole()


class _Inflater:
    """Puts an answer together piece by piece. Raises httpx.DecodingError for a broken one, TooBig beyond the bounds."""

    def __init__(self, encoding: str) -> None:
        named = encoding.strip().lower()
        if named not in {"", "identity", "gzip"}:
            raise httpx.DecodingError("unknown encoding")
        self._zip = zlib.decompressobj(zlib.MAX_WBITS | 16) if named == "gzip" else None
        self._parts: list[bytes] = []
        self._received = 0
        self._size = 0

    def feed(self, chunk: bytes) -> None:
        """Take in the next piece."""
        self._received += len(chunk)
        if self._zip is None:
            self._keep(chunk)
            return
        try:
            # One byte more than allowed shows that there is more, without inflating it.
            self._keep(self._zip.decompress(chunk, LARGEST - self._size + 1))
        except zlib.error:
            raise httpx.DecodingError("broken gzip") from None

    def whole(self) -> bytes:
        """Return everything."""
        if self._zip is not None and self._received and not self._zip.eof:
            raise httpx.DecodingError("gzip cut short")
        return b"".join(self._parts)

    def _keep(self, piece: bytes) -> None:
        self._parts.append(piece)
        self._size += len(piece)
        packed_too_well = self._size > _HARMLESS and self._size > _RATIO * self._received
        if self._size > LARGEST or packed_too_well:
            raise TooBig("answer beyond the bounds")


def open_graph(base: Base, token: Callable[[str], str]) -> tuple[GraphServiceClient, httpx.AsyncClient]:
    """Return the SDK's client and the connections under it. The SDK's handlers for redirects and retries are left out.

    The telemetry handler is left out, too: it would tell Microsoft system and version of this machine.
    """
    # Proxies of the environment are for the world outside, never for a server on this machine.
    local = base.is_local
    http = httpx.AsyncClient(
        timeout=TIMEOUT, http2=not local, trust_env=not local, base_url=base.url, follow_redirects=False
    )
    http = GraphClientFactory.create_with_custom_middleware(
        [ParametersNameDecodingHandler(), _Bounded(base)], client=http
    )
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Guarded(base, token)), client=http)
    adapter.base_url = base.url
    return GraphServiceClient(request_adapter=adapter), http
