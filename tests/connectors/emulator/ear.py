"""A server that stands for ours when the emulator sends notifications."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Ear:
    """A server that hears notifications: proves itself unless told otherwise, fails so many times first."""

    url: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    failures: int = 0
    proves: bool = True
    news: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def wait(self, count: int = 1) -> list[dict[str, Any]]:
        for _ in range(count):
            assert self.news.acquire(timeout=10)
        return self.heard


@contextmanager
def hearing() -> Iterator[Ear]:
    """Open the server for a while."""
    found = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            word = parse_qs(urlsplit(self.path).query).get("validationToken", [""])[0]
            failing = not word and found.failures > 0
            found.failures -= failing
            self.send_response(503 if failing else 200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(word.encode() if found.proves else b"")
            if not word and not failing:
                found.heard += json.loads(body)["value"]
                found.news.release()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/graph"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()
