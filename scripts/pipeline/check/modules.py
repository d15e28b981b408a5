"""The list of a repository's add-ons, with the tests of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.addons.discovery import AddOn
from pipeline.core.addons.tests import find_tests
from pipeline.core.results import Finding


@dataclass(frozen=True)
class Module:
    """An add-on: what its manifest declares, and how many tests it has.

    Attributes:
        test_files: number of files with tests for Odoo.
        test_methods: number of test methods in them.
        path: its folder, relative to the source.
        problems: the findings, each as ``place: message``.
    """

    name: str
    version: str
    depends: tuple[str, ...]
    installable: bool
    application: bool
    test_files: int
    test_methods: int
    path: str
    problems: tuple[str, ...]


def describe_module(root: Path, addon: AddOn) -> tuple[Module, tuple[Finding, ...]]:
    """The description of an add-on, and the findings about its manifest and its tests."""
    tests = find_tests(root, addon)
    findings = tests.findings
    if addon.problem:
        unreadable = Finding(
            addon.manifest_path,
            addon.problem_line,
            "manifest-unreadable",
            addon.problem,
            "a manifest is a single dict of plain values",
        )
        findings = (unreadable, *findings)
    module = Module(
        name=addon.name,
        version=addon.version,
        depends=() if addon.problem else addon.depends,
        installable=addon.installable,
        application=bool(addon.manifest.get("application", False)),
        test_files=tests.files,
        test_methods=tests.methods,
        path=addon.path,
        problems=tuple(f"{finding.where}: {finding.message}" for finding in findings),
    )
    return module, findings
