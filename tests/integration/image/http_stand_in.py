"""An HTTP server in place of a registry that fails in ways in which a real one seldom does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class HttpStandIn:
    """An HTTP server that answers as it is told, and remembers what it was asked."""

    answers: Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def stand_ins() -> Iterator[Callable[..., HttpStandIn]]:
    """Start one: ``stand_in(lambda method, path, headers, body: (status, headers, body))``."""
    servers = []

    def start(answers: Callable[..., tuple[int, dict[str, str], bytes]]) -> HttpStandIn:
        this = HttpStandIn(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                asked = (self.command, self.path, dict(self.headers), self.rfile.read(length))
                this.asked.append(asked)
                status, headers, body = this.answers(*asked)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        this.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return this

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
