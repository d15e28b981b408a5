"""Seeded mutants: patches that break an add-on on purpose. Its tests must notice each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.addons import graph
from pipeline.core.addons.dependencies import Dependency
from pipeline.core.addons.discovery import AddOn
from pipeline.core.errors import InputError
from pipeline.core.results import Finding, StepResult, read_results
from pipeline.test.units import checked_graph, needed, unit

#: What tests report when they notice. A mutant that cannot even be installed proves nothing.
_NOTICED = ("test-failed", "test-error")
_CHANGED = re.compile(r"^(?:---|\+\+\+) [ab]/(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """One way to break the code.

    Attributes:
        name: name of the patch file, without its suffix.
        patch: the patch file, relative to the source.
        addon: the add-on whose code it changes, and whose tests must fail.
        folders: the folders of add-ons that these tests need, as in the plan.
        dependencies: the folders of add-ons of others that they need, as in the plan.
        packages: the Python packages that they need, as in the plan.
        browser: whether they need one, as in the plan.
    """

    name: str
    patch: str
    addon: str
    folders: tuple[str, ...]
    dependencies: tuple[str, ...]
    packages: tuple[str, ...]
    browser: bool


def find(
    root: Path,
    folder: str,
    addons: tuple[AddOn, ...],
    dependencies: tuple[Dependency, ...] = (),
) -> tuple[Mutant, ...]:
    """The mutants in ``folder``, sorted by name.

    Raises:
        InputError: there are none, or a patch does not change exactly one add-on.
    """
    patches = sorted((root / folder).glob("*.patch"))
    if not patches:
        raise InputError(
            f"there are no mutants in {folder}",
            "put patches there that break one add-on each (`git diff > name.patch`), or set "
            "[mutants] folder in pipeline.toml",
        )
    known = (*addons, *needed(addons, dependencies))
    needs = checked_graph(known)
    by_name = {one.name: one for one in known}
    mutants = []
    for patch in patches:
        owners = graph.owners(addons, _CHANGED.findall(patch.read_text(encoding="utf-8")))
        path = patch.relative_to(root).as_posix()
        if len(owners) != 1:
            raise InputError(
                f"{path} changes {', '.join(sorted(owners)) or 'no add-on'}",
                "a mutant changes the code of exactly one add-on",
            )
        (addon,) = owners
        tested = unit(root, by_name, needs, addon)
        mutants.append(
            Mutant(
                patch.stem,
                path,
                addon,
                tested.folders,
                tested.dependencies,
                tested.packages,
                tested.browser,
            )
        )
    return tuple(mutants)


def judge(mutants: Iterable[Mutant], results: Path) -> tuple[Finding, ...]:
    """The mutants that no test noticed.

    Args:
        mutants: all that were tried.
        results: a directory with a subdirectory per mutant, with the results of its tests.
    """
    return tuple(
        Finding(
            mutant.patch,
            0,
            "mutant-survived",
            f"no test of {mutant.addon} fails with this change: {_verdict(mutant, results)}",
            "write a test that fails with it",
        )
        for mutant in mutants
        if not noticed_by(mutant, results)
    )


def noticed_by(mutant: Mutant, results: Path) -> tuple[str, ...]:
    """The messages of the tests that noticed the mutant; empty if none did."""
    result = _result(mutant, results)
    found = result.findings if result else ()
    return tuple(finding.message for finding in found if finding.code in _NOTICED)


def _verdict(mutant: Mutant, results: Path) -> str:
    result = _result(mutant, results)
    if result is None:
        return "its tests left no result"
    return f"{result.status.value}, {result.summary}"


def _result(mutant: Mutant, results: Path) -> StepResult | None:
    found = read_results(results / mutant.name) if (results / mutant.name).is_dir() else ()
    wanted = f"test-{mutant.addon}"
    return next((result for result in found if result.step == wanted), None)
