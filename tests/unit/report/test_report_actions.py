"""The log for GitHub Actions, read as its runner reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.core.results import Finding, Status, StepResult
from pipeline.report.actions import ANNOTATIONS, render
from pipeline.report.collect import PipelineRun
from pipeline.report.write import write_report

TOKEN = "a-word-that-nobody-guesses"
COMMAND = re.compile(r"\s*::([a-z-]+)(?: ([^:]*))?::(.*)")


@dataclass
class Reader:
    """What the runner makes of a log: annotations, groups, and lines that it only shows."""

    errors: list[tuple[dict[str, str], str]] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    other_commands: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)


def read(log: str) -> Reader:
    reader, group, stopped = Reader(), "", ""
    for line in log.splitlines():
        if stopped:
            if line.strip() == f"::{stopped}::":
                stopped = ""
            else:
                reader.groups[group].append(line) if group else reader.plain.append(line)
            continue
        if not (command := COMMAND.fullmatch(line)):
            reader.plain.append(line)
            continue
        name, properties, data = command.groups()
        if name == "stop-commands":
            stopped = data
        elif name == "group":
            group = data
            reader.groups[group] = []
        elif name == "endgroup":
            group = ""
        elif name == "error":
            given = dict(part.split("=", 1) for part in (properties or "").split(","))
            reader.errors.append(({key: plain(text) for key, text in given.items()}, plain(data)))
        else:
            reader.other_commands.append(line)
    assert not stopped and not group
    return reader


def plain(text: str) -> str:
    for code, sign in {"%0A": "\n", "%0D": "\r", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(code, sign)
    return text


def failed(name: str, *findings: Finding, summary: str = "looked") -> StepResult:
    return StepResult(name, Status.FAILED, summary, "fix it", 1.0, 1000.0, findings)


def run(*steps: StepResult) -> PipelineRun:
    return PipelineRun(steps, 12.0, 2000.0)


def test_a_good_run_has_the_table_and_no_annotation() -> None:
    log = read(render(run(StepResult("lint", Status.PASSED, "12 files")), TOKEN))
    assert log.errors == [] and log.groups == {}
    assert any("│ lint" in line for line in log.plain)
    assert log.plain[-1] == "PASSED: 1 step in 12.0 s"


def test_a_finding_is_an_annotation_on_its_line_and_stands_in_a_group() -> None:
    finding = Finding("a/b.py", 7, "E501", "line too long: 120, not 100 %", "make it shorter")
    log = read(render(run(failed("lint", finding)), TOKEN))
    assert log.errors == [
        (
            {"file": "a/b.py", "line": "7", "title": "lint: E501"},
            "line too long: 120, not 100 % (fix: make it shorter)",
        )
    ]
    (name,) = log.groups
    assert name == "lint: failed, 1 finding"
    assert any("a/b.py:7" in line for line in log.groups[name])
    assert log.plain[-1] == "FAILED: 1 of 1 step in 12.0 s: lint"


def test_a_step_without_findings_is_an_annotation_of_the_run() -> None:
    error = StepResult("build", Status.ERROR, "no space left", "free some", 1.0)
    assert read(render(run(error), TOKEN)).errors == [
        ({"title": "build"}, "no space left free some")
    ]


def test_a_file_and_no_line() -> None:
    log = read(render(run(failed("manifests", Finding("a", 0, "no-licence", "none"))), TOKEN))
    assert log.errors == [({"file": "a", "title": "manifests: no-licence"}, "none")]


def test_every_bad_step_gets_some_of_the_annotations() -> None:
    many = [Finding(f"f{number}.py", 1, "X", "x") for number in range(30)]
    log = read(render(run(failed("lint", *many), failed("secrets", many[0])), TOKEN))
    assert len(log.errors) == ANNOTATIONS
    assert [error[0]["title"] for error in log.errors].count("secrets: X") == 1
    assert len([line for line in log.groups["lint: failed, 30 findings"] if ": X x" in line]) == 30


def test_texts_of_others_command_nothing() -> None:
    evil = (
        "::set-output name=a::b\n::error::no\r\n::endgroup::\n##[add-path]/tmp\n::stop-commands::x"
    )
    steps = (
        failed("lint", Finding("a,line=1::error::x.py", 3, "::warning::", evil, evil)),
        failed("::notice::step", summary=evil),
    )
    log = read(render(run(*steps), TOKEN))
    assert log.other_commands == []
    assert len(log.errors) == 2 and len(log.groups) == 2
    assert log.errors[0][0]["file"] == "a,line=1::error::x.py"
    assert not any("##[" in line for line in log.plain if "│" not in line)


@pytest.mark.parametrize(("status", "code"), [(Status.PASSED, "0\n"), (Status.ERROR, "1\n")])
def test_the_report_holds_log_and_exit_code(tmp_path: Path, status: Status, code: str) -> None:
    (tmp_path / "in").mkdir()
    report = tmp_path / "report"
    write_report(run(StepResult("lint", status, "looked")), tmp_path, tmp_path / "in", report)
    assert (report / "exit-code").read_text(encoding="utf-8") == code
    first = (report / "actions.log").read_text(encoding="utf-8")
    write_report(run(StepResult("lint", status, "looked")), tmp_path, tmp_path / "in", report)
    assert (report / "actions.log").read_text(encoding="utf-8") != first  # another token
