"""The command line: ``pipeline <command>``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from pipeline import __version__
from pipeline.core.errors import PipelineError, ToolError
from pipeline.core.process import owner_of, settle

#: Commands and the modules that define them, loaded when used: no command pays for the tools
#: of another, and the Odoo container needs only those of its own.
COMMANDS = {
    "init-project": "pipeline.commands.init_project",
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
    "fetch-database": "pipeline.commands.fetch_database",
    "anonymize": "pipeline.commands.anonymize",
    "neutralize": "pipeline.commands.neutralize",
    "classify": "pipeline.commands.classify",
    "verify-anonymized": "pipeline.commands.verify_anonymized",
    "smoke": "pipeline.commands.smoke",
    "deploy-odoo-sh": "pipeline.commands.deploy_odoo_sh",
    "history-odoo-sh": "pipeline.commands.history_odoo_sh",
    "image-metadata": "pipeline.commands.image_metadata",
    "sbom": "pipeline.commands.sbom",
    "publish-image": "pipeline.commands.publish_image",
    "promote-image": "pipeline.commands.promote_image",
    "resolve-image": "pipeline.commands.resolve_image",
    "tag-image": "pipeline.commands.tag_image",
    "attest-image": "pipeline.commands.attest_image",
    "image-document": "pipeline.commands.image_document",
    "release": "pipeline.commands.release",
    "versions": "pipeline.commands.versions",
    "doctor-github": "pipeline.commands.doctor_github",
    "summary": "pipeline.commands.summary",
    "report": "pipeline.commands.report",
    "merge-reports": "pipeline.commands.merge_reports",
    "deploy-uat": "pipeline.commands.deploy_uat",
    "deploy-prod": "pipeline.commands.deploy_prod",
    "refresh-plan": "pipeline.commands.refresh_plan",
    "refresh-load": "pipeline.commands.refresh_load",
    "remote": "pipeline.commands.remote",
    "detached": "pipeline.commands.detached",
    "prepare-vm": "pipeline.commands.prepare_vm",
    "doctor": "pipeline.commands.doctor",
    "deploy": "pipeline.commands.deploy",
    "resume": "pipeline.commands.resume",
    "rollback": "pipeline.commands.rollback",
    "load-refresh": "pipeline.commands.load_refresh",
    "backup": "pipeline.commands.backup",
    "backups": "pipeline.commands.backups",
    "verify-backups": "pipeline.commands.verify_backups",
    "prune-backups": "pipeline.commands.prune_backups",
    "status": "pipeline.commands.status",
    "history": "pipeline.commands.history",
    "attach": "pipeline.commands.attach",
    "logs": "pipeline.commands.logs",
    "unlock": "pipeline.commands.unlock",
    "outbox": "pipeline.commands.outbox",
}


#: What the help lists together. A command that no group names comes last.
GROUPS = {
    "Begin": ("init-project",),
    "Look at a repository": ("modules", "lint", "manifests", "gitignore", "secrets"),
    "Test it": ("plan", "prepare-database", "test-addon", "test-python", "mutants", "smoke"),
    "Judge the tests": ("coverage", "baseline", "summary", "report", "merge-reports"),
    "Build and publish images": (
        *("image-metadata", "sbom", "publish-image", "promote-image", "resolve-image"),
        *("tag-image", "attest-image", "image-document"),
    ),
    "Anonymize a database": (
        *("fetch-database", "anonymize", "neutralize", "classify", "verify-anonymized"),
    ),
    "Release": ("release", "versions", "doctor-github"),
    "Virtual machines, from anywhere": (
        *("deploy-uat", "deploy-prod", "refresh-plan", "refresh-load", "remote"),
    ),
    "On a virtual machine": (
        *("prepare-vm", "doctor", "detached"),
        *(
            "deploy",
            "rollback",
            "load-refresh",
            "resume",
            "attach",
            "status",
            "history",
            "logs",
            "unlock",
            "outbox",
        ),
        *("backup", "backups", "verify-backups", "prune-backups"),
    ),
    "Odoo.sh": ("deploy-odoo-sh", "history-odoo-sh"),
}
_MORE = "More"

_EPILOG = """\b
Every command works on the repository in the current directory, or in --source.
Exit codes: 0 good, 1 findings, else the kind of error (docs/exit-codes.md).

\b
Completion, in the start file of your shell:
  bash  eval "$(_PIPELINE_COMPLETE=bash_source pipeline)"
  zsh   eval "$(_PIPELINE_COMPLETE=zsh_source pipeline)"
  fish  _PIPELINE_COMPLETE=fish_source pipeline | source
"""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            command = importlib.import_module(COMMANDS[cmd_name]).command
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("pipeline."):
                raise
            raise ToolError(
                f"`pipeline {cmd_name}` needs the Python package {error.name}, which is not there",
                "install the pipeline with all it needs (`make venv`), or use `dagger call`",
            ) from error
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        named = {name for names in GROUPS.values() for name in names}
        more = tuple(name for name in COMMANDS if name not in named)
        width = max(map(len, COMMANDS))
        for title, names in {**GROUPS, _MORE: more}.items():
            rows = [(name.ljust(width), self._summary(ctx, name)) for name in names]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows, col_max=width + 2)

    def _summary(self, ctx: click.Context, name: str) -> str:
        try:
            command = self.get_command(ctx, name)
        except ToolError as error:  # help is for reading, whatever is installed
            return f"({error.message})"
        return command.get_short_help_str(200) if command else ""


@click.group(
    cls=_LazyGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="pipeline")
def cli() -> None:
    """Checks, tests, gates, reports and deployments for a repository of Odoo add-ons.

    What `dagger call` does in containers; these commands do it where they are run.
    """


def main() -> None:
    """Run the command line and end the process with the exit code of what happened."""
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
    """The error about a file of another user."""
    path = Path(str(error.filename or "."))
    owner = owner_of(path)
    return ToolError(
        f"you may not use {path}: {error.strerror}; it belongs to {owner}",
        f"run this as {owner} (`sudo -u {owner} pipeline …`)",
    )
