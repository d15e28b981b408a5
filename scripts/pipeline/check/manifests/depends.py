"""Rules on dependencies: they exist, can be installed, and have no cycle."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from manifestoo_core.core_addons import get_core_addons
from manifestoo_core.odoo_series import OdooSeries

from pipeline.check.manifests.source import ManifestSource
from pipeline.core.addons.discovery import AddOn
from pipeline.core.addons.graph import cycles, dependencies
from pipeline.core.addons.wheels import normal_name
from pipeline.core.results import Finding
from pipeline.core.wording import closest

#: What turns an add-on into a Python package whose dependencies are other such packages.
_PACKAGERS = re.compile(r"\b(whool|hatch[-_]odoo|setuptools[-_]odoo|odoo_addon)\b")


def odoo_modules(series: str) -> frozenset[str]:
    """Modules of the Community and the Enterprise edition of a series."""
    return frozenset(get_core_addons(OdooSeries(series)))


def is_packaged(root: Path, addon: AddOn) -> bool:
    """Whether the add-on is also a Python package, so that pip installs the add-ons it needs.

    OCA's repositories are: by ``setup/<add-on>/`` (setuptools-odoo) or by a ``pyproject.toml`` in
    the add-on (whool). Their dependencies are then published as ``odoo-addon-<name>``.
    """
    setup = root / "setup" / addon.name
    files = (setup / "setup.py", setup / "pyproject.toml", root / addon.path / "pyproject.toml")
    return any(
        path.is_file() and _PACKAGERS.search(path.read_text(encoding="utf-8", errors="replace"))
        for path in files
    )


def check_depends(
    source: ManifestSource, addons: Mapping[str, AddOn], outside: Collection[str]
) -> Iterator[Finding]:
    """Yield dependencies that do not exist or cannot be met. The manifest's types must be valid.

    Args:
        source: the manifest.
        addons: every add-on of the repository by name.
        outside: modules that come from elsewhere: Odoo's, and those the settings list.
    """
    name = source.addon.name
    listed = source.manifest.get("depends", ())
    for module, count in Counter(listed).items():
        if count > 1:
            yield source.finding(
                "depends",
                "depends-repeated",
                f"`depends` lists {module} {count} times",
                "keep one",
                module,
            )
        if module == name:
            continue  # reported as a cycle
        if module not in addons and module not in outside:
            yield source.finding(
                "depends",
                "depends-missing",
                f"{name} depends on {module}, which is neither in this repository nor in Odoo",
                f"{_guess(module, {*addons, *outside})}correct the name, or list it in "
                "pipeline.toml ([project] external_addons)",
                module,
            )
        elif module in addons and not addons[module].installable:
            why = addons[module].problem or "its manifest says `installable: False`"
            yield source.finding(
                "depends",
                "depends-not-installable",
                f"{name} depends on {module}, which cannot be installed: {why}",
                f"make {module} installable, or set `installable: False` here as well",
                module,
            )
    triggers = source.manifest.get("auto_install", False)
    for module in triggers if isinstance(triggers, (list, tuple)) else ():
        if module not in source.addon.depends:
            yield source.finding(
                "auto_install",
                "auto-install-trigger",
                f"`auto_install` names {module}, which is not in `depends`: Odoo refuses that",
                "add it to `depends`, or remove it here",
                module,
            )


def check_cycles(sources: Iterable[ManifestSource]) -> Iterator[Finding]:
    """Yield each cycle of dependencies once, at the add-on whose name sorts first."""
    by_name = {source.addon.name: source for source in sources}
    graph = dependencies(source.addon for source in by_name.values())
    for cycle in cycles(graph):
        yield by_name[cycle[0]].finding(
            "depends",
            "depends-cycle",
            f"add-ons depend on each other in a cycle: {' -> '.join(cycle)}",
            "remove one of these dependencies, or move what both need to a third add-on",
            cycle[1],
        )


def not_here(source: ManifestSource, known: Collection[str]) -> set[str]:
    """Dependencies that are not among the known modules."""
    return {module for module in source.addon.depends if module not in known}


def is_required(module: str, required: Collection[str]) -> bool:
    """Whether a module is among :func:`pipeline.core.addons.wheels.required_addons`."""
    return normal_name(module) in required


def _guess(module: str, known: Collection[str]) -> str:
    close = closest(module, known, likeness=0.75)
    return f"did you mean {close}? Otherwise " if close else ""
