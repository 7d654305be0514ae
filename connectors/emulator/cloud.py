"""Serves the Cloud API of the emulated firm over HTTP: token and version checked, faults on demand."""

import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.emulator.wire import Ask, Fault, Server, handler

# The business account of the emulated firm, as in its webhooks.
WABA = "102290129340398"
_PATH = re.compile(r"/v\d{1,3}\.\d{1,2}/(.+)")
_JSON = {"Content-Type": "application/json; charset=UTF-8"}
# The status that goes with an error number; all others come with 400.
_STATUS = {190: 401, 10: 403, 200: 403, 4: 429, 80007: 429, 130429: 429, 131056: 429, 131000: 500, 131016: 500, 2: 503}


class Wrong(Exception):
    """An answer that is no success, in Meta's shape: its number, perhaps a subcode, and texts that quote the input."""

    def __init__(self, code: int, details: str = "", subcode: int = 0, retry_after: int = 0) -> None:
        super().__init__(details)
        self.code, self.details, self.subcode, self.retry_after = code, details, subcode, retry_after

    def answer(self) -> Fault:
        """Return it as it goes over the wire."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.details}", "type": "OAuthException", "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details}, "fbtrace_id": "A0",
        }  # fmt: skip
        if self.subcode:
            error["error_subcode"] = self.subcode
        headers = _JSON | ({"Retry-After": str(self.retry_after)} if self.retry_after else {})
        return Fault(_STATUS.get(self.code, 400), headers, json.dumps({"error": error}).encode())


# A part answers what is its own, with None for everything else; it raises Wrong. `path` comes without the version.
Part = Callable[[str, Ask], dict[str, Any] | None]
LOST, BROKEN, DOWN = "lost", "broken", "down"


@dataclass(slots=True)
class CloudApi:
    """The server. `faults` are used up one per order (POST): a Wrong, or LOST (carried out, answer lost), BROKEN (half
    an answer), DOWN (a gateway's 503 without a number, nothing carried out).
    """

    token: str
    parts: Sequence[Part]
    faults: list[Wrong | str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    app_token: str = ""  # of the app itself, where it may ask
    _server: Server | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base(self) -> str:
        """The address without a version, as it stands in the settings."""
        if self._server is None:
            raise RuntimeError("The server was not started.")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> "CloudApi":
        """Listen on a free port of this machine; returns itself."""
        self._server = Server(("127.0.0.1", 0), handler(self.answer))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, ask: Ask) -> Fault:
        """Return the answer to one request."""
        with self._lock:
            self.heard.append(f"{ask.method} {ask.path}")
            fault = self.faults.pop(0) if self.faults and ask.method == "POST" else None
        if isinstance(fault, Wrong):
            return fault.answer()
        if fault == DOWN:
            return Fault(503, {"Content-Type": "text/html"}, b"<html>unavailable</html>")
        try:
            found = self._found(ask)
        except Wrong as wrong:
            return wrong.answer()
        body = json.dumps(found).encode()
        return Fault(200, dict(_JSON), body, cut=fault == BROKEN, reset=fault == LOST)

    def _found(self, ask: Ask) -> dict[str, Any]:
        match = _PATH.fullmatch(ask.path)
        if ask.token not in {self.token, self.app_token or self.token}:
            raise Wrong(190, "Error validating access token: Session has expired.")
        for part in self.parts if match else ():
            found = part(match[1], ask) if match else None
            if found is not None:
                return found
        raise Wrong(100, "Unsupported request. The object does not exist.")
