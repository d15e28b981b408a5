"""``actions.log``: the end of a run as the log of GitHub Actions reads it.

Findings are in collapsible groups, and the first of them are annotations on the lines of a pull
request. Untrusted texts are between stop markers, in which Actions obeys no command.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from itertools import chain, zip_longest

from pipeline.core.console import console, one_line, results_table
from pipeline.core.results import Finding, StepResult
from pipeline.report.collect import PipelineRun
from pipeline.report.summary import print_step, title

#: Maximum number of annotations that Actions shows for one step of a job.
ANNOTATIONS = 10
_SHOWN = 500  # findings a step in its group
_LONGEST = 500
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = {**_IN_DATA, **str.maketrans({":": "%3A", ",": "%2C"})}


def render(run: PipelineRun, token: str) -> str:
    """The table, a group for every bad step, annotations, and the verdict.

    Args:
        run: the results of all steps.
        token: a word that nobody can guess, for the stop markers.
    """
    out = io.StringIO()
    paper = console(out)
    out.write(f"::stop-commands::{token}\n")
    paper.print(results_table(run.steps, run.cached_before))
    out.write(f"::{token}::\n")
    for step in run.bad:
        out.write(f"::group::{_escaped(title(step), _IN_DATA)}\n::stop-commands::{token}\n")
        print_step(step, paper, _SHOWN)
        out.write(f"::{token}::\n::endgroup::\n")
    for command in annotated(run):
        out.write(f"{command}\n")
    out.write(f"{one_line(run.verdict)}\n")
    return out.getvalue()


def annotated(run: PipelineRun) -> list[str]:
    """The first findings of every failed step, as commands."""
    of_steps = [_of_step(step) for step in run.bad]
    mixed = chain.from_iterable(zip_longest(*of_steps))
    return [command for command in mixed if command is not None][:ANNOTATIONS]


def _of_step(step: StepResult) -> list[str]:
    if not step.findings:
        return [_command({"title": step.step}, f"{step.summary} {step.advice}")]
    return [_of_finding(step, finding) for finding in step.findings[:ANNOTATIONS]]


def _of_finding(step: StepResult, finding: Finding) -> str:
    properties = {}
    if finding.path:
        properties["file"] = finding.path
    if finding.path and finding.line:
        properties["line"] = str(finding.line)
    properties["title"] = f"{step.step}: {finding.code}"
    fix = f" (fix: {finding.fix})" if finding.fix else ""
    return _command(properties, f"{finding.message}{fix}")


def _command(properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_escaped(text, _IN_PROPERTIES)}" for key, text in properties.items())
    return f"::error {given}::{_escaped(message, _IN_DATA)}"


def _escaped(text: str, table: Mapping[int, str | int | None]) -> str:
    return one_line(text, _LONGEST).translate(table)
