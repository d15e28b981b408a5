"""The check of the add-ons' manifests, and of their entries about files and dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.check.manifests.depends import (
    check_cycles,
    check_depends,
    is_packaged,
    is_required,
    not_here,
    odoo_modules,
)
from pipeline.check.manifests.files import check_assets, check_listed, files_below, loaded_files
from pipeline.check.manifests.odoo_lint import check_with_pylint
from pipeline.check.manifests.source import ManifestSource, read_source
from pipeline.check.manifests.structure import check_external, check_structure, has_sound_types
from pipeline.check.manifests.usage import check_usage, uses_of
from pipeline.core.addons.dependencies import discover_dependencies
from pipeline.core.addons.discovery import AddOn, discover, series_of
from pipeline.core.addons.graph import Graph, closure, dependencies
from pipeline.core.addons.wheels import required_addons
from pipeline.core.errors import InputError
from pipeline.core.results import Finding
from pipeline.core.settings import Settings


@dataclass(frozen=True)
class ManifestReport:
    """What the check found.

    Attributes:
        series: Odoo series that the add-ons are for.
        addons: the add-ons, by name.
        fetched: modules that pip installs, according to the source's packaging or requirements.
        findings: what is wrong, sorted.
    """

    series: str
    addons: tuple[AddOn, ...]
    fetched: tuple[str, ...]
    findings: tuple[Finding, ...]


def check_manifests(root: Path, settings: Settings) -> ManifestReport:
    """Check every manifest below ``root``.

    An add-on that is not installable is not loaded by Odoo: only the shape of its manifest is
    checked, as it may still name versions and modules of an older series.

    Raises:
        InputError: no add-ons, or no series.
        ToolError: pylint failed.
    """
    addons = discover(root, settings)
    series = series_of(addons, settings)
    sources = {addon.name: read_source(root, addon) for addon in addons if not addon.problem}
    findings = [_unreadable(addon) for addon in addons if addon.problem]
    for source in sources.values():
        findings += check_structure(source, settings.project.manifest_keys)
    sound = [
        source
        for source in sources.values()
        if source.addon.installable and has_sound_types(source.manifest)
    ]
    others = _others(root, settings, addons)
    known = odoo_modules(series) | {addon.name for addon in (*addons, *others)}
    fetched = _fetched(root, sound, known)
    outside = odoo_modules(series) | fetched | {*settings.project.external_addons}
    with ThreadPoolExecutor(1) as pool:  # pylint is slow; our own rules run meanwhile
        linted = pool.submit(check_with_pylint, root, sound, series)
        by_name = {addon.name: addon for addon in addons}
        findings += check_cycles(sources.values())
        everything = {**{addon.name: addon for addon in others}, **by_name}
        graph = dependencies(everything.values())
        for source in sound:
            findings += check_depends(source, everything, outside)
            findings += _check_one(root, source, by_name, graph)
        findings += linted.result()
    return ManifestReport(series, addons, tuple(sorted(fetched)), tuple(sorted(set(findings))))


def _check_one(
    root: Path, source: ManifestSource, addons: dict[str, AddOn], graph: Graph
) -> Iterator[Finding]:
    addon = source.addon
    folder = root / addon.path
    files = files_below(folder)
    yield from check_external(source)
    yield from check_assets(root, source, addons)
    yield from check_listed(folder, source, files)
    uses = uses_of(folder, files, loaded_files(source.manifest))
    yield from check_usage(addon, uses, closure(graph, [addon.name]), addons)


def _others(root: Path, settings: Settings, own: tuple[AddOn, ...]) -> tuple[AddOn, ...]:
    """The add-ons of others. If they cannot be read, which the plan reports, every module that the
    repository lacks may be one of them.
    """
    try:
        return discover_dependencies(root, settings, own)
    except InputError:
        names = {name for addon in own for name in addon.depends} - {addon.name for addon in own}
        return tuple(AddOn(name, name, name) for name in sorted(names))


def _unreadable(addon: AddOn) -> Finding:
    return Finding(
        addon.manifest_path,
        addon.problem_line,
        "manifest-unreadable",
        f"{addon.name}: {addon.problem}",
        "a manifest is a single dict of plain values",
    )


def _fetched(root: Path, sources: list[ManifestSource], known: frozenset[str]) -> frozenset[str]:
    required = required_addons(root)
    return frozenset(
        module
        for source in sources
        for module in not_here(source, known)
        if is_required(module, required) or is_packaged(root, source.addon)
    )
