"""The files that the gate measures: all that should be tested, imported by a test or not."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.addons.discovery import AddOn
from pipeline.core.addons.search import MANIFESTS
from pipeline.core.errors import InputError
from pipeline.core.settings import PythonSettings, Settings

#: The unit of tests outside Odoo, as in ``coverage-python`` and ``test-python``.
PYTHON = "python"
_NOT_CODE = {"tests", "static", "node_modules", "__pycache__"}


@dataclass(frozen=True)
class Scope:
    """What is measured.

    Attributes:
        packages: folders of Python code outside Odoo.
        addons: add-ons; tests and manifests in them do not count.
        omit: patterns, as in .gitignore, of files that are not measured.
        outside: the units of the tests outside Odoo: ``python``, or one for each suite.
    """

    packages: tuple[str, ...]
    addons: tuple[AddOn, ...]
    omit: tuple[str, ...] = ()
    outside: tuple[str, ...] = (PYTHON,)

    @property
    def units(self) -> tuple[str, ...]:
        """The test steps that this code needs, without ``test-``."""
        return (*(self.outside if self.packages else ()), *(addon.name for addon in self.addons))


def units_outside(python: PythonSettings) -> tuple[str, ...]:
    """The units of the tests outside Odoo: ``python``, or one for each suite; empty without any."""
    if not python.paths:
        return ()
    return tuple(f"{PYTHON}-{name}" for name in python.suites) or (PYTHON,)


def whole(settings: Settings, addons: Sequence[AddOn]) -> Scope:
    """All packages and all add-ons that Odoo can install, but for the files to omit."""
    installable = tuple(addon for addon in addons if addon.installable)
    python = settings.python
    outside = units_outside(python) or (PYTHON,)  # it is missed where no test covers a package
    return Scope(python.packages, installable, settings.coverage.omit, outside)


def only_tested(scope: Scope, tested: Collection[str]) -> Scope:
    """The part of a scope whose tests ran: what these import of the rest proves nothing."""
    return replace(
        scope,
        packages=scope.packages if {*scope.outside} & {*tested} else (),
        addons=tuple(addon for addon in scope.addons if addon.name in tested),
    )


def lacking(scope: Scope, data: Collection[str], ran: Collection[str]) -> list[str]:
    """The units whose data is missing. A suite that ran may have measured nothing, as long as
    another one did.

    Args:
        scope: what is measured.
        data: units with data.
        ran: units whose tests ran.
    """
    some = not {*scope.outside}.isdisjoint(data)
    excused = {*scope.outside} & {*ran} if some else set()
    return [unit for unit in scope.units if unit not in data and unit not in excused]


def python_files(root: Path, scope: Scope) -> dict[str, str]:
    """Every file that counts, relative to ``root``, and the add-on it belongs to ("": scripts).

    Raises:
        InputError: a package folder does not exist.
    """
    found: dict[str, str] = {}
    for package in scope.packages:
        if not (root / package).is_dir():
            raise InputError(
                f"the folder {package} of pipeline.toml does not exist",
                "fix [python] packages, or check --source",
            )
        found |= dict.fromkeys(_walk(root, package), "")
    for addon in scope.addons:
        for path in _walk(root, addon.path):
            if path.rpartition("/")[2] not in MANIFESTS:
                found.setdefault(path, addon.name)
    from pathspec import GitIgnoreSpec  # not installed in Odoo's container, which only plans

    left_out = set(GitIgnoreSpec.from_lines(scope.omit).match_files(found))
    return {path: found[path] for path in sorted(found.keys() - left_out)}


def _walk(root: Path, folder: str) -> list[str]:
    found = []
    for place, folders, names in os.walk(root / folder):
        folders[:] = [
            name for name in folders if name not in _NOT_CODE and not name.startswith(".")
        ]
        here = Path(place).relative_to(root)
        found += [(here / name).as_posix() for name in names if name.endswith(".py")]
    return found
