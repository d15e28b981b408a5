"""What is tested together: an add-on with those that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.addons import external, graph
from pipeline.core.addons.dependencies import Dependency
from pipeline.core.addons.discovery import AddOn
from pipeline.core.addons.tests import needs_browser
from pipeline.core.errors import InputError


@dataclass(frozen=True)
class Unit:
    """One add-on to test.

    Attributes:
        addon: its name.
        folders: its folder and those of the add-ons of the repository that it needs, in the order
            of their dependencies, its own last.
        dependencies: folders of the add-ons of others that it needs.
        packages: Python packages that their manifests name, as arguments for pip, sorted.
        browser: whether its tests need one.
    """

    addon: str
    folders: tuple[str, ...]
    dependencies: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    browser: bool = False


def unit(root: Path, by_name: Mapping[str, AddOn], needs: graph.Graph, name: str) -> Unit:
    """The unit of an add-on: what its tests need, of the add-ons by name."""
    closure = [by_name[part] for part in unit_closure(needs, name)]
    others = [addon for addon in closure if isinstance(addon, Dependency)]
    return Unit(
        name,
        tuple(addon.path for addon in closure if addon not in others),
        tuple(addon.path for addon in others),
        external.packages(closure),
        needs_browser(root, by_name[name]),
    )


def needed(
    addons: tuple[AddOn, ...], dependencies: tuple[Dependency, ...]
) -> tuple[Dependency, ...]:
    """The add-ons of others that those of the repository need: nothing of the rest matters here."""
    by_name = {addon.name: addon for addon in dependencies}
    names = graph.closure(
        graph.dependencies((*addons, *dependencies)), (one.name for one in addons)
    )
    return tuple(by_name[name] for name in sorted(names & by_name.keys()))


def unit_closure(needs: graph.Graph, name: str) -> tuple[str, ...]:
    """The add-on and those of the repository that it needs, by order of installation."""
    return graph.order(needs, graph.closure(needs, [name]))


def checked_graph(addons: tuple[AddOn, ...]) -> graph.Graph:
    """The graph of dependencies, if the manifests allow a plan.

    Raises:
        InputError: a manifest is unreadable, or add-ons depend on each other in a cycle.
    """
    for addon in addons:
        if addon.problem:
            place = addon.manifest_path + (f" line {addon.problem_line}" * bool(addon.problem_line))
            raise InputError(
                f"{place}: {addon.problem}",
                "write the manifest as one literal dict, such as {'name': …, 'depends': ['base']}",
            )
    needs = graph.dependencies(addons)
    cycle = graph.cycle(needs)
    if cycle:
        raise InputError(
            f"add-ons depend on each other in a cycle: {' -> '.join(cycle)}",
            "remove one of these from `depends` in a manifest",
        )
    return needs
