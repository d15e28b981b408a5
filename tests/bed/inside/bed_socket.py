"""In every process of the pipeline on the VM, before Docker's socket: as `bed_programs` before it.

A connection that is to fail or to hang goes to a socket of this process, which answers as Docker
does when its disk is full, or never.
"""

from __future__ import annotations

import json
import os
import re
import socket
import tempfile
import threading
from typing import Any, Protocol

import bed_rules
import bed_where

_connect = socket.socket.connect


class Counter(Protocol):
    """What counts the actions of this process.

    Attributes:
        plan: what is wanted of it.
        busy: whether it counts nothing now.
    """

    plan: bed_where.Plan
    busy: bool


def watch(hook: Counter) -> None:
    """See every connection to Docker. `hook` counts nothing of what is done for that."""

    def connect(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_UNIX and str(address).endswith("docker.sock"):
            busy, hook.busy = hook.busy, True
            try:
                act = bed_rules.wanted(hook.plan, ["api"])
                address = _door(act, address) if act else address
            finally:
                hook.busy = busy
        _connect(self, address)

    setattr(socket.socket, "connect", connect)


def _door(act: str, real: Any) -> str:
    """A socket for one connection, which does what is wanted."""
    path = os.path.join(tempfile.mkdtemp(prefix="bed-"), "door")
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    os.chmod(path, 0o666)
    door.listen()
    threading.Thread(target=_answer, args=(door, act, real), daemon=True).start()
    return path


def _answer(door: socket.socket, act: str, real: Any) -> None:
    client, _ = door.accept()
    if act == "hang":
        threading.Event().wait()
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(1 << 16)
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += client.recv(1 << 16)
    if act == "fail-late":
        with socket.socket(socket.AF_UNIX) as docker:
            _connect(docker, real)
            docker.sendall(head + b"\r\n\r\n" + body)
            while docker.recv(1 << 16):
                pass
    said = json.dumps({"message": bed_rules.FAILURE.partition(": ")[2]}).encode()
    client.sendall(
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)
    )
    client.close()
