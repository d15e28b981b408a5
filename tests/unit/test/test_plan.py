"""What is planned for a repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.errors import InputError, ToolError
from pipeline.core.settings import OdooSettings, ProjectSettings, PythonSettings, Settings
from pipeline.core.versions.series import TABLE, SeriesFacts
from pipeline.test.needs import Needs
from pipeline.test.plan import DemoData, TestPlan, make_plan
from pipeline.test.shards import Shard
from pipeline.test.units import Unit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A chain a <- b <- c, a loner d that needs mail, and e, which is not installable."""
    manifests = {
        "a": '{"version": "19.0.1.0.0", "depends": ["base"]}',
        "b": '{"version": "19.0.1.0.0", "depends": ["a", "web"]}',
        "c": '{"version": "19.0.1.0.0", "depends": ["b", "a"]}',
        "d": '{"version": "19.0.1.0.0", "depends": ["mail"]}',
        "e": '{"version": "19.0.1.0.0", "depends": ["stock"], "installable": False}',
    }
    for name, text in manifests.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__manifest__.py").write_text(text)
    return tmp_path


def commit(repository: Path) -> None:
    """Commit everything in the folder."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for arguments in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "one")):
        subprocess.run(["git", *arguments], cwd=repository, check=True)


def planned(repository: Path, settings: Settings = Settings()) -> list[str]:
    """The add-ons that are tested for changes since the commit."""
    return [unit.addon for unit in make_plan(repository, settings, "HEAD").units]


def test_an_addon_needs_the_python_packages_of_what_it_depends_on(repository: Path) -> None:
    for name, package in (("a", "python-ldap"), ("c", "requests>=2")):
        manifest = repository / name / "__manifest__.py"
        needs = f', "external_dependencies": {{"python": ["{package}"]}}}}'
        manifest.write_text(manifest.read_text().removesuffix("}") + needs)
    packages = {unit.addon: unit.packages for unit in make_plan(repository, Settings()).units}
    both = ("python-ldap", "requests>=2")
    assert packages == {"a": ("python-ldap",), "b": ("python-ldap",), "c": both, "d": ()}


def test_an_addon_whose_tests_may_need_a_browser_gets_one(repository: Path) -> None:
    def write(name: str, text: str) -> None:
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)

    write(
        "a/tests/deep/common.py", "class Tested:\n    def pay(self):\n        self.start_tour()\n"
    )
    write("b/static/tests/pay.test.js", "test();\n")
    write("c/tests/test_pay.py", "class TestPay(HttpCase):\n    pass\n")
    write("d/models/tour.py", "# of no test\n")
    plan = make_plan(repository, Settings())
    assert [unit.addon for unit in plan.units if unit.browser] == ["a", "b"]
    assert plan.needs.visited == ("a", "b", "c")


def test_everything_is_planned_with_closures_in_installation_order(repository: Path) -> None:
    plan = make_plan(repository, Settings())
    assert plan.units == (
        Unit("a", ("a",)),
        Unit("b", ("a", "b")),
        Unit("c", ("a", "b", "c")),
        Unit("d", ("d",)),
    )
    modules = {"a": ("base",), "b": ("base", "web"), "c": ("base", "web"), "d": ("mail",)}
    assert plan.needs == Needs(modules, ("base",), ())  # nothing installs e
    assert (plan.series, plan.odoo_image, plan.postgres) == ("19.0", "odoo:19.0", 17)
    assert (plan.unchanged, plan.requirements, plan.apt) == ((), (), ())
    assert not plan.python


@pytest.mark.parametrize("series", TABLE, ids=lambda one: one.name)
def test_every_series_has_its_image_and_its_oldest_postgresql(
    repository, series: SeriesFacts
) -> None:
    project, oldest = ProjectSettings(series=series.name), series.least_postgres
    settings = Settings(project=project, odoo=OdooSettings(postgres=oldest))
    plan = make_plan(repository, settings)
    assert (plan.series, plan.odoo_image, plan.postgres) == (series.name, series.image, oldest)
    settings = Settings(project=project, odoo=OdooSettings(postgres=oldest - 1))
    with pytest.raises(InputError, match=f"{series.name} needs PostgreSQL {oldest} or newer"):
        make_plan(repository, settings)


@pytest.mark.parametrize("series", TABLE, ids=lambda one: one.name)
def test_demo_data_is_the_series_own_unless_it_is_set(repository, series: SeriesFacts) -> None:
    def demo(setting: bool | str | None) -> tuple[DemoData, ...]:
        odoo = OdooSettings(postgres=series.least_postgres, demo=setting)
        settings = Settings(project=ProjectSettings(series=series.name), odoo=odoo)
        return make_plan(repository, settings).demo

    assert demo(None) == (DemoData(series.demo),)
    assert [demo(True), demo(False)] == [(DemoData(True),), (DemoData(False),)]
    first, second = demo("both")
    assert (first, second.wanted) == (DemoData(series.demo), not series.demo)
    assert second.suffix == ("-without-demo" if series.demo else "-with-demo")


def test_settings_decide_image_modules_and_packages(repository: Path) -> None:
    (repository / "needs.txt").touch()
    odoo = OdooSettings(
        image="own/odoo:1",
        postgres=16,
        preinstall=("sale",),
        requirements=("needs.txt",),
        apt=("git",),
        demo=False,
    )
    plan = make_plan(repository, Settings(odoo=odoo, python=PythonSettings(paths=("tests",))))
    assert (plan.odoo_image, plan.postgres, plan.demo) == ("own/odoo:1", 16, (DemoData(False),))
    assert plan.needs.always == ("sale",)
    assert (plan.requirements, plan.apt) == (("needs.txt",), ("git",))
    assert plan.python


def test_requirements_at_the_root_are_taken_unless_set(repository: Path) -> None:
    (repository / "requirements.txt").touch()
    assert make_plan(repository, Settings()).requirements == ("requirements.txt",)


def test_missing_requirements_are_an_error(repository: Path) -> None:
    settings = Settings(odoo=OdooSettings(requirements=("none.txt",)))
    with pytest.raises(InputError, match="none.txt"):
        make_plan(repository, settings)


def test_change_concerns_the_addon_and_its_dependents(repository: Path) -> None:
    commit(repository)
    assert planned(repository) == []
    (repository / "b" / "new.py").touch()  # git does not know it yet
    plan = make_plan(repository, Settings(), "HEAD")
    assert [unit.addon for unit in plan.units] == ["b", "c"]
    assert plan.unchanged == ("a", "d")
    assert sorted(plan.needs.modules) == ["a", "b", "c", "d"]  # the databases stay the same


def test_change_of_an_uninstallable_addon_tests_nothing(repository: Path) -> None:
    commit(repository)
    (repository / "e" / "new.py").touch()
    assert planned(repository) == []


@pytest.mark.parametrize("file", ["pipeline.toml", "Dockerfile", "requirements.txt"])
def test_change_of_what_all_share_concerns_all(repository: Path, file: str) -> None:
    (repository / file).write_text("")
    commit(repository)
    (repository / file).write_text("# changed\n")
    assert planned(repository) == ["a", "b", "c", "d"]


def test_change_elsewhere_concerns_no_addon(repository: Path) -> None:
    commit(repository)
    (repository / "README.md").touch()
    assert planned(repository) == []


def test_changes_without_a_checkout_are_an_error(repository: Path) -> None:
    with pytest.raises((InputError, ToolError), match="not a git checkout"):
        make_plan(repository, Settings(), "HEAD")


def test_unknown_reference_is_an_error(repository: Path) -> None:
    commit(repository)
    with pytest.raises(InputError, match="no-such-branch"):
        make_plan(repository, Settings(), "no-such-branch")


def test_circle_is_an_error_that_shows_it(repository: Path) -> None:
    (repository / "a" / "__manifest__.py").write_text('{"depends": ["c"]}')
    with pytest.raises(InputError, match=r"cycle: (a|b|c) -> "):
        make_plan(repository, Settings())


def test_unreadable_manifest_is_an_error_that_names_file_and_line(repository: Path) -> None:
    (repository / "a" / "__manifest__.py").write_text('{\n    "depends": [}\n')
    with pytest.raises(InputError, match=r"a/__manifest__.py line 2"):
        make_plan(repository, Settings())


def test_command_prints_json(
    repository: Path, run_pipeline: Callable[..., tuple[int, str]]
) -> None:
    code, printed = run_pipeline("test", "plan", "--source", repository)
    assert code == 0
    plan = json.loads(printed)
    unit = {"addon": "b", "folders": ["a", "b"], "dependencies": [], "packages": []}
    unit["browser"] = False
    assert plan["units"][1] == unit
    assert plan["odoo_image"] == "odoo:19.0"


def test_command_fails_with_the_code_of_the_error(
    tmp_path: Path, run_pipeline: Callable[..., tuple[int, str]]
) -> None:
    code, printed = run_pipeline("test", "plan", "--source", tmp_path)
    assert code == InputError.exit_code
    assert "no add-ons found" in printed


def test_a_requirement_file_of_the_python_tests_that_is_missing(tmp_path, make_addon) -> None:
    make_addon("visit")
    settings = Settings(python=PythonSettings(paths=("tests",), requirements=("absent.txt",)))
    with pytest.raises(InputError, match=r"absent\.txt of pipeline\.toml does not exist") as raised:
        make_plan(tmp_path, settings)
    assert raised.value.fix == "fix [python] requirements"


def parts(repository: Path, of: int, settings: Settings = Settings()) -> list[TestPlan]:
    """The plan of each shard."""
    return [make_plan(repository, settings, shard=Shard(number, of)) for number in range(1, of + 1)]


@pytest.mark.parametrize("of", [1, 2, 3, 4, 6])
def test_shards_share_the_add_ons_and_nothing_is_lost(repository: Path, of: int) -> None:
    settings = Settings(python=PythonSettings(paths=("tests",)))
    whole = make_plan(repository, settings)
    split = parts(repository, of, settings)
    units = [unit for part in split for unit in part.units]
    assert sorted(units, key=lambda unit: unit.addon) == list(whole.units)
    assert [part.python for part in split] == [True, *[False] * (of - 1)]
    # Everything else is as in the whole: the same container, the same databases.
    for part in split:
        assert replace(part, units=(), python=True) == replace(whole, units=())


def test_an_add_on_keeps_what_it_needs_whichever_shard_tests_that(repository: Path) -> None:
    (unit,) = (unit for part in parts(repository, 4) for unit in part.units if unit.addon == "c")
    assert unit.folders == ("a", "b", "c")


def test_measured_times_decide_the_shards(repository: Path) -> None:
    times = repository / "test-times.json"
    times.write_text('{"format": 1, "seconds": {"a": 1, "b": 2, "c": 90, "d": 3}}')
    first, second = parts(repository, 2)
    assert ([unit.addon for unit in first.units], [unit.addon for unit in second.units]) == (
        ["c"],
        ["d", "b", "a"],
    )


def test_measured_python_tests_leave_less_to_the_first_shard(repository: Path) -> None:
    given = repository.parent / "times.json"
    given.write_text('{"format": 1, "seconds": {"a": 1, "b": 1, "c": 1, "d": 1, "python": 50}}')
    settings = Settings(python=PythonSettings(paths=("tests",)))
    first = make_plan(repository, settings, shard=Shard(1, 2), measured=given)
    assert (first.units, first.python) == ((), True)


def test_the_tests_of_an_add_on_weigh_where_nothing_was_measured(repository: Path) -> None:
    (repository / "d" / "tests").mkdir()
    methods = "".join(f"    def test_{number}(self): ...\n" for number in range(500))
    (repository / "d" / "tests" / "test_much.py").write_text(f"class Test(Case):\n{methods}")
    first, second = parts(repository, 2)
    assert [unit.addon for unit in first.units] == ["d"]
    assert [unit.addon for unit in second.units] == ["a", "b", "c"]


def test_what_takes_longest_begins_first(repository: Path) -> None:
    """As measured; without a measurement what has most tests."""
    (repository / "c/tests").mkdir()
    (repository / "c/tests/__init__.py").write_text("from . import test_more\n")
    (repository / "c/tests/test_more.py").write_text(
        "class TestMore(TransactionCase):\n"
        + "".join(f"    def test_{n}(self): pass\n" for n in range(9))
    )
    assert [unit.addon for unit in make_plan(repository, Settings()).units][0] == "c"
    times = {"format": 1, "seconds": {"a": 3, "b": 50, "c": 4, "d": 9}}
    (repository / "test-times.json").write_text(json.dumps(times))
    assert [unit.addon for unit in make_plan(repository, Settings()).units] == ["b", "d", "c", "a"]
