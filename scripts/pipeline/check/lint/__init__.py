"""The source's own tools on its code and data, with its own configuration, as when run by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.check.lint.environments import install
from pipeline.check.lint.files import readable
from pipeline.check.lint.groups import Tree
from pipeline.check.lint.plan import LintPlan, Run, choose_tools
from pipeline.check.lint.remembered import clean_cache, run_on_changed
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


def lint(root: Path, settings: Settings, environments: Path, cache: Path | None = None) -> Linted:
    """Run all tools at once, each to its end, and collect their findings.

    Args:
        root: the source.
        settings: its settings.
        environments: folder of the environments with the versions that the source names.
        cache: folder that remembers what is clean; None: nothing is remembered.

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
    tree = Tree(root, readable(root, others), tuple(addon.path for addon in addons))
    runs = tuple(run for run in plan.runs if run.files(tree.paths, tree.addons))
    for run in runs:
        _ = run.version  # reports one that is missing before anything runs
    install({run.environment for run in runs if run.environment}, environments)
    known = clean_cache(cache) if cache else None
    with ThreadPoolExecutor(max(1, len(runs))) as pool:
        reported = pool.map(lambda run: run_on_changed(run, tree, environments, known), runs)
        judged = [(_own(findings, others), keys) for findings, keys in reported]
    if known is not None:
        known.add(key for _, keys in judged for key in keys)
    found = [findings for findings, _ in judged]
    counts: Counter[str] = Counter()
    for run, findings in zip(runs, found, strict=True):
        counts[run.tool.name] += len(findings)
    fixes = [_fix(run) for run in runs if run.tool.fix and counts[run.tool.name]]
    return Linted(
        LintPlan(runs, plan.others),
        sum(path.endswith((".py", ".pyi")) for path in tree.paths),
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
