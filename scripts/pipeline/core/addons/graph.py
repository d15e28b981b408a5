"""The dependency graph of add-ons, and which of them a change affects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from pipeline.core.addons.discovery import AddOn

Graph = Mapping[str, tuple[str, ...]]


def dependencies(addons: Iterable[AddOn]) -> Graph:
    """Each add-on's dependencies by name, including modules outside the repository."""
    return {addon.name: addon.depends for addon in addons}


def closure(graph: Graph, names: Iterable[str]) -> set[str]:
    """The names and all their dependencies in the graph; modules outside it are not followed."""
    todo, found = list(names), set[str]()
    while todo:
        name = todo.pop()
        if name not in found and name in graph:
            found.add(name)
            todo += graph[name]
    return found


def external(graph: Graph, names: Iterable[str]) -> set[str]:
    """Modules outside the repository that the closure of ``names`` depends on."""
    return {
        module for name in closure(graph, names) for module in graph[name] if module not in graph
    }


def dependents(graph: Graph, names: Iterable[str]) -> set[str]:
    """The names that are in the graph, and every add-on that depends on one of the names."""
    wanted = set(names)
    return {
        name
        for name in graph
        if wanted & {name, *(module for one in closure(graph, [name]) for module in graph[one])}
    }


def order(graph: Graph, names: Iterable[str]) -> tuple[str, ...]:
    """``names``, each after its dependencies.

    Raises:
        graphlib.CycleError: they depend on each other in a cycle.
    """
    wanted = set(names)
    sorter = TopologicalSorter({name: sorted(graph[name]) for name in sorted(wanted)})
    return tuple(name for name in sorter.static_order() if name in wanted)


def cycle(graph: Graph) -> tuple[str, ...]:
    """The first of :func:`cycles`; empty when there is none."""
    return next(iter(cycles(graph)), ())


def cycles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Every strongly connected component, each as one cycle through it.

    Returns:
        Names in the order "depends on", the first repeated at the end; sorted.
    """
    reach = {name: closure(graph, graph[name]) for name in graph}
    knots = {
        frozenset(other for other in reach[name] if name in reach[other])
        for name in graph
        if name in reach[name]
    }
    return tuple(sorted(_circle(graph, knot) for knot in knots))


def _circle(graph: Graph, knot: frozenset[str]) -> tuple[str, ...]:
    first = min(knot)
    paths: list[tuple[str, ...]] = [(first,)]  # breadth first, to report the shortest cycle
    seen = {first}
    for path in paths:
        for name in sorted(set(graph[path[-1]]) & knot):
            if name == first:
                return (*path, first)
            if name not in seen:
                seen.add(name)
                paths.append((*path, name))
    raise AssertionError(f"no cycle in {sorted(knot)}")


def owners(addons: Iterable[AddOn], paths: Iterable[str]) -> set[str]:
    """The add-ons that contain the given files and folders, or are contained in them.

    Paths are relative to the source.
    """
    folders = {addon.path: addon.name for addon in addons}
    return {
        name
        for path in paths
        for folder, name in folders.items()
        if folder == "." or f"{path}/".startswith(f"{folder}/") or folder.startswith(f"{path}/")
    }
