"""Which tools run on a source, in which versions, with which arguments, on which files."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pipeline.check.lint import configured, precommit, tools
from pipeline.check.lint.environments import ToolEnvironment, environment
from pipeline.check.lint.hooks import Hook
from pipeline.check.lint.messages import CODE, DATA, PO_STYLE
from pipeline.check.lint.tools import Tool
from pipeline.core.errors import ToolError
from pipeline.core.settings import Settings


@dataclass(frozen=True)
class Run:
    """One tool on one source.

    Attributes:
        tool: the tool.
        arguments: those of the source, or the defaults.
        requirements: the packages that it runs with; empty: the pipeline's own environment.
        hook: the source's hook that chooses the files.
        addons: without a hook: it reads the add-ons' files, not the folder as a whole.
        default_style: the source configures nothing, so either style of Odoo's imports is good.
    """

    tool: Tool
    arguments: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    hook: Hook | None = None
    addons: bool = False
    default_style: bool = False

    @property
    def version(self) -> str:
        """The version of the tool's package.

        Raises:
            ToolError: it is not installed in the pipeline's own environment.
        """
        package = self.tool.package
        for requirement in self.requirements:
            if requirement.startswith(f"{package}=="):
                return f"{package} {requirement.removeprefix(f'{package}==')}"
        if self.requirements:
            return self.requirements[0]
        try:
            return f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError as error:
            raise ToolError(
                f"the linter {package} is not installed in the pipeline's environment",
                "install scripts/requirements/dev.lock, or run the step through Dagger",
            ) from error

    @property
    def environment(self) -> ToolEnvironment | None:
        """The environment that it needs; None: the pipeline's own."""
        return environment(self.requirements) if self.requirements else None

    def files(self, paths: Sequence[str], addons: Sequence[str]) -> tuple[str, ...]:
        """What it is called with: files of the source, or the folder itself.

        Args:
            paths: all files of the source.
            addons: the folders of its add-ons.
        """
        own = self.paths(paths, addons)
        return own if self.hook is not None or self.addons or not own else (".",)

    def paths(self, paths: Sequence[str], addons: Sequence[str]) -> tuple[str, ...]:
        """The files that it reads, of the same."""
        if self.hook is not None:
            return self.hook.files(paths)
        own = Hook(self.tool, (), (), (), ()).files(paths)
        if self.addons:
            folders = tuple("" if folder == "." else f"{folder}/" for folder in addons)
            return tuple(path for path in own if path.startswith(folders))
        return own

    def by_hand(self, what: Sequence[str] = (".",)) -> str:
        """The command that a person would type for the same verdict."""
        checking = [word for word in self.tool.checking if word in ("--check", "--check-only")]
        return " ".join((self.tool.name, *checking, *self.arguments, *what))


@dataclass(frozen=True)
class LintNeeds:
    """What the container of lint needs.

    Attributes:
        environments: packages that it needs in addition to the pipeline's own.
        odoo: whether it reads the data of add-ons as well.
        others: folders with add-ons of others, which it does not read.
    """

    environments: tuple[ToolEnvironment, ...]
    odoo: bool
    others: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Serialize."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"


@dataclass(frozen=True)
class LintPlan:
    """All tools for one source.

    Attributes:
        runs: what runs.
        others: hooks of the source's that only its own pre-commit runs.
    """

    runs: tuple[Run, ...]
    others: tuple[str, ...] = ()

    def needs(self, others: Sequence[str] = ()) -> LintNeeds:
        """What whoever makes its container has to know; ``others`` as in :class:`LintNeeds`."""
        environments = {run.environment for run in self.runs if run.environment}
        return LintNeeds(
            tuple(sorted(environments, key=lambda one: one.folder)),
            any(run.tool in tools.ODOO for run in self.runs),
            tuple(others),
        )


def choose_tools(root: Path, settings: Settings, series: str = "") -> LintPlan:
    """The tools of a source: of its .pre-commit-config.yaml, else those that it configures, else
    black, isort and flake8; and the checks of Odoo's own that pipeline.toml does not switch off.

    Raises:
        InputError: a configuration cannot be read.
    """
    hooks = precommit.read(root)
    listed = [Run(hook.tool, hook.arguments, hook.requirements, hook) for hook in hooks.known]
    runs = [run for run in listed if run.tool not in tools.ODOO] or _python(root)
    if settings.lint.pylint_odoo:
        runs += _those(listed, tools.PYLINT) or [_pylint(root, series)]
    if settings.lint.odoo_hooks:
        runs += _those(listed, tools.MODULE_HOOKS, tools.PO_HOOKS) or _hooks(root)
    return LintPlan(tuple(runs), hooks.others)


def _those(runs: list[Run], *wanted: Tool) -> list[Run]:
    return [run for run in runs if run.tool in wanted]


def _python(root: Path) -> list[Run]:
    """The tools of a source without such hooks: ruff if it is configured."""
    if configured.configures(root, "ruff"):
        black = configured.configures(root, "black")
        formatting = Run(tools.BLACK) if black else _default(tools.RUFF_FORMAT)
        return [_default(tools.RUFF), formatting]
    isort, flake8 = (configured.configures(root, tool) for tool in ("isort", "flake8"))
    return [
        Run(tools.BLACK),
        Run(tools.ISORT, () if isort else configured.ISORT, default_style=not isort),
        Run(tools.FLAKE8, () if flake8 else configured.FLAKE8),
    ]


def _default(tool: Tool, *arguments: str, addons: bool = False) -> Run:
    return Run(tool, arguments, (f"{tool.package}=={tool.default}",), addons=addons)


def _pylint(root: Path, series: str) -> Run:
    if own := configured.pylint_file(root):
        return Run(tools.PYLINT, (f"--rcfile={own}",), addons=True)
    arguments = [f"--rcfile={os.devnull}", "--load-plugins=pylint_odoo", "--disable=all"]
    arguments += [f"--enable={','.join(CODE)}"]
    arguments += [f"--valid-odoo-versions={series}"] if series else []
    return Run(tools.PYLINT, tuple(arguments), addons=True)


def _hooks(root: Path) -> list[Run]:
    own = (root / configured.HOOKS_FILE).is_file()
    data = () if own else (f"--enable={','.join(DATA)}",)
    style = () if own else (f"--disable={','.join(PO_STYLE)}",)
    return [
        _default(tools.MODULE_HOOKS, *data, addons=True),
        _default(tools.PO_HOOKS, *style, addons=True),
    ]
