"""On the VM: a command that keeps running when the connection or the client is gone.

A job has a folder, in which its worker records its own process, the command's output and its end.
Followers read these files; if the worker is not running and no end is recorded, worker and command
died.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.core import files, limits
from pipeline.core.errors import InputError, Killed, PipelineError, ToolError
from pipeline.core.process import ISOLATED, detach, liveness, run, run_appending

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_SYSTEMD = Path("/run/systemd/system")
_MEMORY = Path("/dev/shm")
_PAUSE_SECONDS = 0.1
_KEPT = 50
_WORKER = "worker.json"


@dataclass(frozen=True)
class Job:
    """A command that was started.

    Attributes:
        folder: its files.
    """

    folder: Path

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def output(self) -> Path:
        """All its output."""
        return self.folder / "output"

    @property
    def code(self) -> int | None:
        """Its exit code, once it ended."""
        try:
            return int((self.folder / "exit").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    @property
    def alive(self) -> bool:
        """Whether its worker is running or starting, for which it has `limits.START` seconds."""
        try:
            who = json.loads((self.folder / _WORKER).read_text(encoding="ascii"))
        except FileNotFoundError:
            with contextlib.suppress(FileNotFoundError):
                return time.time() - self.output.stat().st_mtime < limits.START
            return False
        return liveness.alive(liveness.read(liveness.KnownProcess, who))


def root() -> Path:
    """The folder of all jobs of this user."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "odoo-pipeline"


def find(identity: str) -> Job:
    """A job by its id; empty: the newest. Raises InputError when there is none."""
    if identity and not _ID.match(identity):
        raise InputError(f"{identity!r} is not a valid job id", "use an id that `remote` printed")
    found = [path.parent for path in _oldest_first("output") if identity in ("", path.parent.name)]
    if not found:
        raise InputError(
            f"there is no job {identity}" if identity else "nothing was started here yet",
            "`history` lists what happened to the environment",
        )
    return Job(found[-1])


def start(identity: str, command: Sequence[str], secrets: Mapping[str, str], folder: Path) -> Job:
    """Start a command of the pipeline, and return once its worker runs it.

    Args:
        identity: its id, chosen by the client: the same id twice starts one job.
        command: command and options.
        secrets: options and values that become files in memory, such as ``--token-file``.
        folder: working directory.

    Raises:
        InputError: the id is not usable, or there is no such folder.
        ToolError: the worker did not start.
    """
    if not _ID.match(identity):
        raise InputError(f"{identity!r} is not a valid job id", "use letters, digits, `_` and `-`")
    if not folder.is_dir():
        raise InputError(f"{folder} does not exist on the VM", "run `prepare` first")
    job = Job(root() / identity)
    files.folder(root())
    try:
        files.folder(job.folder, new=True)
    except FileExistsError:
        pass  # the same request, sent again after a lost connection
    else:
        _forget(_KEPT)
        files.create(job.output).close()
        handed = _hand_over(secrets)
        wanted = {"command": list(command), "secrets": handed, "cwd": str(folder)}
        files.write(job.folder / "job.json", json.dumps(wanted))
        detach_worker([*_self(), "remote", "job", "work", str(job.folder)], folder, identity)
    deadline = time.monotonic() + limits.START
    while not (job.folder / _WORKER).exists():
        if time.monotonic() > deadline:
            raise ToolError(
                f"the worker of job {identity} does not start", f"see {job.folder} on the VM"
            )
        time.sleep(_PAUSE_SECONDS)
    return job


def detach_worker(argv: Sequence[str], folder: Path, identity: str) -> None:
    """Start the worker: as a unit under systemd, because processes of a login may end with it."""
    if _SYSTEMD.is_dir():
        become = () if os.getuid() == 0 else ("sudo", "-n")
        unit = ("--quiet", "--collect", f"--unit=odoo-pipeline-{identity}")
        where = (f"--uid={os.getuid()}", f"--working-directory={folder}")
        home = f"--setenv=HOME={Path.home()}"
        command = (*become, "systemd-run", *unit, *where, home, "--", *argv)
        try:
            run(command, timeout=limits.START)
            return
        except PipelineError:
            pass  # not permitted to start units: a separate session is enough
    detach(argv, folder)


def work(folder: Path) -> int:
    """The worker: run the command of a job to its end. Returns its exit code."""
    job = Job(folder)
    wanted = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    files.write(folder / _WORKER, json.dumps(asdict(liveness.this())))
    descriptors = []
    command = [*_self(), *wanted["command"]]
    for option, value in _take_over(wanted["secrets"]).items():
        descriptor = os.memfd_create("secret")
        os.write(descriptor, value.encode())
        descriptors.append(descriptor)
        command += [option, f"/proc/self/fd/{descriptor}"]
    code = run_appending(command, job.output, descriptors)
    files.write(folder / "exit", str(code))
    return code


def follow(job: Job, offset: int, write: Callable[[bytes], None]) -> int:
    """Pass on a job's output until it ends. Returns its exit code.

    Args:
        job: the job.
        offset: number of bytes of its output already received.
        write: receives new output.

    Raises:
        InputError: it was removed meanwhile because of its age.
        Killed: the job died.
    """
    gone = InputError(f"the job {job.id} no longer exists", "see `history`")
    try:
        output = job.output.open("rb")
    except FileNotFoundError as error:
        raise gone from error
    with output as file:
        fcntl.flock(file, fcntl.LOCK_SH)  # a cleanup of old jobs skips this one
        if not os.fstat(file.fileno()).st_nlink:  # or was faster
            raise gone
        file.seek(offset)
        while True:
            code, alive = job.code, job.alive  # before the output is read a last time
            while data := file.read(65536):
                write(data)
            if code is None and not alive:
                code = job.code
            if code is not None and code >= 0:
                return code
            if code is not None or not alive:
                how = f"was killed by signal {-code}" if code else "died with its worker"
                raise Killed(
                    f"job {job.id} {how}",
                    "`status` shows how far it got; `resume` finishes or undoes it",
                )
            time.sleep(_PAUSE_SECONDS)


def _self() -> list[str]:
    """This program: the uploaded file, or the installed package."""
    main = Path(sys.argv[0]).resolve()
    if main.suffix == ".pyz":
        return [sys.executable, *ISOLATED, str(main)]
    return [sys.executable, "-m", "pipeline"]


def _hand_over(secrets: Mapping[str, str]) -> str:
    """Store secrets for the worker; in memory, if the machine has a tmpfs."""
    if not secrets:
        return ""
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    descriptor, path = tempfile.mkstemp(prefix="odoo-pipeline-", dir=place)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dict(secrets), file)
    return path


def _take_over(path: str) -> dict[str, str]:
    if not path:
        return {}
    secrets: dict[str, str] = json.loads(Path(path).read_text(encoding="utf-8"))
    Path(path).unlink()
    return secrets


def _forget(kept: int) -> None:
    """Remove the oldest jobs, except running ones and those that somebody follows."""
    for output in _oldest_first("output")[:-kept]:
        with contextlib.suppress(OSError), output.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a new follower waits now
            if not Job(output.parent).alive:
                shutil.rmtree(output.parent, ignore_errors=True)


def _oldest_first(name: str) -> list[Path]:
    """The files with a name in the folders of all jobs, by modification time."""
    found = []
    for folder in root().glob("*"):
        with contextlib.suppress(OSError):  # removed meanwhile, or about to begin
            found.append(((folder / name).stat().st_mtime_ns, folder / name))
    return [path for _, path in sorted(found)]
