"""Which tools run on a source: in which versions, with which arguments, on which files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.check.lint import choose_tools, precommit
from pipeline.check.lint.files import readable
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings
from pipeline.core.settings.sections import LintSettings

#: OCA's way: the tools' versions, an exclusion, a check that never fails, tools that lint has not.
OCA = r"""
exclude: |
  (?x)
  ^setup/|/static/lib/|
  /tests/samples/.*
repos:
  - repo: https://github.com/OCA/odoo-pre-commit-hooks
    rev: v0.0.33
    hooks:
      - id: oca-checks-odoo-module
      - id: oca-checks-po
        args: [--disable=po-pretty-format]
  - repo: https://github.com/pre-commit/pre-commit-hooks
    rev: v4.6.0
    hooks: [{id: check-xml}, {id: trailing-whitespace}]
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.6.8
    hooks:
      - id: ruff
        args: [--fix, --exit-non-zero-on-fix, --line-length=90]
      - id: ruff-format
  - repo: https://github.com/OCA/pylint-odoo
    rev: v9.1.3
    hooks:
      - id: pylint_odoo
        args: [--rcfile=.pylintrc, --exit-zero]
      - id: pylint_odoo
        args: [--rcfile=.pylintrc-mandatory]
"""
NO_ODOO = Settings(lint=LintSettings(pylint_odoo=False, odoo_hooks=False))
FILES = [
    "a/models/x.py",
    "a/tests/samples/y.py",
    "setup/a/setup.py",
    "a/data/d.xml",
    "a/i18n/fr.po",
]


def configured(root: Path, text: str) -> None:
    (root / precommit.FILE).write_text(text, encoding="utf-8")


def hook(root: Path, ident: str, more: str = "", repository: str = "rev: v1.0.0") -> precommit.Hook:
    """The one hook of a file."""
    configured(root, f"repos: [{{repo: x, {repository}, hooks: [{{id: {ident}, {more}}}]}}]")
    (found,) = precommit.read(root).known
    return found


def names(root: Path, settings: Settings = NO_ODOO) -> list[str]:
    return [run.tool.name for run in choose_tools(root, settings).runs]


def test_the_versions_and_arguments_of_pre_commit_but_not_its_fixes(tmp_path):
    configured(tmp_path, OCA)
    runs = choose_tools(tmp_path, Settings()).runs
    assert [(run.tool.name, run.arguments, run.requirements) for run in runs] == [
        ("ruff check", ("--line-length=90",), ("ruff==0.6.8",)),
        ("ruff format", (), ("ruff==0.6.8",)),
        ("pylint", ("--rcfile=.pylintrc-mandatory",), ("pylint-odoo==9.1.3",)),
        ("oca-checks-odoo-module", (), ("oca-odoo-pre-commit-hooks==0.0.33",)),
        ("oca-checks-po", ("--disable=po-pretty-format",), ("oca-odoo-pre-commit-hooks==0.0.33",)),
    ]
    assert choose_tools(tmp_path, Settings()).others == ("check-xml", "trailing-whitespace")


def test_the_files_are_those_that_pre_commit_would_choose(tmp_path):
    configured(tmp_path, OCA)
    chosen = {
        run.tool.name: run.files(FILES, ()) for run in choose_tools(tmp_path, Settings()).runs
    }
    assert chosen == {
        "ruff check": ("a/models/x.py",),
        "ruff format": ("a/models/x.py",),
        "pylint": ("a/models/x.py",),
        "oca-checks-odoo-module": ("a/data/d.xml",),
        "oca-checks-po": ("a/i18n/fr.po",),
    }


def test_the_checks_of_odoo_can_be_switched_off_even_where_pre_commit_has_them(tmp_path):
    configured(tmp_path, OCA)
    assert names(tmp_path) == ["ruff check", "ruff format"]
    hooks_only = Settings(lint=LintSettings(pylint_odoo=False))
    assert "pylint" not in names(tmp_path, hooks_only)
    assert "oca-checks-po" in names(tmp_path, hooks_only)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ["black", "isort", "flake8"]),
        ({".ruff.toml": ""}, ["ruff check", "ruff format"]),
        ({"ruff.toml": ""}, ["ruff check", "ruff format"]),
        ({"pyproject.toml": "[tool.ruff]\n"}, ["ruff check", "ruff format"]),
        ({"pyproject.toml": "[tool.ruff]\n[tool.black]\n"}, ["ruff check", "black"]),
        ({precommit.FILE: "repos: []"}, ["black", "isort", "flake8"]),
    ],
)
def test_without_hooks_ruff_runs_where_it_is_configured(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert names(tmp_path) == expected


@pytest.mark.parametrize(
    ("name", "text", "tool"),
    [
        (".flake8", "[flake8]\n", "flake8"),
        ("setup.cfg", "[flake8]\n", "flake8"),
        ("tox.ini", "[isort]\n", "isort"),
        (".isort.cfg", "[settings]\n", "isort"),
        ("pyproject.toml", "[tool.isort]\n", "isort"),
    ],
)
def test_defaults_end_where_the_source_configures_a_tool(tmp_path, name, text, tool):
    arguments = {run.tool.name: run.arguments for run in choose_tools(tmp_path, NO_ODOO).runs}
    assert arguments["flake8"][0] == "--max-line-length=88" and arguments["isort"]
    (tmp_path / name).write_text(text)
    arguments = {run.tool.name: run.arguments for run in choose_tools(tmp_path, NO_ODOO).runs}
    assert not arguments[tool]


@pytest.mark.parametrize(
    ("files", "argument"),
    [
        ({}, "--load-plugins=pylint_odoo"),
        ({".pylintrc": "[MASTER]\nload-plugins=pylint_django\n"}, "--load-plugins=pylint_odoo"),
        ({".pylintrc": "[MASTER]\nload-plugins=pylint_odoo\n"}, "--rcfile=.pylintrc"),
        (
            {".pylintrc": "load-plugins=pylint_odoo\n", ".pylintrc-mandatory": "pylint_odoo"},
            "--rcfile=.pylintrc-mandatory",
        ),
        (
            {"pyproject.toml": '[tool.pylint.main]\nload-plugins = ["pylint_odoo"]\n'},
            "--rcfile=pyproject.toml",
        ),
    ],
)
def test_pylint_takes_the_source_s_checks_or_else_those_that_must_pass(tmp_path, files, argument):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (pylint,) = (
        run for run in choose_tools(tmp_path, Settings()).runs if run.tool.name == "pylint"
    )
    assert argument in pylint.arguments
    assert pylint.files(["a/x.py", "b/x.py", "a/x.xml"], ["a"]) == ("a/x.py",)


def test_what_its_container_needs_depends_on_versions_alone(tmp_path):
    configured(tmp_path, OCA)
    first = json.loads(choose_tools(tmp_path, Settings()).needs().to_json())
    assert [one["requirements"] for one in first["environments"]] == [
        ["oca-odoo-pre-commit-hooks==0.0.33"],
        ["pylint-odoo==9.1.3"],
        ["ruff==0.6.8"],
    ]
    assert first["odoo"] is True
    configured(tmp_path, OCA.replace("--line-length=90", "--line-length=99"))
    assert json.loads(choose_tools(tmp_path, Settings()).needs().to_json()) == first
    configured(tmp_path, OCA.replace("v0.6.8", "v0.6.9"))
    changed = json.loads(choose_tools(tmp_path, Settings()).needs().to_json())
    assert changed["environments"][:2] == first["environments"][:2] != changed["environments"]
    assert choose_tools(tmp_path, NO_ODOO).needs().odoo is False


def test_other_packages_of_a_hook_are_installed_with_it(tmp_path):
    more = 'additional_dependencies: ["flake8-bugbear==21.9.2"]'
    assert hook(tmp_path, "flake8", more).requirements == (
        "flake8==1.0.0",
        "flake8-bugbear==21.9.2",
    )


@pytest.mark.parametrize(
    ("text", "requirements", "arguments"),
    [
        ("language: system, entry: .venv/bin/black --quiet -l 100", (), ("-l", "100")),
        ("language: system, entry: black, args: [--diff, --fast]", (), ("--fast",)),
        (
            "language: python, entry: black, additional_dependencies: [black==24.1.0]",
            ("black==24.1.0",),
            (),
        ),
    ],
)
def test_a_local_hook_has_its_own_tool_or_the_pipeline_s(tmp_path, text, requirements, arguments):
    configured(tmp_path, f"repos: [{{repo: local, hooks: [{{id: black, {text}}}]}}]")
    (found,) = precommit.read(tmp_path).known
    assert (found.requirements, found.arguments) == (requirements, arguments)


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("--output-format json --select E", ("--select", "E")),
        ("--output-format=json --unsafe-fixes --preview", ("--preview",)),
        ("check .", ()),
    ],
)
def test_options_that_change_the_output_or_fix_are_left_out(tmp_path, given, left):
    configured(
        tmp_path,
        f"repos: [{{repo: local, hooks: [{{id: ruff, language: system, entry: ruff {given}}}]}}]",
    )
    assert precommit.read(tmp_path).known[0].arguments == left


def test_a_frozen_commit_has_its_version_in_a_comment(tmp_path):
    frozen = OCA.replace("rev: v0.6.8", f"rev: {'ab' * 20}  # frozen: v0.6.8")
    configured(tmp_path, frozen)
    assert precommit.read(tmp_path).known[2].requirements == ("ruff==0.6.8",)


def test_types_and_exclusions_of_a_hook(tmp_path):
    paths = ["a.py", "b.pyi", "c/d.py", "c/e.xml"]
    assert hook(tmp_path, "black").files(paths) == ("a.py", "b.pyi", "c/d.py")
    assert hook(tmp_path, "black", "types: [python]").files(paths) == ("a.py", "c/d.py")
    assert hook(tmp_path, "black", "types_or: [pyi]").files(paths) == ("b.pyi",)
    assert hook(tmp_path, "black", "files: ^c/").files(paths) == ("c/d.py",)
    assert hook(tmp_path, "black", "exclude: ^c/").files(paths) == ("a.py", "b.pyi")


@pytest.mark.parametrize("stages", ["[manual]", "[push]"])
def test_hooks_of_other_stages_do_not_run(tmp_path, stages):
    configured(
        tmp_path, f"repos: [{{repo: x, rev: '1', hooks: [{{id: black, stages: {stages}}}]}}]"
    )
    assert precommit.read(tmp_path) == precommit.Hooks()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("repos: [\n  - x", "is not valid YAML: line"),
        ("repos: 7", "`repos` is not a list"),
        ("[]", "`repos` is not a list"),
        ("repos: [7]", "an entry of `repos` has no `repo`"),
        ("repos: [{repo: x}]", "x has no list of `hooks`"),
        ("repos: [{repo: x, hooks: [{name: y}]}]", "a hook of x has no `id`"),
        ("repos: [{repo: x, hooks: [{id: black}]}]", "rev '' of black is not a version"),
        ("repos: [{repo: x, rev: main, hooks: [{id: ruff}]}]", "rev 'main' of ruff is not"),
        (
            "repos: [{repo: x, rev: '1', hooks: [{id: black, args: --fast}]}]",
            "`args` of the hook black is not a list of words",
        ),
        (
            "repos: [{repo: x, rev: '1', hooks: [{id: black, exclude: '('}]}]",
            "`exclude` is not a regular expression",
        ),
        (
            "repos: [{repo: x, rev: '1', hooks: [{id: flake8, additional_dependencies: [./a]}]}]",
            "'./a' of the hook flake8 is not a Python package",
        ),
    ],
)
def test_a_broken_configuration_is_one_clear_error(tmp_path, text, message):
    configured(tmp_path, text)
    with pytest.raises(InputError) as caught:
        choose_tools(tmp_path, Settings())
    assert message in caught.value.message and "\n" not in caught.value.message


def test_a_broken_pyproject_is_one_clear_error(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool")
    with pytest.raises(InputError, match="pyproject.toml cannot be read"):
        choose_tools(tmp_path, Settings())


def test_files_that_git_ignores_are_not_read(tmp_path):
    (tmp_path / ".gitignore").write_text("build/\n*.log.py\n!keep.log.py\n")
    for name in ("a.py", "sub/b.py", "build/c.py", "d.log.py", "keep.log.py", "sub/deep/e.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "sub" / ".gitignore").write_text("deep\n")
    for name in (".git", "venv", "env", "node_modules"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.py").touch()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "link.py").symlink_to("a.py")
    found = [path for path in readable(tmp_path) if path.endswith(".py")]
    assert found == ["a.py", "keep.log.py", "sub/b.py"]
