"""How this process itself starts: with the same encoding and permissions for every caller."""

from __future__ import annotations

import io
import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path

#: Python's options when the pipeline is started: no PYTHON* variable, no user site-packages, UTF-8.
ISOLATED = ("-I", "-X", "utf8")
#: Containers read files that a deployment writes; others must not change them.
_UMASK = 0o022
_LOOPBACK = "localhost,127.0.0.1,::1"


def settle() -> None:
    """Make this process independent of the caller's locale, umask and logins.

    The encoding of file names depends on the locale too, and is fixed when Python starts: so under
    any encoding but UTF-8, Python is restarted.
    """
    if sys.getfilesystemencoding().lower() != "utf-8" and "utf8" not in sys.orig_argv:
        _start_again(["-X", "utf8", *sys.orig_argv[1:]], dict(os.environ))
    os.umask(_UMASK)
    # `requests` would send a login from the user's .netrc in place of the given token.
    os.environ["NETRC"] = os.devnull
    for name in ("no_proxy", "NO_PROXY"):  # this machine itself is never behind a proxy
        if (before := os.environ.get(name, "").strip()) != "*":
            os.environ[name] = f"{before},{_LOOPBACK}" if before else _LOOPBACK
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            errors = "surrogateescape" if stream is sys.stdin else "backslashreplace"
            stream.reconfigure(encoding="utf-8", errors=errors)


def work_in(folder: Path) -> None:
    """Work in a folder as its owner.

    root (`sudo pipeline …`) restarts as the folder's owner, who otherwise could no longer change
    the files that root writes there.
    """
    try:
        owner = folder.stat().st_uid
    except OSError:
        return
    if os.geteuid() == 0 and owner != 0:
        become(owner)


def owner_of(path: Path) -> str:
    """The owner of a path, or of the nearest folder above it that this user may read."""
    for one in (path, *path.absolute().parents):
        try:
            return one.owner()
        except KeyError:
            return "an account that is not there any more"
        except OSError:
            continue
    return "root"


def become(uid: int) -> None:
    """Restart as another user; does not return. A uid without an account is not accepted."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return
    arguments = _carried(sys.orig_argv[1:])
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(uid)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    own = {"HOME": entry.pw_dir, "USER": entry.pw_name, "LOGNAME": entry.pw_name}
    _start_again(arguments, {**kept, **own})


def _carried(arguments: Sequence[str]) -> list[str]:
    """The arguments, with the package in memory: nobody else may read it in root's home."""
    carried = []
    for argument in arguments:
        if argument == sys.argv[0] and Path(argument).suffix == ".pyz":
            descriptor = os.memfd_create(Path(argument).name, 0)  # 0: not closed on exec
            with open(descriptor, "wb", closefd=False) as file:
                file.write(Path(argument).read_bytes())
            argument = f"/proc/self/fd/{descriptor}"
        carried.append(argument)
    return carried


def _start_again(arguments: Sequence[str], variables: dict[str, str]) -> None:
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *arguments], variables)
