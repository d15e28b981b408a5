"""Preconditions of an add-on's tests, checked before Odoo fails with a less clear message."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from pipeline.core.addons import external, graph
from pipeline.core.addons.discovery import AddOn
from pipeline.core.errors import InputError
from pipeline.core.process import run
from pipeline.core.settings import Settings
from pipeline.test.odoo import installation
from pipeline.test.odoo.prepare import unknown_modules
from pipeline.test.units import checked_graph, unit_closure


def closure_of(addons: tuple[AddOn, ...], name: str) -> tuple[AddOn, ...]:
    """The add-on and those of the repository that it needs, in installation order, itself last.

    Raises:
        InputError: there is no such add-on, or its dependencies are in a cycle.
    """
    by_name = {addon.name: addon for addon in addons}
    if name not in by_name:
        raise InputError(
            f"there is no add-on named {name!r}", f"use one of: {', '.join(sorted(by_name))}"
        )
    needs = graph.dependencies(addons)
    inside = graph.closure(needs, [name])
    needs = checked_graph(tuple(addon for addon in addons if addon.name in inside))
    return tuple(by_name[part] for part in unit_closure(needs, name))


def check_dependencies(
    closure: Sequence[AddOn], settings: Settings, odoo: installation.Installation
) -> None:
    """Raise InputError when Odoo lacks a module that the add-ons or the settings name."""
    inside = {addon.name for addon in closure}
    needed_by = {module: ["[odoo] preinstall"] for module in settings.odoo.preinstall}
    for addon in closure:
        for module in set(addon.depends) - inside:
            needed_by.setdefault(module, []).append(addon.name)
    missing = odoo.missing(needed_by)
    if missing:
        raise unknown_modules(missing, needed_by)


def check_packages_and_programs(closure: Sequence[AddOn]) -> None:
    """Raise InputError if Odoo would refuse an add-on because of a Python package or program.

    They are looked up as Odoo does, in this process: its Python and its PATH are also Odoo's.
    """
    for addon in closure:
        if lacking := [name for name in external.programs(addon) if shutil.which(name) is None]:
            known = ", ".join(external.system_packages(addon)) or "the package that has it"
            raise InputError(
                f"{addon.manifest_path} needs a program that is not installed here: "
                f"{', '.join(lacking)}",
                f"name its Debian package in [odoo] apt of pipeline.toml ({known}), or use an "
                "image that has it ([odoo] image)",
            )
        if absent := [name for name in external.packages([addon]) if not _installed(name)]:
            raise InputError(
                f"{addon.manifest_path} needs a Python package that Odoo's Python lacks: "
                f"{', '.join(absent)}",
                "install it there (`dagger call test` does), or correct `external_dependencies`",
            )


def _installed(requirement: str) -> bool:
    """Whether this Python has the required distribution, in a suitable version."""
    wanted = Requirement(requirement)
    if wanted.marker and not wanted.marker.evaluate():
        return True
    try:
        found = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return _importable(wanted.name)
    return wanted.specifier.contains(found, prereleases=True)


def _importable(name: str) -> bool:
    """Whether Odoo can import what a manifest names by its module instead of its distribution."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # one that it is in, such as `zope` of `zope.event`
        return False


def check_readable(root: Path, closure: Sequence[AddOn]) -> None:
    """Raise InputError if only root may read the source, as in root's home."""
    for addon in closure:
        manifest = str(root / addon.manifest_path)
        if run(installation.as_user(("test", "-r", manifest)), ok=(0, 1)).code:
            raise InputError(
                f"the user {installation.USER} may not read {addon.manifest_path} in {root}",
                "make the source readable for others, and the folders above it accessible (chmod "
                "o+rX)",
            )
