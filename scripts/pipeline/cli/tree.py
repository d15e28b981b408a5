"""The tree of commands: a folder is a noun, a module in it is a verb, loaded on demand.

No command loads the packages of another, and the Odoo container needs only those it uses.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from pipeline.core.errors import InputError, ToolError

#: The nouns, in the order of delivery. The other folders here are not commands.
NOUNS = (
    *("project", "check", "test", "report", "image", "release"),
    *("remote", "environment", "privacy", "odoo-sh"),
)
_PACKAGE = "pipeline.cli"


class Command(click.Command):
    """A command, and its properties.

    Attributes:
        lasts: started from elsewhere, it keeps running on the VM when the connection breaks.
        before_settings: it runs before the environment's directory exists.
        prints: what it prints, for a command without ``--format``.
    """

    lasts: bool = False
    before_settings: bool = False
    prints: str = ""


def command(
    *, lasts: bool = False, before_settings: bool = False, prints: str = "", **settings: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Declare the command of a module; see :class:`Command`. Its name is its place in the tree."""

    def declare(function: Callable[..., Any]) -> Command:
        made = click.command(cls=Command, **settings)(function)
        made.lasts, made.before_settings, made.prints = lasts, before_settings, prints
        return made

    return declare


class CommandGroup(click.Group):
    """The commands of one folder.

    Args:
        words: its place in the tree, such as ``("environment", "backup")``; empty: the root.
        settings: as click takes them.
    """

    def __init__(self, words: Sequence[str] = (), **settings: Any) -> None:
        self.words = tuple(words)
        super().__init__(**{"name": words[-1] if words else None} | settings)

    @property
    def module(self) -> str:
        """Name of the folder's package."""
        return ".".join((_PACKAGE, *(word.replace("-", "_") for word in self.words)))

    def list_commands(self, ctx: click.Context | None) -> list[str]:
        """Names of what is in the folder."""
        if not self.words:
            return list(NOUNS)
        path = importlib.import_module(self.module).__path__
        return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(path))

    def get_command(self, ctx: click.Context | None, cmd_name: str) -> click.Command | None:
        """A command or a group of the folder, or None.

        Raises:
            ToolError: a package that the command needs is not installed.
        """
        if cmd_name not in self.list_commands(ctx):
            return None
        words = (*self.words, cmd_name)
        name = f"{self.module}.{cmd_name.replace('-', '_')}"
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("pipeline."):
                raise
            raise ToolError(
                f"`pipeline {' '.join(words)}` needs the Python package {error.name}, "
                "which is not installed",
                "install the pipeline with all its packages (`make venv`), or use `dagger call`",
            ) from error
        if hasattr(module, "__path__"):
            return CommandGroup(words, help=module.__doc__)
        made = module.command
        assert isinstance(made, click.Command)
        made.name = cmd_name
        return made

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click; the error about an unknown command suggests similar ones."""
        name = args[0]
        if self.get_command(ctx, name) is None and name[:1].isalnum():
            given = " ".join(("pipeline", *self.words, name))
            raise InputError(f"there is no command `{given}`", _meant(self.words, name))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, each with its complete first sentence."""
        names = self.list_commands(ctx)
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._summary(ctx, name)) for name in names])

    def _summary(self, ctx: click.Context, name: str) -> str:
        try:
            found = self.get_command(ctx, name)
        except ToolError as error:  # help must work, whatever is installed
            return f"({error.message})"
        if isinstance(found, CommandGroup) and not self.words:
            return f"{found.get_short_help_str(200)} ({', '.join(found.list_commands(ctx))})"
        return found.get_short_help_str(200) if found else ""


def walk(words: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, without loading any."""
    group = CommandGroup(words)
    for name in group.list_commands(None):
        below = (*words, name)
        package = ".".join((group.module, name.replace("-", "_")))
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations is not None:
            yield from walk(below)
        else:
            yield below


def find(words: Sequence[str]) -> tuple[tuple[str, ...], click.Command | None]:
    """The command at the beginning of the words, and the words that name it.

    Args:
        words: such as ``("environment", "backup", "list", "--format", "json")``.
    """
    found: click.Command | None = CommandGroup()
    for number, word in enumerate(words):
        if not isinstance(found, CommandGroup) or word.startswith("-"):
            return tuple(words[:number]), found
        found = found.get_command(None, word)
        if found is None:
            return tuple(words[: number + 1]), None
    return tuple(words), found


def _meant(words: Sequence[str], name: str) -> str:
    """The fix for an unknown command: the most similar ones, here or elsewhere in the tree."""
    near = difflib.get_close_matches(name, CommandGroup(words).list_commands(None), 3, 0.6)
    likely = [(*words, one) for one in near]
    likely += [other for other in walk() if name in other and other not in likely]
    if not likely:
        last = {other[-1] for other in walk()}
        close = difflib.get_close_matches(name, last, 2, 0.75)
        likely = sorted(other for other in walk() if other[-1] in close)
    here = " ".join(("pipeline", *words, "--help"))
    if not likely:
        return f"`{here}` lists the commands"
    offered = " or ".join(f"`pipeline {' '.join(one)}`" for one in likely[:3])
    return f"did you mean {offered}? `{here}` lists the commands"
