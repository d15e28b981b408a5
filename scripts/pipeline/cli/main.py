"""The command line: ``pipeline <noun> <verb>``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline import __version__
from pipeline.cli.tree import CommandGroup
from pipeline.core.errors import PipelineError, ToolError
from pipeline.core.process import owner_of, settle

_EPILOG = """\b
Every command works on the repository in the current directory, or in --source.
Exit codes: 0 success, 1 findings, otherwise the kind of error (docs/exit-codes.md).

\b
Completion, in the start file of your shell:
  bash  eval "$(_PIPELINE_COMPLETE=bash_source pipeline)"
  zsh   eval "$(_PIPELINE_COMPLETE=zsh_source pipeline)"
  fish  _PIPELINE_COMPLETE=fish_source pipeline | source
"""


@click.group(
    cls=CommandGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="pipeline")
def cli() -> None:
    """Checks, tests, gates, reports and deployments for a repository of Odoo add-ons.

    The same as `dagger call`, but run directly on this machine instead of in containers.
    """


def main() -> None:
    """Run the command line and end the process with the resulting exit code."""
    settle()
    try:
        try:
            cli(prog_name="pipeline")
        except PermissionError as error:
            raise _not_permitted(error) from error
    except PipelineError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


def _not_permitted(error: PermissionError) -> ToolError:
    """The error for a file that belongs to another user."""
    path = Path(str(error.filename or "."))
    owner = owner_of(path)
    return ToolError(
        f"you may not use {path}: {error.strerror}; it belongs to {owner}",
        f"run this as {owner} (`sudo -u {owner} pipeline …`)",
    )
