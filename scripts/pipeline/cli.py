"""The command line: ``pipeline <command>``."""

from __future__ import annotations

import importlib
import sys

import click

from pipeline import __version__
from pipeline.errors import PipelineError

#: Commands and the modules that define them, loaded when used: no command pays for the tools
#: of another, and the Odoo container needs only those of its own.
COMMANDS = {
    "lint": "pipeline.commands.lint",
    "manifests": "pipeline.commands.manifests",
    "modules": "pipeline.commands.modules",
    "gitignore": "pipeline.commands.gitignore",
    "secrets": "pipeline.commands.secrets",
    "plan": "pipeline.commands.plan",
    "prepare-database": "pipeline.commands.prepare_database",
    "test-addon": "pipeline.commands.test_addon",
    "test-python": "pipeline.commands.test_python",
    "coverage": "pipeline.commands.coverage",
    "baseline": "pipeline.commands.baseline",
    "mutants": "pipeline.commands.mutants",
    "smoke": "pipeline.commands.smoke",
    "deploy-odoo-sh": "pipeline.commands.deploy_odoo_sh",
    "history-odoo-sh": "pipeline.commands.history_odoo_sh",
    "summary": "pipeline.commands.summary",
    "report": "pipeline.commands.report",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pipeline")
def cli() -> None:
    """Checks, tests, gates and reports for a repository of Odoo add-ons."""


def main() -> None:
    """Run the command line and end the process with the exit code of what happened."""
    try:
        cli(prog_name="pipeline")
    except PipelineError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
