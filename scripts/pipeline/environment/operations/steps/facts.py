"""What several kinds of run find and note, a frozen dataclass for each thing that a step notes.

Not one for each kind of run: a fact that is not there yet is then no None that every reader has to
ask for, but an error that names it. What only one kind notes stands with its steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.environment.backup.manifest import Image
from pipeline.environment.odoo import web
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.noted import Fact


@dataclass(frozen=True)
class Before(Fact):
    """``before``: the image that runs."""

    before: Image


@dataclass(frozen=True)
class Checked(Before):
    """What the preflight of a run that backs up finds.

    Attributes:
        fresh: whether there is no database of Odoo.
        database_size: in bytes.
        image_here: whether the image to deploy is on the machine already.
        empty: whether there is no database at all; None: nobody looked, in an earlier version.
    """

    fresh: bool
    database_size: int
    image_here: bool = True
    empty: bool | None = None

    @property
    def no_database(self) -> bool:
        """Whether there is nothing to put back. A database without Odoo may have what somebody
        prepared: settings, extensions, tables."""
        return self.fresh if self.empty is None else self.empty


@dataclass(frozen=True)
class BackedUp(Fact):
    """The backup's; not there where nothing was backed up.

    Attributes:
        backup: path of its manifest.
        moment: when it was begun, by the clock of the database.
    """

    backup: str
    moment: str = ""


@dataclass(frozen=True)
class ToRun(Fact):
    """``after``: the image that is to run, which is on the machine."""

    after: Image


@dataclass(frozen=True)
class Ran(Fact):
    """What ran before the stop.

    Attributes:
        ran: the services.
        worked: whether the web server worked.
    """

    ran: tuple[str, ...]
    worked: bool = True


@dataclass(frozen=True)
class Identity(Fact):
    """``identity``: which database it is, as :func:`rollback_point.identity` tells them apart."""

    identity: str


@dataclass(frozen=True)
class Started(Fact):
    """``web``: the container that was started."""

    web: str


@dataclass(frozen=True)
class OdooStopped(Fact):
    """``stopped``: when Odoo was told to stop, for what was written since."""

    stopped: str


@dataclass(frozen=True)
class OldContainers(Fact):
    """``old``: containers of the old version, while the new one starts next to them."""

    old: tuple[str, ...]


def ran(run: RunContext) -> Ran:
    """What ran before the stop; all of it, when it was not noted yet."""
    return run.find(Ran) or Ran(web.services(run.host))


def identity(run: RunContext) -> str:
    """Of the database as the run knows it; empty: it does not yet."""
    found = run.find(Identity)
    return found.identity if found else ""
