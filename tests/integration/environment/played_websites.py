"""Odoo's and the proxy's web servers, as the state of the stand-in for Docker has them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from docker_stand_in.kept import kept

PAGE = '<html><link href="/web/assets/1/web.assets.css"></html>'


def start_websites(home: Path, place: Path) -> tuple[ThreadingHTTPServer, ThreadingHTTPServer]:
    """Start both: Odoo's, which answers at the address of each container, and the proxy's."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing: pytest would show it."""

        def container(self) -> dict[str, Any] | None:
            address = self.connection.getsockname()[0]
            state = kept(home, "state")
            found = (c for c in state["containers"].values() if c["address"] == address)
            return next(found, None)

        def do_GET(self) -> None:
            described = kept(home, "images")
            one = self.container()
            good = one and one["status"] == "running" and described[one["image"]]["healthy"]
            body = (PAGE if good else "no").encode()
            self.send_response(200 if good else 500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Proxy(Handler):
        def container(self) -> dict[str, Any] | None:
            if (place / "proxy" / "state" / "maintenance").exists():
                return None
            upstream = place / "proxy" / "state" / "upstream.conf"
            text = upstream.read_text() if upstream.exists() else ""
            wanted = text.split()[2].rstrip(";") if text else ""
            state = kept(home, "state")
            for name, one in state["containers"].items():
                if one["service"] == "odoo-mta-web" and wanted in ("", name):
                    found: dict[str, Any] = one
                    return found
            return None

    servers = []
    for handler in (Handler, Proxy):
        server = ThreadingHTTPServer(("0.0.0.0", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    return servers[0], servers[1]
