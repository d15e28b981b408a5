"""The sections of ``pipeline.toml`` with their keys and defaults."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.core.environments import Environments
from pipeline.core.references import DOCKER_HUB

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
        shared: files and folders whose change concerns every add-on, as that of this file does.
        repository: where VMs clone the project from.
    """

    name: str = "odoo-project"
    series: str | None = None
    addons: tuple[str, ...] = ()
    external_addons: tuple[str, ...] = ()
    manifest_keys: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
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
        allowed_skips: tests that may be skipped or not run, as ``addon.tests.module.Class.method``,
            or whole classes, as ``addon.tests.module.Class``.
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
        allowed_skips: tests that may be skipped or not run, as pytest node ids; also whole files
            and folders.
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
        omit: patterns, as in .gitignore, of files that are not measured, such as templates whose
            names end in .py.
    """

    minimum: float = 80.0
    baseline: str = "coverage-baseline.json"
    compare_with: str = "origin/main"
    omit: tuple[str, ...] = ()


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
