"""The daemon's socket: what of the Engine's API is asked for, on the state of the program.

A path, a parameter or a value that nothing asks for is refused, as is a version of the API that
this Docker does not speak.
"""

from __future__ import annotations

import hashlib
import json
import re
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from docker_stand_in.routes import ROUTES, VERSIONS, Request, Stream
from docker_stand_in.state import Refusal, State, load, note, save


class _Handler(BaseHTTPRequestHandler):
    server: Daemon
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        return "a socket"

    def end_headers(self) -> None:
        if self.close_connection:  # as asked for
            self.send_header("Connection", "close")
        super().end_headers()

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_DELETE = do_GET

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            state, before = load(self.server.home), load(self.server.home)
            try:
                status, found = self._do(state, body)
                save(state, before)
            except Refusal as refusal:
                status, found = refusal.status, {"message": str(refusal)}
        if isinstance(found, Stream):
            self._stream(found)
        elif isinstance(found, bytes):
            self._send(status, found, "application/octet-stream")
        else:
            content = b"" if found is None else json.dumps(found).encode()
            self._send(status, content, "application/json")

    def _do(self, state: State, body: bytes) -> tuple[int, Any]:
        address = urlsplit(self.path)
        path = unquote(address.path)
        version = re.match(r"/v(\d+\.\d+)(?=/)", path)
        if version:
            path = path[version.end() :]
        note(state, ["api", self.command, unquote(self.path)])
        newest, oldest = VERSIONS[state["docker"].partition(".")[0]]
        if version and not oldest <= _number(version[1]) <= newest:
            raise Refusal(f"client version {version[1]} is not supported", 400)
        for method, pattern, known, do in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == self.command:
                options = dict(parse_qsl(address.query, keep_blank_values=True))
                if unknown := options.keys() - known:
                    raise Refusal(f"stand-in: nobody asks for {sorted(unknown)}", 400)
                request = Request(options, self.headers, json.loads(body) if body else {})
                return do(state, request, *found.groups())
        raise Refusal("page not found", 404)

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 204 and status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if content:
            self.wfile.write(content)

    def _stream(self, events: Stream) -> None:
        """Send events as they come, until the client is gone."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for event in events.parts:
                line = json.dumps(event).encode() + b"\r\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            events.given_up()


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class Daemon(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A daemon that listens.

    Args:
        home: folder of the state.
        socket: where it listens.
    """

    daemon_threads = True

    def __init__(self, home: Path, socket: Path) -> None:
        self.home, self.lock = home, threading.Lock()
        super().__init__(str(socket), _Handler)

    def start(self) -> Callable[[], None]:
        """Answer from now on; gives what ends it."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

        def end() -> None:
            self.shutdown()
            self.server_close()

        return end


def choose(home: Path, socket: Path) -> None:
    """Let a daemon be the one of a home's current context, as `docker context use` does."""
    name = "stand-in"
    folder = home / ".docker"
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": f"unix://{socket}", "SkipTLSVerify": False}}
    described = {"Name": name, "Metadata": {}, "Endpoints": endpoints}
    (meta / "meta.json").write_text(json.dumps(described))
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))
