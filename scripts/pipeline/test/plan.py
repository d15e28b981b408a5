"""The test plan: pure logic from add-ons, settings and changed files."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.core.addons import changes, graph
from pipeline.core.addons import requirements as requirements_text
from pipeline.core.addons.dependencies import (
    Dependency,
    check_series,
    discover_dependencies,
    unlisted,
)
from pipeline.core.addons.discovery import AddOn, discover, series_of
from pipeline.core.addons.repos import read_all_repos, repos_files, unfetched
from pipeline.core.addons.search import folders_of_others
from pipeline.core.addons.tests import find_tests
from pipeline.core.addons.wheels import check_wheels
from pipeline.core.errors import InputError
from pipeline.core.git import require_checkout
from pipeline.core.settings import BOTH, Settings
from pipeline.core.versions.series import SeriesFacts, known_series
from pipeline.test import shards, times
from pipeline.test.coverage.scope import PYTHON
from pipeline.test.needs import Needs, needs_of
from pipeline.test.shards import Shard
from pipeline.test.suites import Suite, make_suites
from pipeline.test.units import Unit, checked_graph, needed, unit

#: Default of the setting: pip requirements of the add-ons, as in OCA's repositories.
REQUIREMENTS = "requirements.txt"


@dataclass(frozen=True)
class DemoData:
    """A database that the add-ons are tested in.

    Attributes:
        wanted: whether it has demo data.
        suffix: what the names of the units that are tested in it end in; empty for the first one.
    """

    wanted: bool
    suffix: str = ""


@dataclass(frozen=True)
class TestPlan:
    """Everything that has to be determined before the containers are built.

    Attributes:
        series: Odoo series, such as ``19.0``.
        odoo_image: image in which the add-ons are tested.
        postgres: major version of the PostgreSQL used with it.
        demo: the databases, with or without demo data, one or two; each unit is tested in each.
        needs: what the databases must have.
        requirements: pip requirement files, relative to the source.
        apt: Debian packages.
        folders: the folders of all add-ons, changed or not.
        dependencies: the folders of all add-ons of others.
        repos: files of git-aggregator.
        unfetched: whether repositories of these are not there yet: once they are, there is another
            plan.
        others: the folders that have them, as the settings name them, and the targets of links.
        unlisted: folders of add-ons that the settings name neither as the repository's own nor as
            those of others.
        links: symbolic links through which add-ons are found; their targets are among the folders.
        installable: the add-ons that Odoo offers for installation.
        units: the add-ons to test, longest first; with a shard, those assigned to it.
        unchanged: installable add-ons that no change affects.
        python: whether there are tests outside Odoo to run; they are the first shard's.
        suites: those that they are split into; empty: they are one step.
        python_requirements: pip requirement files for these, relative to the source.
        included_requirements: the files that any requirement file names by ``-r`` or ``-c``.
        python_apt: Debian packages for these.
    """

    __test__ = False  # not a class of tests, whatever pytest makes of its name

    series: str
    odoo_image: str
    postgres: int
    demo: tuple[DemoData, ...]
    needs: Needs
    requirements: tuple[str, ...]
    apt: tuple[str, ...]
    folders: tuple[str, ...]
    dependencies: tuple[str, ...]
    repos: tuple[str, ...]
    unfetched: bool
    others: tuple[str, ...]
    unlisted: tuple[str, ...]
    links: tuple[str, ...]
    installable: tuple[str, ...]
    units: tuple[Unit, ...]
    unchanged: tuple[str, ...]
    python: bool
    suites: tuple[Suite, ...]
    python_requirements: tuple[str, ...]
    included_requirements: tuple[str, ...]
    python_apt: tuple[str, ...]

    def to_json(self) -> str:
        """Serialize, with sorted keys."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"


def make_plan(
    root: Path,
    settings: Settings,
    changed_since: str | None = None,
    shard: Shard | None = None,
    measured: Path | None = None,
) -> TestPlan:
    """Plan the tests of the repository in ``root``.

    Args:
        root: the source.
        settings: its settings.
        changed_since: a git reference; only add-ons changed since, and their dependents.
        shard: only this part of them.
        measured: file of measured times to split and to order by, instead of the source's.

    Raises:
        InputError: no add-ons, an unreadable manifest, dependencies in a cycle, a requirement
            file that is missing, no such reference, unusable times, a test in no suite or in two.
    """
    requirements = requirement_files(root, settings)
    included = requirements_text.included(root, (*requirements, *settings.python.requirements))
    addons = discover(root, settings)
    waiting = unfetched(root, read_all_repos(root, settings))
    dependencies = () if waiting else discover_dependencies(root, settings, addons)
    needs = checked_graph((*addons, *needed(addons, dependencies)))
    changed = None
    if changed_since is not None:
        require_checkout(root, "--changed-since compares commits")
        shared = (*changes.SHARED, *requirements, *included, *settings.project.shared)
        everything = (*addons, *dependencies)
        changed = _concerned(root, everything, needs, changes.since(root, changed_since), shared)
    whole = plan(root, addons, needs, settings, requirements, included, changed, dependencies)
    check_wheels(root, (*requirements, *included), whole.series)
    whole = replace(
        whole,
        repos=repos_files(settings),
        unfetched=bool(waiting),
        others=folders_of_others(root, settings),
        unlisted=unlisted(root, settings, addons),
        # A suite may read what is not fetched yet.
        suites=() if waiting else make_suites(root, settings.python),
    )
    wanted = {unit.addon for unit in whole.units}
    counts = {
        addon.name: find_tests(root, addon).methods for addon in addons if addon.name in wanted
    }
    known = times.load(root, measured)
    whole = longest_first(whole, known.of(counts))
    return whole if shard is None else part(whole, shard, known, counts)


def longest_first(whole: TestPlan, seconds: Mapping[str, float]) -> TestPlan:
    """A plan whose units begin in this order: the last one to begin is not the longest, for which
    all others would wait.
    """
    units = sorted(whole.units, key=lambda unit: (-seconds[unit.addon], unit.addon))
    return replace(whole, units=tuple(units))


def part(
    whole: TestPlan, shard: Shard, measured: times.Times, tests: Mapping[str, int]
) -> TestPlan:
    """The part of a plan that a shard runs; ``tests`` is the number of tests by add-on.

    An add-on keeps the folders of those that it needs, even if another shard tests them.
    """
    seconds = measured.of({unit.addon: tests[unit.addon] for unit in whole.units})
    first = measured.seconds.get(PYTHON, 0.0) if whole.python else 0.0
    mine = shards.split(seconds, shard.of, first)[shard.number - 1]
    return replace(
        whole,
        units=tuple(unit for unit in whole.units if unit.addon in mine),
        python=whole.python and shard.number == 1,
    )


def _concerned(
    root: Path,
    addons: tuple[AddOn, ...],
    needs: graph.Graph,
    changed: changes.Changes,
    shared: tuple[str, ...],
) -> set[str] | None:
    """The add-ons that changes affect, including those that need them; None: all."""
    if changed.blind or changes.touched(root, shared, changed):
        return None
    return graph.dependents(needs, changes.concerned(root, addons, changed))


def plan(
    root: Path,
    addons: tuple[AddOn, ...],
    needs: graph.Graph,
    settings: Settings,
    requirements: tuple[str, ...],
    included: tuple[str, ...],
    changed: Collection[str] | None,
    dependencies: tuple[Dependency, ...] = (),
) -> TestPlan:
    """The plan for these add-ons; ``changed`` are the names of those to test, None means all.

    Raises:
        InputError: the series is not known, or needs a newer PostgreSQL than the settings say.
    """
    installable = {addon.name for addon in addons if addon.installable}
    wanted = installable if changed is None else installable.intersection(changed)
    series = known_series(series_of(addons, settings), "of the add-ons")
    odoo = settings.odoo
    if odoo.postgres < series.least_postgres:
        raise InputError(
            f"Odoo {series.name} needs PostgreSQL {series.least_postgres} or newer, and [odoo] "
            f"postgres = {odoo.postgres}",
            "set it to the major version of PROD's server, which needs a newer one, too",
        )
    known = (*addons, *dependencies)
    by_name = {addon.name: addon for addon in known}
    check_series([by_name[name] for name in sorted(needs)], series.name)
    return TestPlan(
        series=series.name,
        odoo_image=odoo.image or series.image,
        postgres=odoo.postgres,
        demo=_demo(odoo.demo, series),
        needs=needs_of(root, by_name, needs, sorted(installable), odoo.preinstall),
        requirements=requirements,
        apt=odoo.apt,
        folders=tuple(addon.path for addon in addons),
        dependencies=tuple(addon.path for addon in dependencies),
        repos=(),
        unfetched=False,
        others=(),
        unlisted=(),
        links=tuple(sorted({addon.link for addon in known if addon.link})),
        installable=tuple(sorted(installable)),
        units=tuple(unit(root, by_name, needs, name) for name in sorted(wanted)),
        unchanged=tuple(sorted(installable - wanted)),
        python=bool(settings.python.paths),
        suites=(),
        python_requirements=settings.python.requirements,
        included_requirements=included,
        python_apt=settings.python.apt,
    )


def _demo(setting: bool | str | None, series: SeriesFacts) -> tuple[DemoData, ...]:
    if setting == BOTH:
        other = not series.demo
        return DemoData(series.demo), DemoData(other, f"-with{'' if other else 'out'}-demo")
    return (DemoData(series.demo if setting is None else bool(setting)),)


def requirement_files(root: Path, settings: Settings) -> tuple[str, ...]:
    """The pip requirement files of the Odoo container.

    Raises:
        InputError: a file that the settings name does not exist.
    """
    named = {"odoo": settings.odoo.requirements, "python": settings.python.requirements}
    for section, paths in named.items():
        for path in paths:
            if not (root / path).is_file():
                raise InputError(
                    f"the requirement file {path} of pipeline.toml does not exist",
                    f"fix [{section}] requirements",
                )
    if settings.odoo.requirements:
        return settings.odoo.requirements
    return (REQUIREMENTS,) if (root / REQUIREMENTS).is_file() else ()
