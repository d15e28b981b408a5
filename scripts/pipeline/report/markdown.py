"""``summary.md``: the end of a run for the job summary of GitHub Actions."""

from __future__ import annotations

from pipeline.core.console import one_line, time_text
from pipeline.core.results import Status, StepResult
from pipeline.core.wording import counted
from pipeline.report.collect import PipelineRun

SHOWN = 50  # findings a step: a job summary may hold 1 MiB
_MARKS = {
    Status.PASSED: "✅",
    Status.FAILED: "❌",
    Status.ERROR: "💥",
    Status.SKIPPED: "⏭️",
}
#: Characters that could start Markdown, HTML or a mention. As entities they are plain text.
_SPECIAL = {ord(char): f"&#{ord(char)};" for char in "\\`*_{}[]<>()#+-!|~&@:\"'$"}
_LONGEST = 300


def escape(text: str) -> str:
    """An untrusted text, on one line, as Markdown that shows exactly that text."""
    return one_line(text, _LONGEST).translate(_SPECIAL)


def render(run: PipelineRun) -> str:
    """The table, and a collapsible list of findings for every bad step."""
    mark = _MARKS[Status.FAILED if run.bad else Status.PASSED]
    lines = [
        f"## {mark} {escape(run.verdict)}",
        "",
        "| step | result | time | what was found | what to do |",
        "|---|---|---:|---|---|",
        *(_row(step, run.cached_before) for step in run.steps),
        "",
    ]
    for step in run.bad:
        lines += _details(step)
    return "\n".join(lines)


def _row(step: StepResult, cached_before: float) -> str:
    cells = (
        escape(step.step),
        f"{_MARKS[step.status]} {step.status.value}",
        time_text(step, cached_before),
        escape(step.summary),
        "" if step.status.good else escape(step.advice),
    )
    return f"| {' | '.join(cells)} |"


def _details(step: StepResult) -> list[str]:
    if not step.findings:
        return []
    count = len(step.findings)
    title = f"{escape(step.step)}: {counted(count, 'finding')}"
    lines = [f"<details><summary><b>{title}</b></summary>", ""]
    for finding in step.findings[:SHOWN]:
        fix = f"<br>fix: {escape(finding.fix)}" if finding.fix else ""
        where = f"<code>{escape(finding.where)}</code> " if finding.path else ""
        lines.append(f"- {where}<b>{escape(finding.code)}</b> " f"{escape(finding.message)}{fix}")
    if count > SHOWN:
        lines.append(f"- and {count - SHOWN} more: see the report")
    return [*lines, "", "</details>", ""]
