"""The files that the gate measures: all that should be tested, imported by a test or not."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.addons.discovery import AddOn
from pipeline.core.addons.search import MANIFESTS
from pipeline.core.errors import InputError

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
    """

    packages: tuple[str, ...]
    addons: tuple[AddOn, ...]
    omit: tuple[str, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """The test steps that this code needs, without ``test-``."""
        return (*((PYTHON,) if self.packages else ()), *(addon.name for addon in self.addons))


def whole(packages: Sequence[str], addons: Sequence[AddOn], omit: Sequence[str] = ()) -> Scope:
    """All packages and all add-ons that Odoo can install, but for the files of ``omit``."""
    installable = tuple(addon for addon in addons if addon.installable)
    return Scope(tuple(packages), installable, tuple(omit))


def only_tested(scope: Scope, tested: Collection[str]) -> Scope:
    """The part of a scope whose tests ran: what these import of the rest proves nothing."""
    return replace(
        scope,
        packages=scope.packages if PYTHON in tested else (),
        addons=tuple(addon for addon in scope.addons if addon.name in tested),
    )


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
