"""A journal that cannot be written, the space that was kept back used up: undone all the same."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.errors import CheckFailed, RolledBack, Stopped
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.host.host import Host
from pipeline.environment.runs import journal
from pipeline.environment.runs.context import RunContext, Step
from pipeline.environment.runs.journal import Journal
from pipeline.environment.runs.noted import Request
from pipeline.environment.runs.runner import Kind, perform, resume
from pipeline.environment.runs.story import Story

HERE = resolve("odoo-mta", Environments(), "uat")


class Disk:
    """Lets no file become larger than it is, as a full disk does: the kernel refuses to write."""

    def __init__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        self.signal = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def full(self, path: Path) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, self.before[1]))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    yield made
    made.free()
    signal.signal(signal.SIGXFSZ, made.signal)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    monkeypatch.setattr(RunContext, "sweep", lambda self: None)  # it asks docker, which is not here
    folder = tmp_path / "000001-deploy-x"
    folder.mkdir()
    host = Host(HERE)
    monkeypatch.setattr(Host, "runs", property(lambda self: tmp_path))
    return RunContext(host, folder, Journal(folder / journal.FILE_NAME), Request())


def kind(disk: Disk, undone: list[str], parks: bool = False) -> Kind:
    def fill(run: RunContext) -> None:
        disk.full(run.journal.path)
        raise CheckFailed("the disk is full", "free some space")

    return Kind(
        "deploy",
        Request,
        (
            Step("stop", lambda run: None, lambda run: undone.append("stop"), touches=True),
            Step("migrate", fill, lambda run: undone.append("migrate"), alters=True),
        ),
        parks=lambda run: parks,
        park=lambda run: undone.append("parked") or "roll back",
    )


def test_every_step_is_undone_and_the_user_is_told(run: RunContext, disk: Disk) -> None:
    undone: list[str] = []
    with pytest.raises(RolledBack) as raised:
        perform(run, kind(disk, undone))
    assert undone == ["migrate", "stop"]
    assert "as it was before" in raised.value.message
    assert "journal could not be written (File too large)" in raised.value.message
    assert "pipeline environment resume --environment uat" in raised.value.message
    assert run.story().outcome == "rolled-back"


def test_a_run_that_a_person_decides_about_is_halted(run: RunContext, disk: Disk) -> None:
    undone: list[str] = []
    with pytest.raises(Stopped, match="journal could not be written"):
        perform(run, kind(disk, undone, parks=True))
    assert undone == ["parked"]


def test_it_is_written_as_soon_as_there_is_space(run: RunContext, disk: Disk) -> None:
    run.journal.write(journal.BEGAN, kind="deploy")
    run.journal.in_memory_if_need_be()
    disk.full(run.journal.path)
    run.journal.write(journal.SAID, text="one")
    assert run.journal.unwritten and len(journal.read(run.journal.path)) == 1
    disk.free()
    run.journal.write(journal.SAID, text="two")
    assert not run.journal.unwritten
    assert [one.get("text") for one in journal.read(run.journal.path)] == [None, "one", "two"]


def test_a_later_resume_undoes_it_again_and_records_it(run: RunContext, disk: Disk) -> None:
    undone: list[str] = []
    with pytest.raises(RolledBack):
        perform(run, kind(disk, undone))
    disk.free()
    again = RunContext(run.host, run.folder, Journal(run.journal.path), Request())
    with pytest.raises(RolledBack) as raised:
        resume(again, kind(disk, undone))
    assert undone == ["migrate", "stop", "migrate", "stop"]
    assert "could not be written" not in raised.value.message
    assert Story.of(journal.read(run.journal.path)).outcome == "rolled-back"


def test_nothing_new_begins_unwritten(run: RunContext, disk: Disk) -> None:
    begun: list[str] = []
    steps = (
        Step("one", lambda run: disk.full(run.journal.path), lambda run: begun.append("undone")),
        Step("two", lambda run: begun.append("two")),
    )
    with pytest.raises(Exception, match="File too large"):
        perform(run, Kind("deploy", Request, steps))
    assert begun == ["undone"]
