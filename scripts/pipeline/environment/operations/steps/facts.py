"""What the steps of several kinds of runs note: a frozen dataclass for each fact.

There is not one dataclass per kind of run, because its fields would be None until a step is done,
and every reader would have to check. Facts of only one kind of run are defined with its steps.
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
        empty: whether there is no database at all; None: an earlier version did not record it.
    """

    fresh: bool
    database_size: int
    image_here: bool = True
    empty: bool | None = None

    @property
    def no_database(self) -> bool:
        """Whether there is nothing to put back. A database without Odoo may have been prepared by
        somebody: settings, extensions, tables."""
        return self.fresh if self.empty is None else self.empty


@dataclass(frozen=True)
class BackedUp(Fact):
    """The backup of the run; missing when nothing was backed up.

    Attributes:
        backup: path of its manifest.
        moment: when it began, by the database's clock.
    """

    backup: str
    moment: str = ""


@dataclass(frozen=True)
class ToRun(Fact):
    """``after``: the image to run; it is on the machine."""

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
    """``identity``: of Odoo's database, from :func:`rollback_point.identity`."""

    identity: str


@dataclass(frozen=True)
class Started(Fact):
    """``web``: the container that was started."""

    web: str


@dataclass(frozen=True)
class OdooStopped(Fact):
    """``stopped``: when Odoo was told to stop, to count what was written since."""

    stopped: str


@dataclass(frozen=True)
class OldContainers(Fact):
    """``old``: containers of the old version, while the new one starts next to them."""

    old: tuple[str, ...]


def note_what_ran(run: RunContext) -> None:
    """Note what runs, before anything of it is stopped for the first time."""
    if run.find(Ran) is None:
        services, worked = web.running(run.host), web.works(run.host)
        if services and not worked:
            run.say("warning: Odoo does not work now; if this is undone, it need not work then")
        run.note(Ran(services, worked))


def ran(run: RunContext) -> Ran:
    """What ran before the stop; all services, when that was not noted yet."""
    return run.find(Ran) or Ran(web.services(run.host))


def identity(run: RunContext) -> str:
    """The noted identity of the database; empty: not noted yet."""
    found = run.find(Identity)
    return found.identity if found else ""
