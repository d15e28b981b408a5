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

#: Space that is kept back, so that a full disk leaves room to write the journal and go back.
_BALLAST, _BALLAST_BYTES = "ballast", 32 << 20


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: as the journal has it.
        do: what it does. It may be done twice: a resumed run does not know how far it came.
        undo: how to take it back, done or half done; it may be undone twice as well.
        touches: whether visitors can notice it.
        alters: whether it changes the live database itself. From here on, where a person decides,
            a failure stops the run; before it, every failure is undone everywhere.
        accepts: with it, the new state is accepted: from here on a run goes forward only.
        when: whether it is done at all, as far as is known when its turn comes.
        notes: the facts that are in the journal whenever it is done.
        may_note: those that it notes in some cases.
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
        journal: where everything is written first.
        request: what was asked for, as the journal has it.
        noted: what was found and decided, as the journal has it: see :meth:`found`.
        registry: how the registry is logged in to; on a resume with Docker's own login.
        ended: told outcome, message and fix, once they are in the journal.
    """

    host: Host
    folder: Path
    journal: Journal
    request: Request
    noted: dict[str, Any] = field(default_factory=dict)
    registry: RegistryLogin = RegistryLogin()
    ended: Callable[[str, str, str], None] = lambda outcome, message, fix: None

    def __post_init__(self) -> None:
        """Every session that the run opens has its name."""
        self.host = replace(self.host, tag=self.tag)

    @property
    def number(self) -> int:
        """Its number among the runs of its environment."""
        return run_history.number_of(self.folder)

    @property
    def tag(self) -> str:
        """Name of its containers and database sessions, and of no other project's on this machine.

        With what is added to it, it is a label of a host's name: at most 63 characters.
        """
        here = self.host.environment
        project = here.project[:24].replace("_", "-").replace(".", "-")
        return f"pipeline-{project}-{here.name}-{self.number:06}"

    def asked(self, kind: type[R]) -> R:
        """The request, which every run that has this step makes of this kind."""
        assert isinstance(self.request, kind), f"this run was asked a {type(self.request).__name__}"
        return self.request

    def note(self, *facts: Fact) -> None:
        """Keep what was found, for the steps after it and for a resume: all of it, or nothing."""
        values = {name: value for fact in facts for name, value in asdict(fact).items()}
        self.noted.update(values)
        self.journal.write(journal.FACT, facts=values)

    def found(self, kind: type[F]) -> F:
        """What a step before this one noted. Raises ToolError: none did."""
        return noted.read(kind, self.noted)

    def find(self, kind: type[F]) -> F | None:
        """What a step noted; None: not yet, or there was no need."""
        return noted.find(kind, self.noted)

    def story(self) -> Story:
        """How far it came."""
        return Story.of(self.journal.events())

    def say(self, text: str) -> None:
        """Tell who follows."""
        self.journal.write(journal.SAID, text=text)

    def sweep(self) -> None:
        """End what a killed process left: containers, sessions, half a file."""
        with suppress(OSError):
            dotenv = self.host.environment.dotenv
            files.forget_partial(dotenv, proxy.state(self.host), self.host.runs)
        self.host.daemon.remove(*self.host.daemon.named(f"{self.tag}-"))
        with suppress(PipelineError):  # one that is down has no sessions; who needs it says so
            if self.host.containers(self.host.environment.database_service):
                preflight.answers(self.host, limits.ANSWER)  # it may be recovering from a crash
            self.host.sql(sql.end_tagged(self.tag), MAINTENANCE)


def open_journal(root: Path, folder: Path, listen: Callable[[Event], None]) -> Journal:
    """The journal of a run; on a full disk it has the ballast's room."""
    ballast = root / _BALLAST

    def make_room() -> bool:
        there = ballast.exists()
        ballast.unlink(missing_ok=True)
        return there

    return Journal(folder / journal.FILE_NAME, listen, make_room)


def load_ballast(root: Path) -> None:
    """Keep space back for bad times."""
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
    """Give the space back."""
    (root / _BALLAST).unlink(missing_ok=True)


def as_pipeline_error(error: BaseException) -> PipelineError:
    """Any failure, as one that has a message and a fix."""
    if isinstance(error, PipelineError):
        return error
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return ToolError(f"{error.strerror or error}{place}", "check the disk and the permissions")
    if isinstance(error, KeyboardInterrupt):
        return ToolError("the run was asked to stop", "start it again if that was a mistake")
    # Its words could quote a row, and nobody has read them.
    return ToolError(raised(error), "report this as a bug of the pipeline")
