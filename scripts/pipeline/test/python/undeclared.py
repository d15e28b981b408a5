"""Explain the failure of a suite: files that are in the repository, but that it does not get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline.core.results import Finding, StepResult
from pipeline.test.suites import Suite, is_declared

CODE = "suite-reads"
#: How programs and Python say that a file is missing, and the beginning of pytest's error lines.
_MISSING = re.compile(r"^E |No such file|not found|can't open|does not exist|cannot access", re.M)
_WORD = re.compile(r"""[^\s'"`,;()\[\]<>=]+""")
_QUOTED = re.compile(r"No such file or directory: ['\"]([^'\"]+)['\"]")
_MODULE = re.compile(r"No module named '([\w.]+)'")
_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_SHOWN = 10


def explained(result: StepResult, log: str, root: Path, suite: Suite) -> StepResult:
    """The result of a suite that failed, with a finding for each file that its container lacked.

    Args:
        result: of its step.
        log: what pytest printed.
        root: the source with all files, in the folder in which the suite had its own.
        suite: the suite.
    """
    if suite.everything:
        return result
    said = "\n".join([log, result.summary, *(finding.message for finding in result.findings)])
    paths = {path for path in _named(said, root) if not is_declared(path, suite.files)}
    section = f"[python.suites.{suite.name}]"
    found = [
        Finding(
            path,
            0,
            CODE,
            f"{path} exists in the repository, but the suite {suite.name} does not read it",
            f"add it, or its folder, to {section} reads in pipeline.toml; or move the test that "
            "needs it to a suite that has it",
        )
        for path in sorted(paths)[:_SHOWN]
    ]
    return replace(result, findings=tuple(sorted({*result.findings, *found})))


def _named(said: str, root: Path) -> Iterator[str]:
    """Files and folders of the source that are named as missing, relative to it."""
    for line in said.splitlines():
        if _MISSING.search(line):
            words = [word.rstrip(".:") for word in _WORD.findall(line)]
            absolute = [word for word in words if word.startswith(f"{root}/")]
            for word in (*absolute, *_QUOTED.findall(line)):
                path = (root / word).resolve()
                if path.is_relative_to(root) and path != root and path.exists():
                    yield path.relative_to(root).as_posix()
    modules = {*_MODULE.findall(said)} | {
        f"{package}.{name}" for name, package in _NAME.findall(said)
    }
    for module in modules:
        yield from _files_of(module.split("."), root)


def _files_of(parts: list[str], root: Path) -> Iterator[str]:
    """The file of a module, or its package, below whatever folder."""
    path = "/".join(parts)
    for pattern in (f"**/{path}.py", f"**/{path}/__init__.py"):
        for file in root.glob(pattern):
            found = file.relative_to(root)
            if not any(part[0] == "." for part in found.parts):
                yield (found.parent if found.name == "__init__.py" else found).as_posix()
