"""A server that answers as broken servers do: each request takes the next piece of a script, byte for byte."""

import gzip
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Play = Callable[[socket.socket, threading.Event], None]


@dataclass
class Heard:
    """A request: its first line and its header lines, names in lower case."""

    line: str
    headers: dict[str, str]


@dataclass
class Faulty:
    """A running server; `script` is played in order, then `otherwise` for every further request."""

    otherwise: Play
    script: list[Play] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Let everything go that still waits, and close the port."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def play(self, connection: socket.socket, heard: Heard) -> None:
        """Answer one request."""
        with self._lock:
            self.heard.append(heard)
            piece = self.script.pop(0) if self.script else self.otherwise
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            piece(connection, self._closing)
        except OSError:
            pass
        finally:
            with self._lock:
                self.at_once -= 1


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no news."""


def _handler(faulty: Faulty) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            raw = b""
            while b"\r\n\r\n" not in raw:
                piece = self.request.recv(65536)
                if not piece:
                    return
                raw += piece
            head, *lines = raw.decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            faulty.play(self.request, Heard(head, {name.lower(): value for name, value in headers.items()}))

    return Handler


def answer(
    status: int = 200, body: Any = b"", headers: dict[str, str] | None = None, length: int | None = None
) -> Play:
    """Return an answer as it should be (or with another Content-Length), on a connection that closes behind it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content-Length": str(len(raw) if length is None else length), "Connection": "close"} | (headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())

    def play(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + raw)

    return play


def page(*ids: str, link: str = "") -> dict[str, Any]:
    """Return a body of messages/delta."""
    return {"value": [{"id": each} for each in ids], "@odata.deltaLink": link}


def zipped(body: bytes, cut: int = 0) -> Play:
    """Return a packed answer, with so many bytes missing at its end."""
    raw = gzip.compress(body)
    return answer(200, raw[: len(raw) - cut], {"Content-Encoding": "gzip"})


def chunked(body: bytes, *, whole: bool) -> Play:
    """Return an answer in chunks; the last one is missing where it shall not be whole."""

    def play(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        connection.sendall(b"%x\r\n%s\r\n" % (len(body), body) + (b"0\r\n\r\n" if whole else b""))

    return play


def reset(connection: socket.socket, _: threading.Event) -> None:
    """Break the connection instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silence(_: socket.socket, closing: threading.Event) -> None:
    """Take the request and say nothing."""
    closing.wait(30)


def drip(connection: socket.socket, closing: threading.Event) -> None:
    """Begin an answer and send a blank now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n")
    while not closing.wait(0.02):
        connection.sendall(b" ")
