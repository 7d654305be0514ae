"""What the emulator's tests share: a server, and calls of it as a program would make them."""

import json
import urllib.error
import urllib.request
from typing import Any

from connectors.emulator.graph import GraphEmulator
from tests.connectors.graph.conftest import ADDRESS

IMMUTABLE = 'IdType="ImmutableId"'
INBOX = f"/users/{ADDRESS}/mailFolders/inbox/messages/delta"


def call(
    server: GraphEmulator, path: str, prefer: str = IMMUTABLE, method: str = "GET", data: Any = None
) -> tuple[int, dict[str, Any]]:
    """Return status and body of a call; `path` may be a whole link."""
    url = path if path.startswith("http") else f"{server.base}{path}"
    request = urllib.request.Request(
        url.replace(" ", "%20"),
        None if data is None else json.dumps(data).encode(),
        {"Authorization": f"Bearer {server.token}", "Prefer": prefer},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def walk(server: GraphEmulator, link: str, prefer: str = IMMUTABLE) -> tuple[list[dict[str, Any]], str, int]:
    """Follow a round to its end; return its items, the delta link, and the number of pages."""
    items: list[dict[str, Any]] = []
    for pages in range(1, 500):
        status, page = call(server, link, prefer)
        assert status == 200, page
        items += page["value"]
        link = page.get("@odata.nextLink", "")
        if not link:
            return items, page["@odata.deltaLink"], pages
    raise AssertionError("This round never ends.")
