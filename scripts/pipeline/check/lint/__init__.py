"""The source's own tools on its code and data, with its own configuration, as when run by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.check.lint.environments import install
from pipeline.check.lint.files import readable
from pipeline.check.lint.plan import LintPlan, Run, choose_tools
from pipeline.check.lint.run import run_tool
from pipeline.core.addons.discovery import AddOn, discover, series_of
from pipeline.core.addons.search import folders_of_others, is_in
from pipeline.core.errors import InputError
from pipeline.core.results import Finding
from pipeline.core.settings import Settings

__all__ = ["Linted", "LintPlan", "Run", "lint", "choose_tools"]


@dataclass(frozen=True)
class Linted:
    """What came of it.

    Attributes:
        plan: what was to run.
        python_files: how many Python files the source has.
        findings: what the tools reported, sorted.
        counts: how many findings each tool has, those with none left out.
        fixes: commands that fix many of them.
    """

    plan: LintPlan
    python_files: int
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    fixes: tuple[str, ...]


def lint(root: Path, settings: Settings, environments: Path) -> Linted:
    """Run all tools at once, each to its end, and collect their findings.

    Args:
        root: the source.
        settings: its settings.
        environments: folder of the environments with the versions that the source names.

    Raises:
        InputError: the root is not a directory, or a configuration cannot be read.
        ToolError: a version that the source names is not available.
    """
    root = root.resolve()
    if not root.is_dir():
        raise InputError(f"the source {root} is not a directory", "check --source")
    addons = _addons(root, settings)
    plan = choose_tools(root, settings, _series(addons, settings))
    others = folders_of_others(root, settings)
    paths, folders = readable(root, others), [addon.path for addon in addons]
    work = [(run, files) for run in plan.runs if (files := run.files(paths, folders))]
    for run, _ in work:
        _ = run.version  # reports one that is missing before anything runs
    install({run.environment for run, _ in work if run.environment}, environments)
    with ThreadPoolExecutor(max(1, len(work))) as pool:
        reported = pool.map(lambda one: run_tool(one[0], root, environments, one[1]), work)
        found = [_own(findings, others) for findings in reported]
    counts: Counter[str] = Counter()
    for (run, _), findings in zip(work, found, strict=True):
        counts[run.tool.name] += len(findings)
    fixes = [_fix(run) for run, _ in work if run.tool.fix and counts[run.tool.name]]
    return Linted(
        LintPlan(tuple(run for run, _ in work), plan.others),
        sum(path.endswith((".py", ".pyi")) for path in paths),
        tuple(sorted(finding for findings in found for finding in findings)),
        {name: count for name, count in counts.items() if count},
        tuple(dict.fromkeys(fixes)),
    )


def _own(findings: Iterable[Finding], others: Collection[str]) -> tuple[Finding, ...]:
    """Without those in folders of others, which a tool that gets the whole source reads as well."""
    return tuple(one for one in findings if not is_in(one.path.removeprefix("./"), others))


def _fix(run: Run) -> str:
    return run.tool.fix.replace(run.tool.name, " ".join((run.tool.name, *run.arguments)), 1)


def _addons(root: Path, settings: Settings) -> tuple[AddOn, ...]:
    """The add-ons; none where they cannot be found, which is for the step `manifests` to report."""
    try:
        return discover(root, settings)
    except InputError:
        return ()


def _series(addons: tuple[AddOn, ...], settings: Settings) -> str:
    try:
        return series_of(addons, settings)
    except InputError:
        return ""
