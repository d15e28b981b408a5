"""Run one tool; its exit code is the verdict, its output has the findings."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.check.lint import configured, tools
from pipeline.check.lint.plan import Run
from pipeline.check.lint.reports import FLAKE8_FORMAT
from pipeline.core.process import Completed, run, tail
from pipeline.core.results import Finding


def run_tool(
    chosen: Run,
    root: Path,
    environments: Path,
    files: Sequence[str],
    variables: Mapping[str, str],
) -> tuple[Finding, ...]:
    """The findings of one tool on these files, which are relative to the root; with variables of
    its process.
    """
    found = _findings(chosen, root, environments, files, variables)
    if found and chosen.default_style and all(finding.code == "isort" for finding in found):
        with tempfile.TemporaryDirectory(prefix="isort-") as folder:
            settings = Path(folder, ".isort.cfg")
            settings.write_text(configured.ODOO_SECTIONS.format(root=root), encoding="utf-8")
            sections = replace(chosen, arguments=(f"--settings-path={settings}",))
            unsorted = [finding.path for finding in found]
            again = _findings(sections, root, environments, unsorted, variables)
        left = {finding.path for finding in again}
        found = tuple(finding for finding in found if finding.path in left)
    return found


def _findings(
    chosen: Run,
    root: Path,
    environments: Path,
    files: Sequence[str],
    variables: Mapping[str, str],
) -> tuple[Finding, ...]:
    tool, needed = chosen.tool, chosen.environment
    python = needed.python(environments) if needed else sys.executable
    with tempfile.TemporaryDirectory(prefix="lint-") as folder:
        written = Path(folder, "report")
        own: tuple[str, ...] = ()
        if tool is tools.FLAKE8:  # the source's configuration may set each of these
            own = (f"--format={FLAKE8_FORMAT}", f"--output-file={written}")
        # flake8 does not understand `--`.
        named = [f"./{path}" if path.startswith("-") else path for path in files]
        # -I: nothing in the source may shadow a module of the tool's.
        argv = (python, "-I", *tool.call, *tool.checking, *own, *chosen.arguments, *named)
        # No user configuration where black would look for it, no cache of pylint's to read.
        homes = {"XDG_CONFIG_HOME": folder, "PYLINTHOME": folder}
        env = {**homes, **dict(tool.variables), **variables}
        done = run(argv, cwd=root, env=env, ok=range(256))
        report = written.read_text("utf-8", "replace") if written.exists() else ""
    return judge(chosen, root, done, report)


def judge(chosen: Run, root: Path, done: Completed, report: str = "") -> tuple[Finding, ...]:
    """The findings of a finished tool. Empty only when its exit code means success."""
    if not done.code:
        return ()
    name = chosen.tool.name
    found = chosen.tool.parse(report or f"{done.stdout}\n{done.stderr}")
    findings = tuple(_below(root, _with_arguments(chosen, finding)) for finding in found)
    if findings:
        return findings
    return (
        Finding(
            "",
            0,
            f"{name.replace(' ', '-')}-failed",
            f"{name} ended with exit code {done.code} without naming a file:\n"
            f"{tail(done.stderr or done.stdout)}",
            f"run `{chosen.by_hand()}` by hand; its configuration may be broken",
        ),
    )


def _with_arguments(chosen: Run, finding: Finding) -> Finding:
    """The command of its fix, with the arguments that the tool was called with."""
    if not chosen.arguments:
        return finding
    command = shlex.join((*chosen.tool.name.split(), *chosen.arguments))
    fix = finding.fix.replace(f"`{chosen.tool.name} ", f"`{command} ")
    return replace(finding, fix=fix)


def _below(root: Path, finding: Finding) -> Finding:
    """Its path relative to the source. OCA's hooks name it from the repository's root, or from /
    where there is no repository."""
    tops = (root, *root.parents)
    whole = next((top / finding.path for top in tops if (top / finding.path).exists()), None)
    path = Path(os.path.relpath(whole or root / finding.path, root)).as_posix()
    fix = finding.fix.replace(shlex.quote(finding.path), shlex.quote(path))
    return replace(finding, path=path, fix=fix)
