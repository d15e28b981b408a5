"""The sections of ``pipeline.toml`` with their keys and defaults."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.core import references, versions
from pipeline.core.settings.constraints import (
    INSIDE,
    INSIDE_OR_EMPTY,
    MODULES,
    PACKAGES,
    PLACE_OR_EMPTY,
    Constraint,
    limited,
    named,
)
from pipeline.core.settings.environments import Environments
from pipeline.core.settings.suites import NAME, WORKERS, SuiteSettings
from pipeline.core.versions.series import NAMES as SERIES

FILE_NAME = "pipeline.toml"
#: Of ``[odoo] demo``.
BOTH = "both"
_SECONDS = Constraint("a number of seconds from 1 on", least=1)


@dataclass(frozen=True)
class ProjectSettings:
    """The Odoo project.

    Attributes:
        name: short name of the project, used for databases and images.
        series: Odoo series, such as ``19.0``; default: taken from the add-ons' versions.
        addons: folders that contain add-ons; default: found by their manifests.
        dependencies: folders with add-ons of others, such as a submodule ``enterprise`` or
            ``vendor``, and files of git-aggregator, such as ``repos.yaml``: on Odoo's path and in
            the image, neither checked nor tested.
        external_addons: modules from elsewhere that add-ons may depend on.
        manifest_keys: keys of your own that manifests may have.
        shared: files and folders whose changes affect every add-on; so do ``pipeline.toml``,
            ``Dockerfile``, ``dagger.json``, workflows and requirement files.
        repository: URL that ``prepare`` clones on a VM.
    """

    name: str = limited(
        "odoo-project",
        Constraint("lower-case letters, digits, `.`, `_` and `-`", pattern=r"[a-z0-9][a-z0-9._-]*"),
    )
    series: str | None = limited(None, Constraint(f"one of: {', '.join(SERIES)}", choices=SERIES))
    addons: tuple[str, ...] = limited((), INSIDE)
    dependencies: tuple[str, ...] = limited((), INSIDE)
    external_addons: tuple[str, ...] = limited((), MODULES)
    manifest_keys: tuple[str, ...] = ()
    shared: tuple[str, ...] = limited((), INSIDE)
    repository: str = ""


@dataclass(frozen=True)
class OdooSettings:
    """Where the add-ons' tests run.

    Attributes:
        image: image in which the add-ons are tested; default: ``odoo:<series>``.
        postgres: major version of the PostgreSQL used with it: that of PROD. A deployment warns
            when the server of its VM has another one.
        preinstall: modules that the prepared database always has.
        demo: whether tests run with demo data; ``"both"``: first as the series does by default,
            then the other way; default: as the series does, with it up to 18.0.
        requirements: pip requirement files of the add-ons; default: ``requirements.txt`` if it
            exists.
        apt: Debian packages that the add-ons need, if the image has a source for them.
        time_limit: time limit in seconds for the tests of one add-on.
        allowed_skips: tests that may be skipped, or not run at all, such as
            ``addon.tests.module.Class.method``, or a whole class.
        allowed_log: regular expressions of log warnings that tests may cause, and of errors in the
            console of a browser.
    """

    image: str | None = limited(
        None,
        Constraint("an image, such as odoo:19.0 or registry/name:tag", pattern=references.IMAGE),
    )
    postgres: int = limited(17, Constraint("a major version from 12 on", least=12, most=30))
    preinstall: tuple[str, ...] = limited(("base",), PACKAGES)
    demo: bool | str | None = limited(
        None, Constraint('true, false or "both"', choices=(True, False, BOTH))
    )
    requirements: tuple[str, ...] = limited((), INSIDE)
    apt: tuple[str, ...] = limited((), PACKAGES)
    time_limit: int = limited(900, _SECONDS)
    allowed_skips: tuple[str, ...] = ()
    allowed_log: tuple[str, ...] = limited((), Constraint("valid regular expressions", regex=True))


@dataclass(frozen=True)
class PythonSettings:
    """Tests outside Odoo, run by pytest.

    Attributes:
        paths: folders of tests outside Odoo, run by pytest.
        packages: folders whose code the coverage gate measures.
        requirements: pip requirement files for them.
        apt: Debian packages that they need.
        markers: pytest's marker expression; an engine and an Odoo are not there when the pipeline
            runs them.
        workers: processes that share them, file by file; more than one needs pytest-xdist.
        time_limit: time limit in seconds for all of them, or for those of each suite.
        allowed_skips: tests that may be skipped, or not run at all: node ids, files, folders.
        suites: parts of them that run only after a change of what they read.
    """

    paths: tuple[str, ...] = limited((), INSIDE)
    packages: tuple[str, ...] = limited((), INSIDE)
    requirements: tuple[str, ...] = limited((), INSIDE)
    apt: tuple[str, ...] = limited((), PACKAGES)
    markers: str = "not engine and not odoo"
    workers: int = limited(1, WORKERS)
    time_limit: int = limited(900, _SECONDS)
    allowed_skips: tuple[str, ...] = ()
    suites: dict[str, SuiteSettings] = named(NAME)


@dataclass(frozen=True)
class CoverageSettings:
    """The coverage gate.

    Attributes:
        minimum: minimum percentage for Python code, for add-ons, and for both together.
        baseline: file with the coverage that must not drop, read from the merge base.
        compare_with: branch used to find the merge base.
        omit: patterns, as in .gitignore, of files that are not measured: templates whose names end
            in ``.py``.
    """

    minimum: float = limited(80.0, Constraint("a percentage from 0 to 100", least=0, most=100))
    baseline: str = limited("coverage-baseline.json", INSIDE)
    compare_with: str = "origin/main"
    omit: tuple[str, ...] = ()


@dataclass(frozen=True)
class LintSettings:
    """Format, style, and the checks of Odoo's own.

    Attributes:
        pylint_odoo: pylint-odoo checks the code of the add-ons: as the source configures it, else
            what breaks or opens something.
        odoo_hooks: OCA's ``odoo-pre-commit-hooks`` check XML, CSV and translations of the add-ons.
    """

    pylint_odoo: bool = True
    odoo_hooks: bool = True


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
        allowed: patterns, as in .gitignore, of tracked files that are allowed nonetheless.
    """

    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class MutantsSettings:
    """The seeded mutants.

    Attributes:
        folder: folder of patches that break one add-on each.
    """

    folder: str = limited("tests/mutants", INSIDE)


@dataclass(frozen=True)
class ImageSettings:
    """Where the project's image is published.

    Attributes:
        registry: registry that images are published to; ``docker.io`` is Docker Hub.
        repository: repository in it, such as ``resultrum/odoo-mta``; without it, calls have to name
            one.
        version: version of a commit that has no tag ``v<version>``.
        keep: tags ``prod-v…`` that are kept in the registry.
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
        file: how each column is treated in a refresh of UAT from PROD; default:
            ``anonymization.toml`` if it exists.
        encrypted: whether the files of the throwaway server are encrypted on the engine's disk even
            if they fit into memory, such as for an engine with a memory limit of its own.
        copies: where copies for laptops are: an absolute folder, or ``sftp://user@host/path``.
    """

    file: str = limited("", INSIDE_OR_EMPTY)
    encrypted: bool = False
    copies: str = limited("", PLACE_OR_EMPTY)


@dataclass(frozen=True)
class Settings:
    """The whole ``pipeline.toml``; each section is optional."""

    project: ProjectSettings = field(default_factory=ProjectSettings)
    odoo: OdooSettings = field(default_factory=OdooSettings)
    python: PythonSettings = field(default_factory=PythonSettings)
    coverage: CoverageSettings = field(default_factory=CoverageSettings)
    lint: LintSettings = field(default_factory=LintSettings)
    secrets: SecretsSettings = field(default_factory=SecretsSettings)
    mutants: MutantsSettings = field(default_factory=MutantsSettings)
    gitignore: GitignoreSettings = field(default_factory=GitignoreSettings)
    environments: Environments = field(default_factory=Environments)
    image: ImageSettings = field(default_factory=ImageSettings)
    anonymization: AnonymizationSettings = field(default_factory=AnonymizationSettings)
