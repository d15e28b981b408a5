"""The project's settings: ``pipeline.toml``, read once and validated whole."""

from __future__ import annotations

import dataclasses
import re
import sys
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import dacite

from pipeline.environments import Environments, problems
from pipeline.errors import InputError, SettingsError
from pipeline.images.names import DOCKER_HUB, Repository, is_version

if sys.version_info >= (3, 11):
    import tomllib
else:  # the pipeline also runs on hosts with Python 3.10
    import tomli as tomllib

FILE_NAME = "pipeline.toml"
SERIES = tuple(f"{major}.0" for major in range(14, 20))


@dataclass(frozen=True)
class Project:
    """The Odoo project.

    Attributes:
        name: short name, used for databases and images.
        series: Odoo series; None: taken from the add-ons' versions.
        addons: folders that hold add-ons; empty: found by their manifests.
        external_addons: modules that come from neither the repository nor Odoo.
        manifest_keys: manifest keys of the project's own, beside those of Odoo.
        repository: where VMs clone the project from.
    """

    name: str = "odoo-project"
    series: str | None = None
    addons: tuple[str, ...] = ()
    external_addons: tuple[str, ...] = ()
    manifest_keys: tuple[str, ...] = ()
    repository: str = ""


@dataclass(frozen=True)
class Odoo:
    """Where the add-ons' tests run.

    Attributes:
        image: Odoo image; None: ``odoo:<series>``.
        postgres: major version of PostgreSQL beside it.
        preinstall: modules of Odoo that the prepared database always has.
        demo: whether databases have demo data. On, as in Odoo's own builds: many tests of add-ons
            use it, and demo data that does not load should be noticed.
        requirements: pip requirement files for the Odoo container; empty: requirements.txt at the
            root, when there is one.
        apt: Debian packages for the Odoo container.
        time_limit: seconds for the tests of one add-on.
        allowed_skips: tests that may be skipped, as ``addon.tests.module.Class.method``, or whole
            classes, as ``addon.tests.module.Class``.
        allowed_log: regular expressions of log warnings that tests may cause.
    """

    image: str | None = None
    postgres: int = 17
    preinstall: tuple[str, ...] = ("base",)
    demo: bool = True
    requirements: tuple[str, ...] = ()
    apt: tuple[str, ...] = ()
    time_limit: int = 900
    allowed_skips: tuple[str, ...] = ()
    allowed_log: tuple[str, ...] = ()


@dataclass(frozen=True)
class PythonTests:
    """Tests outside Odoo, run by pytest.

    Attributes:
        paths: folders of tests; empty: there are none.
        packages: folders whose Python code the coverage gate measures.
        requirements: pip requirement files to install first.
        apt: Debian packages to install first.
        markers: pytest's ``-m``: which tests to run. As set, not those that need a Dagger engine
            or an Odoo: neither is there when the pipeline runs them.
        workers: processes that share the tests, file by file; more than one needs pytest-xdist.
        time_limit: seconds for the whole run.
        allowed_skips: tests that may be skipped, as pytest node ids.
    """

    paths: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    apt: tuple[str, ...] = ()
    markers: str = "not engine and not odoo"
    workers: int = 1
    time_limit: int = 900
    allowed_skips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """The coverage gate.

    Attributes:
        minimum: percent that scripts, add-ons, and both together must reach.
        baseline: file with the coverage to hold, read from the merge base.
        compare_with: branch that the merge base is taken with.
    """

    minimum: float = 80.0
    baseline: str = "coverage-baseline.json"
    compare_with: str = "origin/main"


@dataclass(frozen=True)
class Secrets:
    """The secret scan.

    Attributes:
        baseline: file with the reviewed false alarms.
    """

    baseline: str = ".secrets.baseline"


@dataclass(frozen=True)
class Gitignore:
    """The check of what git ignores and tracks.

    Attributes:
        allowed: patterns, as in .gitignore, of tracked files that are meant to be there.
    """

    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mutants:
    """The seeded mutants.

    Attributes:
        folder: where their patches are.
    """

    folder: str = "tests/mutants"


@dataclass(frozen=True)
class Image:
    """Where the project's image is published.

    Attributes:
        registry: host of the registry; ``docker.io`` is Docker Hub.
        repository: repository in it, such as ``resultrum/odoo-mta``; None: it has to be given.
        version: version of a commit without a tag ``v<version>``.
        keep: tags ``prod-v…`` that are kept.
    """

    registry: str = DOCKER_HUB
    repository: str | None = None
    version: str | None = None
    keep: int = 5


@dataclass(frozen=True)
class Anonymization:
    """The refresh of UAT from PROD.

    Attributes:
        file: what happens to each column; empty: anonymization.toml, when there is one.
    """

    file: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything in ``pipeline.toml``; each section is optional."""

    project: Project = field(default_factory=Project)
    odoo: Odoo = field(default_factory=Odoo)
    python: PythonTests = field(default_factory=PythonTests)
    coverage: Coverage = field(default_factory=Coverage)
    secrets: Secrets = field(default_factory=Secrets)
    mutants: Mutants = field(default_factory=Mutants)
    gitignore: Gitignore = field(default_factory=Gitignore)
    environments: Environments = field(default_factory=Environments)
    image: Image = field(default_factory=Image)
    anonymization: Anonymization = field(default_factory=Anonymization)


def load(root: Path) -> Settings:
    """Read ``<root>/pipeline.toml``; without the file, the defaults.

    Raises:
        SettingsError: not TOML, an unknown key, a wrong type, an impossible value.
    """
    return read(root / FILE_NAME)


def read(path: Path) -> Settings:
    """Read a file of settings, as :func:`load` does."""
    if not path.exists():
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{FILE_NAME} cannot be read: {error}", "mend the file") from error
    return loads(text)


def loads(text: str) -> Settings:
    """Read settings from the text of a ``pipeline.toml``. Raises as :func:`load` does."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} cannot be read: {error}", "mend the file") from error
    return parse(data)


def parse(data: dict[str, Any]) -> Settings:
    """Turn the parsed TOML into settings. Raises SettingsError as :func:`load` does."""
    sections = typing.get_type_hints(Settings)
    _check_sections(data, sections)
    for section, values in data.items():
        _check_section(section, values, sections[section])
    config = dacite.Config(cast=[tuple], type_hooks={float: _number}, strict=True)
    settings = dacite.from_dict(Settings, data, config)
    _check_values(settings)
    return settings


def _number(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _check_sections(named: Iterable[str], sections: Mapping[str, Any]) -> None:
    for section in named:
        if section not in sections:
            raise SettingsError(
                f"{FILE_NAME}: unknown section [{section}]", f"use one of: {', '.join(sections)}"
            )


def _check_section(section: str, values: Any, kind: Any) -> None:
    if not isinstance(values, dict):
        raise SettingsError(
            f"{FILE_NAME}: `{section}` must be a section", f"write [{section}] and its keys below"
        )
    hints = typing.get_type_hints(kind)
    if all(dataclasses.is_dataclass(hint) for hint in hints.values()):  # sections of its own
        parts = {f"{section}.{key}": hint for key, hint in hints.items()}
        _check_sections([f"{section}.{key}" for key in values], parts)
        for key, part in values.items():
            _check_section(f"{section}.{key}", part, hints[key])
        return
    for key, value in values.items():
        if key not in hints:
            raise SettingsError(
                f"{FILE_NAME}: unknown key `{key}` in [{section}]",
                f"use one of: {', '.join(hints)}",
            )
        if not _fits(value, hints[key]):
            raise SettingsError(
                f"{FILE_NAME}: [{section}] {key} = {value!r} has the wrong type",
                f"give {_type_name(hints[key])}",
            )


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint  # `type`, as bool is an int to isinstance


def _type_name(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return 'a list of strings, such as ["a", "b"]'
    names = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
    parts = typing.get_args(hint) or (hint,)
    return " or ".join(names[part] for part in parts if part is not type(None))


def _check_values(settings: Settings) -> None:
    def reject(key: str, value: object, allowed: str) -> None:
        raise SettingsError(f"{FILE_NAME}: {key} = {value!r} is not possible", f"give {allowed}")

    project, odoo = settings.project, settings.odoo
    if project.series is not None and project.series not in SERIES:
        reject("[project] series", project.series, f"one of: {', '.join(SERIES)}")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", project.name):
        reject("[project] name", project.name, "lower-case letters, digits, `.`, `_` and `-`")
    for module in project.external_addons:
        if not re.fullmatch(r"\w+", module):
            reject("[project] external_addons", module, "technical names of modules")
    if not 12 <= odoo.postgres <= 30:
        reject("[odoo] postgres", odoo.postgres, "a major version from 12 on")
    if not 0 <= settings.coverage.minimum <= 100:
        reject("[coverage] minimum", settings.coverage.minimum, "a percentage from 0 to 100")
    for section, limit in (("odoo", odoo.time_limit), ("python", settings.python.time_limit)):
        if limit < 1:
            reject(f"[{section}] time_limit", limit, "a number of seconds from 1 on")
    if not 1 <= settings.python.workers <= 64:
        reject("[python] workers", settings.python.workers, "a number from 1 to 64")
    for key, names in {
        "[odoo] preinstall": odoo.preinstall,
        "[odoo] apt": odoo.apt,
        "[python] apt": settings.python.apt,
    }.items():
        for name in names:
            if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+:=~-]*", name):
                reject(key, name, "names of modules and packages")
    for pattern in odoo.allowed_log:
        try:
            re.compile(pattern)
        except re.error as error:
            reject("[odoo] allowed_log", pattern, f"valid regular expressions ({error})")
    image = settings.image
    try:
        Repository(image.registry, "any" if image.repository is None else image.repository)
    except InputError as error:
        raise SettingsError(f"{FILE_NAME}: [image] {error.message}", error.fix) from error
    if image.version is not None and not is_version(image.version):
        reject("[image] version", image.version, "two to five numbers, such as 1.2.3")
    if image.keep < 1:
        reject("[image] keep", image.keep, "a number of tags from 1 on")
    for key, value, allowed in problems(settings.environments):
        reject(key, value, allowed)
    for key, paths in {
        "[project] addons": project.addons,
        "[odoo] requirements": odoo.requirements,
        "[python] paths": settings.python.paths,
        "[python] packages": settings.python.packages,
        "[python] requirements": settings.python.requirements,
        "[coverage] baseline": (settings.coverage.baseline,),
        "[secrets] baseline": (settings.secrets.baseline,),
        "[mutants] folder": (settings.mutants.folder,),
        "[anonymization] file": (settings.anonymization.file or ".",),
    }.items():
        for path in paths:
            pure = PurePosixPath(path)
            if not path.strip() or pure.is_absolute() or ".." in pure.parts:
                reject(key, path, "a path inside the repository, relative to its root")
