"""`pipeline check modules` and `pipeline check gitignore` as they are called."""

from __future__ import annotations

import json

import pytest

from pipeline.core.results import Status, read_results

TEST = "class TestIt(TransactionCase):\n    def test_one(self): ...\n"


@pytest.fixture
def source(tmp_path, make_addon):
    """Three add-ons: one with tests, one not installable, one broken."""
    files = {"tests/__init__.py": "from . import test_a\n", "tests/test_a.py": TEST}
    make_addon("source/addons/good", {"application": True, "depends": ["sale"]}, files)
    make_addon("source/addons/off", {"installable": False})
    make_addon("source/addons/torn", "{'name': ")
    return tmp_path / "source"


def test_modules_as_a_table(source, tmp_path, run_pipeline):
    code, said = run_pipeline(
        "check", "modules", "--source", source, "--output", tmp_path / "output"
    )
    assert code == 1
    rows = {
        cells[0]: cells
        for line in said.splitlines()
        if line.startswith("│")
        for cells in [[cell.strip() for cell in line.strip("│").split("│")]]
    }
    assert rows["good"] == ["good", "19.0.1.0.0", "sale", "1 in 1", "application", "addons"]
    assert rows["off"][4] == "not installable"
    assert rows["torn"][4] == "PROBLEM, see below (1)"
    assert "addons/torn/__manifest__.py:1: manifest-unreadable" in said
    (result,) = read_results(tmp_path / "output")
    assert (result.step, result.status) == ("modules", Status.FAILED)
    assert result.summary == "3 add-ons; 1 test method; with problems: torn"


def test_modules_as_json(source, run_pipeline):
    code, said = run_pipeline("check", "modules", "--source", source, "--format", "json")
    data = json.loads(said)
    assert code == 1
    assert (data["status"], data["summary"][:9]) == ("failed", "3 add-ons")
    good, off, torn = data["modules"]
    assert good == {
        "name": "good",
        "version": "19.0.1.0.0",
        "depends": ["sale"],
        "installable": True,
        "application": True,
        "test_files": 1,
        "test_methods": 1,
        "path": "addons/good",
        "problems": [],
    }
    assert not off["installable"] and not off["problems"]
    assert torn["problems"][0].startswith("addons/torn/__manifest__.py:1: the manifest does not")


def test_modules_that_are_all_well_pass(tmp_path, make_addon, run_pipeline):
    make_addon("source/one")
    code, said = run_pipeline("check", "modules", "--source", tmp_path / "source")
    assert code == 0
    assert "1 add-on; 0 test methods; without tests: one" in said


def test_modules_of_nothing(tmp_path, run_pipeline):
    code, said = run_pipeline("check", "modules", "--source", tmp_path)
    assert code == 2
    assert "no add-ons found in the repository" in said
    code, said = run_pipeline("check", "modules", "--source", tmp_path, "--format", "json")
    assert json.loads(said)["status"] == "error"
    assert "pipeline.toml" in json.loads(said)["advice"]


def test_gitignore_of_a_checkout(tmp_path, git_in, run_pipeline):
    git_in(tmp_path, "init", "-q")
    (tmp_path / "key with space.pem").touch()
    git_in(tmp_path, "add", "-A")
    (tmp_path / "pipeline.toml").write_text('[gitignore]\nallowed = ["*.key"]\n')
    code, said = run_pipeline("check", "gitignore", "--source", tmp_path)
    assert code == 1
    assert "key with space.pem: tracked-private-key" in said
    assert "9 kinds of files checked; 9 not ignored, 1 files tracked" in said
    (tmp_path / "pipeline.toml").write_text('[gitignore]\nallowed = ["*.pem"]\n')
    assert "tracked-" not in run_pipeline("check", "gitignore", "--source", tmp_path)[1]


def test_gitignore_without_a_checkout_names_the_fix(tmp_path, run_pipeline):
    code, said = run_pipeline(
        "check", "gitignore", "--source", tmp_path, "--output", tmp_path / "output"
    )
    assert code == 2
    assert "is not a git checkout" in said
    assert "fetch-depth: 0" in said
    assert read_results(tmp_path / "output")[0].status is Status.ERROR
