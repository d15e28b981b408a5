"""Which daemon to use: that of the user's current context, as the command `docker` does."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError

#: Docker's socket, unless a context names another one.
DEFAULT = "/var/run/docker.sock"
_SCHEME = "unix://"


def socket_path() -> str:
    """The socket of the daemon that `docker context use` chose.

    DOCKER_HOST, DOCKER_CONTEXT and DOCKER_CONFIG have no effect, as on the command, which does not
    get them (see core/process/environment.py).

    Raises:
        InputError: the context cannot be read, or its daemon is on another machine.
    """
    folder = _home() / ".docker"
    name = _read(folder / "config.json").get("currentContext") or "default"
    if name == "default":
        return DEFAULT
    digest = hashlib.sha256(str(name).encode()).hexdigest()
    found = _read(folder / "contexts" / "meta" / digest / "meta.json")
    address = _address(found)
    if not address:
        raise InputError(
            f"Docker's current context {name!r} does not say where its daemon is",
            "choose another one: `docker context ls`, then `docker context use`",
        )
    if not address.startswith(_SCHEME):
        raise InputError(
            f"Docker's current context {name!r} is a daemon elsewhere: {address}",
            "choose one of this machine, where the data are: `docker context use default`",
        )
    return address[len(_SCHEME) :]


def _home() -> Path:
    return Path(os.environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)


def _read(path: Path) -> dict[str, Any]:
    """A configuration file of Docker's command; empty when it does not exist."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not valid JSON"
        raise InputError(
            f"Docker's settings {path} cannot be read: {reason}",
            "repair the file, or remove it; `docker login` and `docker context use` write it again",
        ) from error
    return found if isinstance(found, dict) else {}


def _address(meta: dict[str, Any]) -> str:
    try:
        return str(meta["Endpoints"]["docker"]["Host"])
    except (KeyError, TypeError):
        return ""
