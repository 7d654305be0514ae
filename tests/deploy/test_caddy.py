"""Caddy in front: the largest webhook passes, what is bigger does not, and headers arrive once."""

import http.client
import http.server
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

CADDYFILE = Path(__file__).resolve().parents[2] / "deploy" / "caddy" / "Caddyfile"
MEGABYTE = 1_000_000

pytestmark = pytest.mark.slow


class Upstream(http.server.BaseHTTPRequestHandler):
    """Stands in for Postlotse: reads the body, answers with one of its headers."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        wanted = int(self.headers["Content-Length"])
        whole = len(self.rfile.read(wanted)) == wanted
        if whole:
            self.send_response(200)
            self.send_header("X-Frame-Options", "DENY")
            self.send_header("Content-Length", "0")
            self.end_headers()
        self.close_connection = not whole

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def front(tmp_path: Path) -> Iterator[http.client.HTTPConnection]:
    """A connection to Caddy, which runs with the shipped file in front of an upstream."""
    caddy = shutil.which("caddy") or pytest.skip("caddy is not installed")
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=upstream.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "POST_DOMAIN": f"http://127.0.0.1:{port}",
        "POST_UPSTREAM": f"127.0.0.1:{upstream.server_port}",
    }
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if b"serving initial configuration" in line:
                    break
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        finally:
            process.terminate()
            process.wait()
            upstream.shutdown()
            upstream.server_close()
            thread.join()


def post(front: http.client.HTTPConnection, size: int) -> http.client.HTTPResponse:
    front.request("POST", "/hooks/whatsapp", b"x" * size)
    return front.getresponse()


def test_a_webhook_of_three_and_a_half_megabytes_passes_with_its_headers_once(
    front: http.client.HTTPConnection,
) -> None:
    answer = post(front, 3 * MEGABYTE + MEGABYTE // 2)

    assert answer.status == 200
    assert answer.headers.get_all("X-Frame-Options") == ["DENY"]
    assert answer.headers["Server"] is None


def test_a_body_that_nobody_we_know_sends_is_refused(front: http.client.HTTPConnection) -> None:
    try:
        status = post(front, 5 * MEGABYTE).status
    except OSError:  # Caddy may hang up before the body is sent in full
        status = 413

    assert status >= 400
