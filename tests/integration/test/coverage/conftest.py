"""A small project with real coverage data: two add-ons and a script."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli.test.baseline import take
from pipeline.core.results import Status, StepResult, write_result

TOML = """
[project]
series = "19.0"
addons = ["odoo_addons"]

[python]
paths = ["tests"]
packages = ["scripts/tool"]
"""
MODELS = """def visit(kind):
    if kind == "urgent":
        return 1
    return 5


def cancel():
    reason = "none"
    return reason
"""
SCRIPT = """def double(value):
    return 2 * value
"""


@dataclass(frozen=True)
class Project:
    """The project's root, and its directory of results next to it."""

    root: Path
    results: Path

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> str:
        """Run git with a fixed identity."""
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        command = ("git", *identity, "-c", "init.defaultBranch=main", *arguments)
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit everything and return the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def test(self, unit: str, code: str, status: Status = Status.PASSED) -> None:
        """Run code under coverage.py as the test of a unit, and write its result."""
        self.results.mkdir(exist_ok=True)
        driver = self.results.parent / "driver.py"
        driver.write_text(f"import sys\nsys.path[:0] = ['odoo_addons', 'scripts']\n{code}\n")
        config = self.results.parent / "coveragerc"
        config.write_text("[run]\nbranch = true\nrelative_files = true\n")
        data = self.results / f"coverage-{unit}"
        command = [sys.executable, "-m", "coverage", "run", f"--rcfile={config}"]
        subprocess.run(
            [*command, f"--data-file={data}", "--source=odoo_addons,scripts", str(driver)],
            cwd=self.root,
            check=True,
        )
        write_result(StepResult(f"test-{unit}", status, "tests"), self.results)

    def test_everything(self, contract: str = "visit('urgent'), visit(''), cancel()") -> None:
        """Run the tests of all units; ``contract`` is what the add-on contract's tests call."""
        self.test("contract", f"from contract.models import *\n{contract}")
        self.test("equipment", "import equipment.models")
        self.test("python", "from tool.cli import double\ndouble(2)")


def _copy(of: Project, to: Path) -> Project:
    shutil.copytree(of.root.parent, to, dirs_exist_ok=True)
    return Project(to / "project", to / "results")


@pytest.fixture(scope="session")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    place = tmp_path_factory.mktemp("project")
    made = Project(place / "project", place / "results")
    made.write("pipeline.toml", TOML)
    made.write("scripts/tool/cli.py", SCRIPT)
    for name, models in {"contract": MODELS, "equipment": "LIMIT = 3\n"}.items():
        made.write(f"odoo_addons/{name}/__manifest__.py", '{"name": "x", "version": "19.0.1.0.0"}')
        made.write(f"odoo_addons/{name}/__init__.py", "")
        made.write(f"odoo_addons/{name}/models.py", models)
        made.write(f"odoo_addons/{name}/tests/__init__.py", "raise SystemExit('not run')\n")
    made.git("init", "-q", ".")
    made.commit()
    made.test_everything()
    return made


@pytest.fixture(scope="session")
def _based(_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = _copy(_project, tmp_path_factory.mktemp("based"))
    taken = take(made.root, made.results)
    made.write("coverage-baseline.json", taken.to_json())
    made.commit()
    made.git("checkout", "-q", "-b", "feature")
    return made


@pytest.fixture
def project(_project: Project, tmp_path: Path) -> Project:
    """The project, committed, with the data of passed tests; no baseline."""
    return _copy(_project, tmp_path)


@pytest.fixture
def based(_based: Project, tmp_path: Path) -> Project:
    """The project with a baseline on its main branch, and a branch `feature` checked out."""
    return _copy(_based, tmp_path)


@pytest.fixture
def check(
    tmp_path: Path, run_pipeline: Callable[..., tuple[int, str]]
) -> Callable[..., StepResult]:
    """Run the coverage step on the test's project and read the result that it wrote."""

    def run(*options: object) -> StepResult:
        places = {
            "--source": tmp_path / "project",
            "--results": tmp_path / "results",
            "--output": tmp_path / "out",
        }
        arguments = [part for place in places.items() for part in place]
        code, printed = run_pipeline("test", "coverage", *arguments, *options)
        result = StepResult.from_json((tmp_path / "out" / "coverage.json").read_text())
        assert (code == 0) == result.status.good, printed
        return result

    return run
