"""Failures of a registry: which ones are retried, and the error when that does not help."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import requests
from dxf.exceptions import DXFAuthInsecureError, DXFError, DXFUnauthorizedError

from pipeline.core.console import one_line
from pipeline.core.errors import RegistryError

T = TypeVar("T")
#: Number of attempts for a temporary failure, with doubling pauses.
_TRIES, _PAUSE, _LONGEST_PAUSE = 4, 1.0, 20.0
_PASSING = (408, 429, 500, 502, 503, 504)
#: No connection, or a broken one.
_BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
#: The library's exceptions when a registry refuses, is unreachable, or answers nonsense.
_EXPECTED = (requests.RequestException, DXFError) + (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


def attempt(where: str, user: str | None, call: Callable[[], T]) -> T:
    """Call a function, with retries when the failure may be temporary.

    Args:
        where: beginning of an error: the registry, and what it cannot do.
        user: the user; None: anonymous.
        call: the function.

    Raises:
        RegistryError: it failed for good.
    """
    pause = _PAUSE
    for again in (True,) * (_TRIES - 1) + (False,):
        try:
            return call()
        except _EXPECTED as error:
            wait = _wait(error) if again else None
            if wait is None:
                raise _explain(where, user, error) from error
        time.sleep(min(max(wait, pause), _LONGEST_PAUSE))
        pause *= 2
    raise AssertionError("the last try returns or raises")


def _explain(where: str, user: str | None, error: Exception) -> RegistryError:
    if isinstance(error, DXFAuthInsecureError):
        return RegistryError(
            f"{where}: the registry requires a login, but plain HTTP would expose the token",
            "use a registry with TLS; --ca-file adds your own certificate authority",
        )
    if _distrusts(error):
        return RegistryError(
            f"{where}: its certificate is not trusted, or it does not speak TLS",
            "check its name; --ca-file adds your own certificate authority, --insecure uses "
            "plain HTTP",
        )
    if isinstance(error, _BROKEN):
        return RegistryError(
            f"{where}: the registry did not answer, or the connection broke",
            "check its name and that it is running, then run the same again: what was uploaded "
            "is kept",
        )
    status = _status(error)
    if status in (401, 403):
        who = "anonymous access" if user is None else f"the user {user!r}"
        return RegistryError(
            f"{where}: it refuses {who} ({status})",
            "check user name and token, and that the token may write to this repository",
        )
    if status == 404:
        return RegistryError(
            f"{where}: there is no such repository or no registry at this address (404)",
            "check [image] registry and repository in pipeline.toml, or the arguments",
        )
    if status == 429:
        return RegistryError(
            f"{where}: too many requests (429)",
            "wait as long as the registry requests, then run the same again",
        )
    if status is not None:
        return RegistryError(
            f"{where}: it answered {status}{_own_words(error)}",
            "check the registry's log and its disk, then run the same again",
        )
    return RegistryError(
        f"{where}: its answer is not that of a registry ({_short(error)})",
        "check the address: it may be that of a proxy or another server",
    )


def _distrusts(error: Exception) -> bool:
    """Whether TLS itself failed, not the connection below it."""
    return isinstance(error, requests.exceptions.SSLError) and "EOF" not in str(error)


def _status(error: Exception) -> int | None:
    if isinstance(error, DXFUnauthorizedError):
        return 401
    if isinstance(error, requests.HTTPError):
        return int(error.response.status_code)
    return None


def _wait(error: Exception) -> float | None:
    """Seconds until a retry makes sense; None: it never does."""
    if _distrusts(error):
        return None
    if isinstance(error, _BROKEN):
        return 0.0
    if _status(error) not in _PASSING:
        return None
    assert isinstance(error, requests.HTTPError)
    asked = error.response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isdigit() else 0.0
    return seconds if seconds <= _LONGEST_PAUSE else None


def _own_words(error: Exception) -> str:
    """The registry's own error message, on one line."""
    assert isinstance(error, requests.HTTPError)
    try:
        first = error.response.json()["errors"][0]
        return f": {one_line(str(first['message']), 200)}"
    except (ValueError, LookupError, TypeError):
        return ""


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(str(error), 120)}"
