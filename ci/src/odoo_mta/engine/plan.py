"""The JSON that commands of the package print for the module: only types, no logic.

The fields are those of the package's dataclasses; `test_dagger_functions.py` compares them.
"""

from typing import Literal, TypedDict


class Unit(TypedDict):
    """An add-on to test."""

    addon: str
    folders: list[str]
    dependencies: list[str]
    packages: list[str]
    browser: bool


class Mutant(Unit):
    """A patch, and the add-on whose tests must notice it."""

    name: str
    patch: str


class ToolEnvironment(TypedDict):
    """Packages that lint needs, installed together."""

    folder: str
    requirements: list[str]


class LintNeeds(TypedDict):
    """What lint needs: versions that the source names, whether it reads data of add-ons, and the
    folders with add-ons of others, which it does not read."""

    environments: list[ToolEnvironment]
    odoo: bool
    others: list[str]


class DemoData(TypedDict):
    """A database that the add-ons are tested in, and the end of the units' names there."""

    wanted: bool
    suffix: str


class Needs(TypedDict):
    """What all add-ons need of Odoo."""

    modules: dict[str, list[str]]
    always: list[str]
    visited: list[str]


class DatabaseLayer(TypedDict):
    """A database to prepare: the index of the one that it starts from, and what is added."""

    after: int | None
    modules: list[str]
    assets: bool


class Databases(TypedDict):
    """Databases to prepare, and the index of the one for each add-on and for all together."""

    prepared: list[DatabaseLayer]
    used: dict[str, int]
    whole: int


class Suite(TypedDict):
    """Tests outside Odoo that get a container of their own, and what is in it."""

    name: str
    unit: str
    files: list[str]
    everything: bool
    settings: str


class TestPlan(TypedDict):
    """What has to be determined before the containers are built."""

    series: str
    odoo_image: str
    postgres: int
    demo: list[DemoData]
    needs: Needs
    requirements: list[str]
    apt: list[str]
    folders: list[str]
    dependencies: list[str]
    repos: list[str]
    unfetched: bool
    others: list[str]
    unlisted: list[str]
    links: list[str]
    installable: list[str]
    units: list[Unit]
    unchanged: list[str]
    python: bool
    suites: list[Suite]
    python_requirements: list[str]
    included_requirements: list[str]
    python_apt: list[str]


class Storage(TypedDict):
    """Where the files of a throwaway server with PROD's database are."""

    place: Literal["memory", "encrypted"]
    needed: int
    cache: int
    why: str
