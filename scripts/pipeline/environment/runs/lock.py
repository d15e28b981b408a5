"""One run per environment. The kernel releases the lock with its owner's process, however it dies.

The file records who has it, what for and since when; its record of a dead owner has no effect.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from pipeline.core import files
from pipeline.core.errors import Locked
from pipeline.core.process import liveness
from pipeline.core.process.liveness import KnownProcess

FILE_NAME = "lock"
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Owner(KnownProcess):
    """Who works on an environment, as recorded in the lock and the journal.

    Attributes:
        user: name of the user.
        host: name of the machine.
        what: what the process does.
        since: when it began.
    """

    user: str = "somebody"
    host: str = "this machine"
    what: str = "something"
    since: str = "a moment"


def owner(what: str) -> Owner:
    """This process."""
    process = liveness.this()
    return Owner(
        process.pid,
        process.started,
        user=os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name,
        host=socket.gethostname(),
        what=what,
        since=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def holder(folder: Path) -> Owner | None:
    """The owner of the lock; None when it is free.

    It only reads what the owner wrote: testing the lock would take it for a moment, and a
    deployment that begins in that moment would be refused.
    """
    who = left_by(folder)
    return who if who is not None and liveness.alive(who) else None


def mine(folder: Path) -> bool:
    """Whether this process has it."""
    return liveness.same(left_by(folder) or KnownProcess())


def left_by(folder: Path) -> Owner | None:
    """The owner that the file names, alive or not."""
    try:
        said = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return liveness.read(Owner, said) if isinstance(said, dict) else None


@contextmanager
def held(folder: Path, me: Owner, wait: float = 0.0) -> Iterator[Owner | None]:
    """Hold the lock inside the block.

    Args:
        folder: of the environment's runs.
        me: the owner to record (see :func:`owner`).
        wait: seconds to wait while another owner has it.

    Yields:
        The dead owner that it was taken over from; None when the last owner released it.

    Raises:
        Locked: somebody else has it; the message states who, what for, since when.
    """
    files.folder(folder)
    descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT, files.FILE)
    try:
        _take(descriptor, folder, wait)
        before = left_by(folder)
        _tell(descriptor, json.dumps(asdict(me)))
        try:
            yield before
        finally:
            with suppress(OSError):
                _tell(descriptor, "")
    finally:
        os.close(descriptor)  # which releases it


def _take(descriptor: int, folder: Path, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if time.monotonic() >= deadline:
                who = left_by(folder) or Owner()
                raise Locked(
                    f"{who.user} on {who.host} has been running `{who.what}` here since "
                    f"{who.since} (process {who.pid or 'unknown'})",
                    "wait for it (--wait SECONDS), follow it (`pipeline environment attach`), or"
                    " end it (`pipeline environment unlock --force`)",
                ) from error
            time.sleep(_PAUSE_SECONDS)


def _tell(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode("utf-8"), 0)
