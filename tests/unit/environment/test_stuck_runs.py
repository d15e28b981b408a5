"""A run that cannot be undone names what helps: a resume, and once that failed, also giving up."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import NeedsResume, ToolError
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.host.host import Host
from pipeline.environment.operations.steps import not_anonymized
from pipeline.environment.runs import journal
from pipeline.environment.runs.context import RunContext, Step
from pipeline.environment.runs.journal import Journal
from pipeline.environment.runs.noted import Request
from pipeline.environment.runs.runner import Kind, perform, resume

UAT = resolve("odoo-mta", Environments(), "uat")


def fails(run: RunContext) -> None:
    raise ToolError("docker is gone", "start docker")


def test_giving_up_is_named_once_a_resume_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RunContext, "sweep", lambda self: None)  # it asks docker, which is not here
    monkeypatch.setattr(Host, "runs", property(lambda self: tmp_path))
    folder = tmp_path / "000001-deploy-x"
    folder.mkdir()
    run = RunContext(Host(UAT), folder, Journal(folder / journal.FILE_NAME), Request())
    kind = Kind("deploy", Request, (Step("stop", fails, fails, touches=True),))
    with pytest.raises(NeedsResume) as first:
        perform(run, kind)
    assert "pipeline environment resume" in first.value.fix
    assert "abandon" not in first.value.fix
    run.journal.write(journal.RESUMED, owner={})
    with pytest.raises(NeedsResume) as second:
        resume(run, kind)
    assert f"pipeline environment abandon --environment uat --run {folder.name}" in second.value.fix


@pytest.mark.parametrize("said", [True, False])
def test_copies_that_cannot_be_looked_at_stop_nothing(
    monkeypatch: pytest.MonkeyPatch, said: bool
) -> None:
    def say(text: str) -> None:
        lines.append(text)
        if not said:
            raise OSError("the disk is full")

    def broken(host: Host) -> list[str]:
        raise ToolError("PostgreSQL does not answer", "")

    lines: list[str] = []
    monkeypatch.setattr(not_anonymized, "is_raw", lambda host: False)
    monkeypatch.setattr(not_anonymized.rollback_point, "others", broken)
    not_anonymized.forget_copies(Host(UAT), say)
    assert lines == [
        "warning: copies with PROD's personal data may still be there: PostgreSQL does not answer"
    ]
