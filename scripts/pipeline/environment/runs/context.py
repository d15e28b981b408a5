"""What the steps of a run work with: its journal, what it found so far, and the machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pipeline.core import files, limits
from pipeline.core.errors import PipelineError, ToolError
from pipeline.core.process.redaction import raised
from pipeline.environment.host import proxy, sql
from pipeline.environment.host.host import MAINTENANCE, Host
from pipeline.environment.host.image_store import RegistryLogin
from pipeline.environment.machine import preflight
from pipeline.environment.runs import journal, noted, run_history
from pipeline.environment.runs.journal import Event, Journal
from pipeline.environment.runs.noted import Fact, Request
from pipeline.environment.runs.story import Story

R = TypeVar("R", bound=Request)
F = TypeVar("F", bound=Fact)

#: Reserved space, so that the journal can be written and a run undone on a full disk.
_BALLAST, _BALLAST_BYTES = "ballast", 32 << 20


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: as in the journal.
        do: does it. It may run twice, because a resumed run does not know how far it got.
        undo: undoes it, complete or not; it may run twice, too.
        touches: whether visitors can notice it.
        alters: whether it changes the live database itself. From here on, where a person decides,
            a failure stops the run; before it, every failure is undone.
        accepts: whether the new state is accepted with it: from then on, a run only goes forward.
        when: whether it is done at all, decided when its turn comes.
        notes: the facts that it always notes.
        may_note: the facts that it notes in some cases.
    """

    name: str
    do: Callable[[RunContext], None]
    undo: Callable[[RunContext], None] | None = None
    touches: bool = False
    alters: bool = False
    accepts: bool = False
    when: Callable[[RunContext], bool] = lambda run: True
    notes: tuple[type[Fact], ...] = ()
    may_note: tuple[type[Fact], ...] = ()


@dataclass
class RunContext:
    """What the steps of a run work with.

    Attributes:
        host: the VM.
        folder: the run's own folder.
        journal: its journal, in which everything is recorded first.
        request: the request, as in the journal.
        noted: the noted facts, as in the journal; see :meth:`found`.
        registry: the registry login; on a resume, Docker's own.
        ended: called with outcome, message and fix, once they are in the journal.
    """

    host: Host
    folder: Path
    journal: Journal
    request: Request
    noted: dict[str, Any] = field(default_factory=dict)
    registry: RegistryLogin = RegistryLogin()
    ended: Callable[[str, str, str], None] = lambda outcome, message, fix: None

    def __post_init__(self) -> None:
        """Give every session that the run opens its name."""
        self.host = replace(self.host, tag=self.tag)

    @property
    def number(self) -> int:
        """Its number among the runs of its environment."""
        return run_history.number_of(self.folder)

    @property
    def tag(self) -> str:
        """Name of its containers and database sessions, unique on this machine.

        With what is appended, it must be a valid label of a host name: at most 63 characters.
        """
        here = self.host.environment
        project = here.project[:24].replace("_", "-").replace(".", "-")
        return f"pipeline-{project}-{here.name}-{self.number:06}"

    def asked(self, kind: type[R]) -> R:
        """The request, of the type that every run with this step has."""
        assert isinstance(self.request, kind), f"this run was asked a {type(self.request).__name__}"
        return self.request

    def note(self, *facts: Fact) -> None:
        """Record facts for later steps and for a resume: all of them, or none."""
        values = {name: value for fact in facts for name, value in asdict(fact).items()}
        self.noted.update(values)
        self.journal.write(journal.FACT, facts=values)

    def found(self, kind: type[F]) -> F:
        """A fact that an earlier step noted. Raises ToolError when none did."""
        return noted.read(kind, self.noted)

    def find(self, kind: type[F]) -> F | None:
        """A fact that a step noted; None: not noted."""
        return noted.find(kind, self.noted)

    def story(self) -> Story:
        """How far the run got."""
        return Story.of(self.journal.events())

    def say(self, text: str) -> None:
        """Print a message for whoever follows the run."""
        self.journal.write(journal.SAID, text=text)

    def sweep(self) -> None:
        """Remove what a killed process left: containers, sessions, partial files."""
        with suppress(OSError):
            dotenv = self.host.environment.dotenv
            files.forget_partial(dotenv, proxy.state(self.host), self.host.runs)
        self.host.daemon.remove(*self.host.daemon.named(f"{self.tag}-"))
        with suppress(PipelineError):  # a database that is down has no sessions
            if self.host.containers(self.host.environment.database_service):
                preflight.answers(self.host, limits.ANSWER)  # it may be recovering from a crash
            self.host.sql(sql.end_tagged(self.tag), MAINTENANCE)


def open_journal(root: Path, folder: Path, listen: Callable[[Event], None]) -> Journal:
    """The journal of a run; on a full disk, it uses the ballast's space."""
    ballast = root / _BALLAST

    def make_room() -> bool:
        there = ballast.exists()
        ballast.unlink(missing_ok=True)
        return there

    return Journal(folder / journal.FILE_NAME, listen, make_room)


def load_ballast(root: Path) -> None:
    """Reserve space for a full disk."""
    path = root / _BALLAST
    if path.exists() and path.stat().st_size == _BALLAST_BYTES:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, _BALLAST_BYTES)
    except OSError as error:
        path.unlink()
        raise ToolError(
            f"there is no space in {root}: {error.strerror}",
            "free some: old images (`docker image prune`), old backups (`pipeline environment"
            " backup prune`)",
        ) from error
    finally:
        os.close(descriptor)


def drop_ballast(root: Path) -> None:
    """Release the reserved space."""
    (root / _BALLAST).unlink(missing_ok=True)


def as_pipeline_error(error: BaseException) -> PipelineError:
    """Convert any exception to an error with a message and a fix."""
    if isinstance(error, PipelineError):
        return error
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return ToolError(f"{error.strerror or error}{place}", "check the disk and the permissions")
    if isinstance(error, KeyboardInterrupt):
        return ToolError("the run was asked to stop", "start it again if that was a mistake")
    # Its text was never reviewed, and could quote a row.
    return ToolError(raised(error), "report this as a bug of the pipeline")
