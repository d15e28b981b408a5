"""Lint: the tools of the source, in the versions that it names, on the files that they read."""

from collections.abc import Callable

import dagger
from dagger import dag

from ..engine import containers
from ..engine.by_content import by_content
from ..engine.plan import LintNeeds
from .runner import ContainerStep, StepRunner, shown

#: Python files, and the settings that tools look for in any folder.
_PYTHON = ["**/*.py", "**/*.pyi", "**/pyproject.toml", "**/setup.cfg", "**/tox.ini", "**/.flake8"]
_PYTHON += ["**/.isort.cfg", "**/.editorconfig", "**/.gitignore", "**/ruff.toml", "**/.ruff.toml"]
#: At the root: what decides which tools run, in which versions.
_SETTINGS = [
    ".pre-commit-config.yaml",
    "pipeline.toml",
    "pyproject.toml",
    "ruff.toml",
    ".ruff.toml",
]
_SETTINGS += ["setup.cfg", "tox.ini", ".flake8", ".isort.cfg", ".*pylintrc*", "pylintrc"]
_SETTINGS += [".oca_hooks.cfg", "*.yaml", "*.yml"]
#: What the checks of Odoo's own read: data, translations, and whether files exist.
_ODOO = ["**/*.xml", "**/*.csv", "**/*.po", "**/*.pot", "**/*.sql", "**/*.yml", "**/*.yaml"]
_ODOO += ["**/*.html", "**/README.*"]


async def run_lint(
    runner: StepRunner,
    tools: Callable[[dagger.Directory | None], dagger.Container],
    files: dagger.Directory,
) -> None:
    """Ask which versions of which tools the source names, and run them.

    Args:
        runner: runs it.
        tools: the tools' container, with a source if one is given.
        files: the source.
    """
    asked = tools(by_content(files.filter(include=_SETTINGS)))
    needs: LintNeeds | None = await runner.answer(
        "lint", asked, ["check", "lint-plan"], "the tools of lint"
    )
    if needs is None:
        return
    with shown("installing what lint needs"):
        container = await containers.with_linters(tools(None), needs["environments"])
    patterns = [*_PYTHON, *_SETTINGS, *(_ODOO if needs["odoo"] else [])]
    # A folder of others may be a link, which says what else is not read.
    reads = files.filter(
        include=[*patterns, *needs["others"]], exclude=[f"{name}/**" for name in needs["others"]]
    )
    container = container.with_mounted_cache(containers.CACHE, dag.cache_volume("odoo-mta-lint"))
    command = ["check", "lint", "--tools", containers.LINTERS, "--cache", containers.CACHE]
    await runner.run(ContainerStep("lint", container, by_content(reads), command))
