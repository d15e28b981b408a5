"""The suites of the tests outside Odoo: which tests each has, and the files that it gets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from pipeline.core.errors import InputError
from pipeline.core.settings import EVERYTHING, PythonSettings
from pipeline.core.wording import closest
from pipeline.test.coverage.scope import PYTHON
from pipeline.test.python_files import files_of_tests, has_tests

#: Files at the root in which pytest looks for its settings.
_PYTEST = (
    *("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"),
    *("pyproject.toml", "tox.ini", "setup.cfg"),
)
#: Files that pytest imports from each folder above a test.
_ABOVE = ("conftest.py", "__init__.py")
#: The settings that a run of a suite depends on; what installs packages is a layer below it.
_KEYS = ("packages", "markers", "time_limit", "allowed_skips")


@dataclass(frozen=True)
class Suite:
    """Tests outside Odoo that run in a container of their own.

    Attributes:
        name: of the suite.
        unit: of its step and files, such as ``python-<name>``.
        files: files and folders that it gets, relative to the source, sorted.
        everything: whether it gets all other files as well, except add-ons.
        settings: text of the ``pipeline.toml`` that it runs with. A suite does not depend on
            settings of anything else.
    """

    name: str
    unit: str
    files: tuple[str, ...]
    everything: bool
    settings: str


def make_suites(root: Path, python: PythonSettings) -> tuple[Suite, ...]:
    """The suites of the settings, in their order; none if there are none.

    Raises:
        InputError: a path that does not exist or is not among ``[python] paths``; a test in no
            suite or in several.
    """
    if not python.suites:
        return ()
    for name in python.suites:
        _check_paths(root, python, name)
    _check_tests(root, python)
    return tuple(_suite(root, python, name) for name in python.suites)


def settings_of(python: PythonSettings, name: str) -> PythonSettings:
    """The settings of a suite's run: those of all tests, with its paths and its processes.

    Raises:
        InputError: there is no such suite.
    """
    if name not in python.suites:
        close, known = closest(name, python.suites), ", ".join(python.suites) or "none"
        raise InputError(
            f"{name} is not a suite of pipeline.toml",
            f"did you mean {close}?" if close else f"suites ([python.suites.<name>]): {known}",
        )
    suite = python.suites[name]
    # All suites run at once; rounded up, since some end before others.
    share = suite.workers or -(-python.workers // len(python.suites))
    return replace(python, paths=suite.paths, workers=share)


def is_declared(path: str, files: Iterable[str]) -> bool:
    """Whether a path is one of these files, in one of these folders, or a folder above one."""
    wanted = PurePosixPath(path)
    return any(
        _is_below(path, file) or PurePosixPath(file).is_relative_to(wanted) for file in files
    )


def _suite(root: Path, python: PythonSettings, name: str) -> Suite:
    suite = python.suites[name]
    named = {_plain(path) for path in (*suite.paths, *suite.reads)} - {EVERYTHING}
    files = tuple(sorted({*named, *_surroundings(root, suite.paths)}))
    everything = EVERYTHING in map(_plain, suite.reads)
    return Suite(name, f"{PYTHON}-{name}", files, everything, _text(python, name))


def _text(python: PythonSettings, name: str) -> str:
    """The settings of a run as TOML: a list of texts, a text or a number is written as in JSON."""
    own, suite = settings_of(python, name), python.suites[name]
    values = asdict(own)
    lines = ["[python]", *(f"{key} = {_value(values[key])}" for key in ("paths", *_KEYS))]
    lines += [f"[python.suites.{name}]", f"paths = {_value(suite.paths)}"]
    return "\n".join([*lines, f"workers = {own.workers}", ""])


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _surroundings(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """What pytest reads in addition to the tests: its settings, and files above the tests."""
    wanted = list(_PYTEST)
    for path in paths:
        wanted += [
            (above / file).as_posix() for above in PurePosixPath(path).parents for file in _ABOVE
        ]
    return (file for file in wanted if (root / file).is_file())


def _check_paths(root: Path, python: PythonSettings, name: str) -> None:
    suite, section = python.suites[name], f"[python.suites.{name}]"
    if not suite.paths:
        raise InputError(
            f"{section} of pipeline.toml has no paths",
            f"give it the files or folders with its tests, of {', '.join(python.paths) or 'none'}",
        )
    for key, paths in (("paths", suite.paths), ("reads", suite.reads)):
        for path in paths:
            if not (root / path).exists():
                raise InputError(f"{path} of pipeline.toml does not exist", f"fix {section} {key}")
    for path in suite.paths:
        if not any(_is_below(path, one) for one in python.paths):
            raise InputError(
                f"{section} paths: {path} is not below [python] paths",
                f"add it there, or give a path below {', '.join(python.paths) or 'one of them'}",
            )


def _check_tests(root: Path, python: PythonSettings) -> None:
    """Each file with tests is in one suite."""
    for file in sorted({file for path in python.paths for file in files_of_tests(root, path)}):
        mine = [
            name
            for name, suite in python.suites.items()
            if any(_is_below(file, path) for path in suite.paths)
        ]
        if len(mine) > 1:
            raise InputError(
                f"the tests of {file} are in several suites: {', '.join(mine)}",
                "leave it, or a folder above it, in the paths of one of them "
                f"({', '.join(f'[python.suites.{name}]' for name in mine)})",
            )
        if not mine and file not in python.allowed_skips and has_tests(root / file):
            raise InputError(
                f"the tests of {file} are in no suite",
                "add it, or a folder above it, to the paths of one ([python.suites.<name>]): "
                f"{', '.join(python.suites)}",
            )


def _is_below(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(PurePosixPath(folder))


def _plain(path: str) -> str:
    """A path without ``./`` before and ``/`` after it."""
    return PurePosixPath(path).as_posix()
