"""The connection to Docker's daemon: the version of its API, time limits, and errors.

The package ``docker`` is imported only here and in ``api``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

import requests
import urllib3
from docker import APIClient
from docker.constants import DEFAULT_DOCKER_API_VERSION
from docker.errors import APIError, DockerException, StreamParseError

from pipeline.core.errors import PipelineError, TimeLimitError, ToolError
from pipeline.environment.host.daemon.context import socket_path

#: That of Docker 20.10: the oldest API with everything that is used here.
_OLDEST_API = "1.41"
_Version = tuple[int, ...]


class Client(APIClient):
    """A client of one daemon, on which no exported variable has an effect.

    Args:
        socket: where the daemon listens.
        version: of the API.
        seconds: time limit of every answer, and between the pieces of a streamed one.
    """

    def __init__(self, socket: str, version: str, seconds: float) -> None:
        super().__init__(base_url=f"unix://{socket}", version=version, timeout=ceil(seconds))
        self.socket, self.seconds = socket, seconds
        self.trust_env = False  # no proxy, no .netrc
        # A daemon that was restarted between two requests is not an error.
        self.headers["Connection"] = "close"

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a request, with a time limit even where the package sets none, as for a pull."""
        options["timeout"] = options.get("timeout") or self.seconds
        return super().send(request, **options)


def connect(seconds: float) -> Client:
    """A client of the current context's daemon.

    Args:
        seconds: see :class:`Client`.

    Raises:
        InputError: the context cannot be used.
        ToolError: Docker does not answer, is too old, or refuses this user.
        TimeLimitError: it took too long.
    """
    socket = socket_path()
    with asking("give its version", socket, seconds):
        with Client(socket, _OLDEST_API, seconds) as client:
            said = client.version(api_version=False)
    return Client(socket, _common(said), seconds)


def _common(said: dict[str, Any]) -> str:
    """The newest version of the API that both sides support."""
    newest, oldest = (_parsed(said.get(key)) for key in ("ApiVersion", "MinAPIVersion"))
    if newest < _parsed(_OLDEST_API):
        raise ToolError(
            f"Docker {said.get('Version', '')} is too old: its API is {said.get('ApiVersion')}, "
            f"{_OLDEST_API} or newer is needed",
            "install a newer one (`prepare` does)",
        )
    chosen = max(min(newest, _parsed(DEFAULT_DOCKER_API_VERSION)), oldest)
    return ".".join(map(str, chosen))


def _parsed(version: object) -> _Version:
    return tuple(int(part) for part in re.findall(r"\d+", str(version or ""))[:2])


@contextmanager
def asking(what: str, socket: str, seconds: float) -> Iterator[None]:
    """Turn whatever goes wrong in the block into one error that names what Docker was asked to do.

    Args:
        what: such as ``stop the container web``.
        socket: where it listens.
        seconds: the time limit it had.
    """
    try:
        yield
    except APIError as error:
        reason = error.explanation or error
        raise ToolError(
            f"Docker cannot {what}: {reason}",
            "see what it logged: journalctl -u docker",
        ) from error
    except _BROKEN as error:
        raise _unreachable(error, what, socket, seconds) from error


#: Of requests for a complete answer, of urllib3 for a streamed one, of the package, of the socket.
_BROKEN = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    DockerException,
    StreamParseError,
    OSError,
)


def _unreachable(error: BaseException, what: str, socket: str, seconds: float) -> PipelineError:
    causes = list(_causes(error))
    kinds = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)
    if any(isinstance(one, kinds) for one in causes):
        return TimeLimitError(
            f"Docker did not {what} within {seconds:.0f} s",
            "find out what holds it up (journalctl -u docker; a full or slow disk), or raise "
            "command_seconds in pipeline.toml",
        )
    if any(isinstance(one, PermissionError) for one in causes):
        return ToolError(
            f"this account may not use Docker's socket {socket}",
            "put the user into the group docker (`prepare` does), then log in again",
        )
    system = [one.strerror for one in causes if isinstance(one, OSError) and one.strerror]
    reason = system[0] if system else type(error).__name__
    return ToolError(
        f"Docker does not answer at {socket}: {reason}",
        "start it: sudo systemctl start docker; its log: journalctl -u docker",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error with all its causes; the packages put causes among their arguments."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            waiting += [*one.args, one.__cause__, one.__context__]
            yield one
