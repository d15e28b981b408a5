"""What add-ons need of Odoo: pure logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.addons import graph
from pipeline.core.addons.discovery import AddOn
from pipeline.core.addons.tests import loads_pages


@dataclass(frozen=True)
class Needs:
    """What all add-ons need of Odoo, changed or not: a change of one of them changes no database.

    Attributes:
        modules: by installable add-on, the modules outside the repository that it needs, sorted.
        always: modules that every database has.
        visited: the add-ons whose tests load pages of Odoo, sorted.
    """

    modules: dict[str, tuple[str, ...]]
    always: tuple[str, ...]
    visited: tuple[str, ...]


def needs_of(
    root: Path,
    by_name: Mapping[str, AddOn],
    needs: graph.Graph,
    names: Sequence[str],
    always: tuple[str, ...],
) -> Needs:
    """What these add-ons need.

    Args:
        root: the source.
        by_name: all add-ons.
        needs: their dependencies.
        names: the installable ones of the repository's own, sorted.
        always: modules that every database has.
    """
    return Needs(
        {name: tuple(sorted(graph.external(needs, [name]))) for name in names},
        always,
        tuple(name for name in names if loads_pages(root, by_name[name])),
    )
