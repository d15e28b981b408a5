"""The sections of ``pipeline.toml`` with their keys and defaults."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.core import references, versions
from pipeline.core.constraints import (
    INSIDE,
    INSIDE_OR_EMPTY,
    MODULES,
    PACKAGES,
    Constraint,
    limited,
)
from pipeline.core.environments import Environments

FILE_NAME = "pipeline.toml"
SERIES = tuple(f"{major}.0" for major in range(14, 20))
_SECONDS = Constraint("a number of seconds from 1 on", least=1)


@dataclass(frozen=True)
class ProjectSettings:
    """The Odoo project.

    Attributes:
        name: short name, used for databases and images.
        series: Odoo series; without it, what the add-ons' versions say.
        addons: folders that hold add-ons; empty: found by their manifests.
        external_addons: modules that come from neither the repository nor Odoo.
        manifest_keys: manifest keys of the project's own, beside those of Odoo.
        shared: files and folders whose change concerns every add-on, as that of this file does.
        repository: where VMs clone the project from.
    """

    name: str = limited(
        "odoo-project",
        Constraint("lower-case letters, digits, `.`, `_` and `-`", pattern=r"[a-z0-9][a-z0-9._-]*"),
    )
    series: str | None = limited(None, Constraint(f"one of: {', '.join(SERIES)}", choices=SERIES))
    addons: tuple[str, ...] = limited((), INSIDE)
    external_addons: tuple[str, ...] = limited((), MODULES)
    manifest_keys: tuple[str, ...] = ()
    shared: tuple[str, ...] = limited((), INSIDE)
    repository: str = ""


@dataclass(frozen=True)
class OdooSettings:
    """Where the add-ons' tests run.

    Attributes:
        image: Odoo image; without it, ``odoo:<series>``.
        postgres: major version of PostgreSQL beside it.
        preinstall: modules of Odoo that the prepared database always has.
        demo: whether databases have demo data. On, as in Odoo's own builds: many tests of add-ons
            use it, and demo data that does not load should be noticed.
        requirements: pip requirement files for the Odoo container; empty: requirements.txt at the
            root, when there is one.
        apt: Debian packages for the Odoo container.
        time_limit: seconds for the tests of one add-on.
        allowed_skips: tests that may be skipped or not run, as ``addon.tests.module.Class.method``,
            or whole classes, as ``addon.tests.module.Class``.
        allowed_log: regular expressions of log warnings that tests may cause.
    """

    image: str | None = limited(
        None,
        Constraint("an image, such as odoo:19.0 or registry/name:tag", pattern=references.IMAGE),
    )
    postgres: int = limited(17, Constraint("a major version from 12 on", least=12, most=30))
    preinstall: tuple[str, ...] = limited(("base",), PACKAGES)
    demo: bool = True
    requirements: tuple[str, ...] = limited((), INSIDE)
    apt: tuple[str, ...] = limited((), PACKAGES)
    time_limit: int = limited(900, _SECONDS)
    allowed_skips: tuple[str, ...] = ()
    allowed_log: tuple[str, ...] = limited((), Constraint("valid regular expressions", regex=True))


@dataclass(frozen=True)
class PythonSettings:
    """Tests outside Odoo, run by pytest.

    Attributes:
        paths: folders of tests; empty: there are none.
        packages: folders whose Python code the coverage gate measures.
        requirements: pip requirement files to install first.
        apt: Debian packages to install first.
        markers: pytest's ``-m``: which tests to run. By default, not those that need a Dagger
            engine or an Odoo: neither is there when the pipeline runs them.
        workers: processes that share the tests, file by file; more than one needs pytest-xdist.
        time_limit: seconds for the whole run.
        allowed_skips: tests that may be skipped or not run, as pytest node ids; also whole files
            and folders.
    """

    paths: tuple[str, ...] = limited((), INSIDE)
    packages: tuple[str, ...] = limited((), INSIDE)
    requirements: tuple[str, ...] = limited((), INSIDE)
    apt: tuple[str, ...] = limited((), PACKAGES)
    markers: str = "not engine and not odoo"
    workers: int = limited(1, Constraint("a number from 1 to 64", least=1, most=64))
    time_limit: int = limited(900, _SECONDS)
    allowed_skips: tuple[str, ...] = ()


@dataclass(frozen=True)
class CoverageSettings:
    """The coverage gate.

    Attributes:
        minimum: percent that scripts, add-ons, and both together must reach.
        baseline: file with the coverage to hold, read from the merge base.
        compare_with: branch that the merge base is taken with.
        omit: patterns, as in .gitignore, of files that are not measured, such as templates whose
            names end in .py.
    """

    minimum: float = limited(80.0, Constraint("a percentage from 0 to 100", least=0, most=100))
    baseline: str = limited("coverage-baseline.json", INSIDE)
    compare_with: str = "origin/main"
    omit: tuple[str, ...] = ()


@dataclass(frozen=True)
class SecretsSettings:
    """The secret scan.

    Attributes:
        baseline: file with the reviewed false alarms.
    """

    baseline: str = limited(".secrets.baseline", INSIDE)


@dataclass(frozen=True)
class GitignoreSettings:
    """The check of what git ignores and tracks.

    Attributes:
        allowed: patterns, as in .gitignore, of tracked files that are meant to be there.
    """

    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class MutantsSettings:
    """The seeded mutants.

    Attributes:
        folder: where their patches are.
    """

    folder: str = limited("tests/mutants", INSIDE)


@dataclass(frozen=True)
class ImageSettings:
    """Where the project's image is published.

    Attributes:
        registry: host of the registry; ``docker.io`` is Docker Hub.
        repository: repository in it, such as ``resultrum/odoo-mta``; else calls have to name it.
        version: version of a commit without a tag ``v<version>``.
        keep: tags ``prod-v…`` that are kept.
    """

    registry: str = limited(
        references.DOCKER_HUB,
        Constraint(
            "a host, such as docker.io or registry.example.org:5000, without http://",
            pattern=references.HOST,
        ),
    )
    repository: str | None = limited(
        None,
        Constraint(
            "lower-case words separated by `/`, such as resultrum/odoo-mta",
            pattern=references.NAME,
            longest=references.LONGEST_NAME,
        ),
    )
    version: str | None = limited(
        None,
        Constraint(
            "two to five numbers, such as 1.2.3", pattern=versions.PATTERN, longest=versions.LONGEST
        ),
    )
    keep: int = limited(5, Constraint("a number of tags from 1 on", least=1))


@dataclass(frozen=True)
class AnonymizationSettings:
    """The refresh of UAT from PROD.

    Attributes:
        file: what happens to each column; empty: anonymization.toml, when there is one.
    """

    file: str = limited("", INSIDE_OR_EMPTY)


@dataclass(frozen=True)
class Settings:
    """Everything in ``pipeline.toml``; each section is optional."""

    project: ProjectSettings = field(default_factory=ProjectSettings)
    odoo: OdooSettings = field(default_factory=OdooSettings)
    python: PythonSettings = field(default_factory=PythonSettings)
    coverage: CoverageSettings = field(default_factory=CoverageSettings)
    secrets: SecretsSettings = field(default_factory=SecretsSettings)
    mutants: MutantsSettings = field(default_factory=MutantsSettings)
    gitignore: GitignoreSettings = field(default_factory=GitignoreSettings)
    environments: Environments = field(default_factory=Environments)
    image: ImageSettings = field(default_factory=ImageSettings)
    anonymization: AnonymizationSettings = field(default_factory=AnonymizationSettings)
