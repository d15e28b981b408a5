"""What lint runs again: all that a tool's verdict may depend on has changed, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.check.lint import remembered, tools
from pipeline.check.lint.groups import Tree
from pipeline.check.lint.hooks import Hook
from pipeline.check.lint.plan import Run
from pipeline.core.results import Finding

OWN = ("--rcfile=/dev/null", "--disable=all", "--enable=print-used")
PYLINT = Run(tools.PYLINT, OWN, addons=True)
FLAKE8, ISORT = Run(tools.FLAKE8), Run(tools.ISORT)
HOOKS = Run(tools.MODULE_HOOKS, addons=True)
EVERY = (PYLINT, FLAKE8, ISORT, HOOKS)
FILES = {
    "one/__manifest__.py": "{}",
    "one/views.xml": "<odoo/>",
    "two/__manifest__.py": "{}",
    "two/models.py": "x = 1\n",
    "tool.py": "y = 1\n",
    "setup.cfg": "",
}


@pytest.fixture(autouse=True)
def versions(monkeypatch) -> None:
    monkeypatch.setattr(Run, "version", "tool 1")


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Lint the files with one tool; gives the files that it was called with."""
    for path, text in FILES.items():
        (tmp_path / "source" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / path).write_text(text)

    def go(run: Run, *findings: Finding, cache: bool = True) -> set[str]:
        called: list[str] = []

        def stand_in(chosen, root, environments, files, variables):
            called.extend(files)
            assert bool(variables) is cache
            return findings

        monkeypatch.setattr(remembered, "run_tool", stand_in)
        source = tmp_path / "source"
        paths = sorted(str(p.relative_to(source)) for p in source.rglob("*") if p.is_file())
        tree = Tree(source, tuple(paths), ("one", "two"))
        known = remembered.clean_cache(tmp_path / "cache") if cache else None
        found, keys = remembered.run_on_changed(run, tree, tmp_path, known)
        if known is not None:
            known.add(keys)
        assert found == (findings if called else ())
        return set(called)

    return go


def change(tmp_path: Path, path: str) -> None:
    with (tmp_path / "source" / path).open("a") as file:
        file.write("\n")


@pytest.mark.parametrize("run", EVERY, ids=lambda run: run.tool.name)
def test_what_is_clean_is_not_read_again(look, run) -> None:
    assert look(run) and look(run) == set()
    assert look(run, cache=False) == look(run, cache=False) != set()


def test_a_changed_file_is_read_again_with_what_is_judged_with_it(look, tmp_path) -> None:
    for run in EVERY:
        look(run)
    change(tmp_path, "two/models.py")
    assert look(FLAKE8) == {"two/models.py"}
    assert look(PYLINT) == {"two/models.py", "two/__manifest__.py"}
    assert look(HOOKS) == {"two/__manifest__.py"}
    assert look(ISORT) == {"."}


def test_data_of_an_add_on_matters_to_what_reads_the_add_on(look, tmp_path) -> None:
    for run in EVERY:
        look(run)
    change(tmp_path, "one/views.xml")
    assert look(HOOKS) == {"one/__manifest__.py", "one/views.xml"}
    assert look(PYLINT) == {"one/__manifest__.py"}
    assert look(FLAKE8) == set()


@pytest.mark.parametrize("run", EVERY, ids=lambda run: run.tool.name)
@pytest.mark.parametrize("name", ["setup.cfg", "one/.pylintrc", "two/ruff.toml", "x.yaml"])
def test_whatever_configures_a_tool_has_all_read_again(look, tmp_path, run, name) -> None:
    first = look(run)
    change(tmp_path, name)
    assert look(run) == first


@pytest.mark.parametrize("run", EVERY, ids=lambda run: run.tool.name)
def test_another_version_and_other_arguments_know_nothing(look, monkeypatch, run) -> None:
    first = look(run)
    assert look(replace(run, arguments=(*run.arguments, "--x"))) == first
    monkeypatch.setattr(Run, "version", "tool 2")
    assert look(run) == first


def test_what_has_findings_is_read_again(look) -> None:
    finding = Finding("two/models.py", 1, "F401", "unused")
    look(FLAKE8, finding)
    assert look(FLAKE8, finding) == {"two/models.py"}
    look(PYLINT, finding)
    assert look(PYLINT, finding) == {"two/models.py", "two/__manifest__.py"}
    look(ISORT, replace(finding, path="./two/models.py"))
    assert look(ISORT) == {"."}


def test_a_tool_that_failed_leaves_nothing_clean(look) -> None:
    first = look(FLAKE8, Finding("", 0, "flake8-failed", "broken"))
    assert look(FLAKE8) == first


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("[MESSAGES CONTROL]\ndisable=all\nenable=print-used,\n", False),
        ("disable=all\nenable=print-used,duplicate-code\n", True),
        ("disable=print-used\n", True),
    ],
)
def test_pylint_reads_add_ons_together_only_where_it_compares_them(
    look, tmp_path, text, together
) -> None:
    (tmp_path / "source/rules").write_text(text)
    own = Run(tools.PYLINT, ("--rcfile=rules",), addons=True)
    first = look(own)
    assert first == {"one/__manifest__.py", "two/__manifest__.py", "two/models.py"}
    change(tmp_path, "one/__manifest__.py")
    assert look(own) == (first if together else {"one/__manifest__.py"})


def test_files_outside_of_add_ons_are_a_group_of_their_own(look, tmp_path) -> None:
    every = replace(PYLINT, addons=False, hook=Hook(tools.PYLINT, (), (), (), ()))
    assert look(every) == {path for path in FILES if path.endswith(".py")}
    change(tmp_path, "tool.py")
    assert look(every) == {"tool.py"}


def test_a_file_that_cannot_be_read_is_left_to_the_tool(look, tmp_path) -> None:
    look(FLAKE8)
    (tmp_path / "source/tool.py").unlink()
    (tmp_path / "source/tool.py").symlink_to("/nowhere")
    tree = Tree(tmp_path / "source", ("tool.py",), ())
    (group,) = tree.groups(FLAKE8)
    assert len(tree.digest(group)) == 32
