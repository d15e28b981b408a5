"""``pipeline project init``: what a repository needs to be tested, built and deployed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
from rich import box
from rich.table import Table
from rich.text import Text

from pipeline import __version__
from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.step import source_option
from pipeline.core.console import console
from pipeline.core.errors import InputError
from pipeline.core.references import Repository
from pipeline.project.layout import look
from pipeline.project.templates import files

#: The root of this project, when it runs in a clone of it.
_HERE = Path(__file__).resolve().parents[4]
_MODULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*(?:@[A-Za-z0-9][A-Za-z0-9./_-]*)?")
_NEXT = """Next:
  git add --all && git commit
  pipeline check gitignore && pipeline check manifests && pipeline check lint
  (or: dagger call ci)
Existing files were not changed: compare them with `--output` to another folder."""
_NOTHING = "Nothing is missing: every file exists and was not changed."


@tree.command()
@source_option
@click.option("--name", required=True, help="Short name of the project, such as odoo-care.")
@click.option("--series", default=None, help="Odoo series; default: that of the add-ons' versions.")
@click.option("--repository", default="", help="Repository of its images, such as acme/odoo-care.")
@click.option(
    "--module",
    default=f"github.com/resultrum/odoo-mta@v{__version__}",
    show_default=True,
    help="Dagger module that the workflows call.",
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path),
    default=_HERE,
    help="A clone of this project; default: the one that the command was started from.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where to write; default: the source itself."
)
@format_option
def command(
    source: Path,
    name: str,
    series: str | None,
    repository: str,
    module: str,
    templates: Path,
    output: Path | None,
    form: str,
) -> None:
    """Write settings, Dockerfile, compose files and workflows; overwrite nothing."""
    if repository:
        Repository("docker.io", repository)  # raises when it is invalid
    if not _MODULE.fullmatch(module):
        raise InputError(
            f"{module!r} is not the address of a Dagger module",
            "use an address such as github.com/resultrum/odoo-mta@v0.1.0",
        )
    made = files(templates, look(source, name, series), module, repository)
    place = output or source
    _folder(place)
    rows = {path: _write(place / path, text, source / path) for path, text in made.items()}
    if form == "json":
        click.echo(json.dumps(rows, indent=2, sort_keys=True))
        return
    table = Table(box=box.ROUNDED)
    table.add_column("file")
    table.add_column("what happened")
    for path in sorted(rows):
        table.add_row(Text(path), Text(rows[path], style="green" if rows[path] == "new" else ""))
    console().print(table)
    click.echo(_NEXT if "new" in rows.values() else _NOTHING)


def _folder(path: Path) -> None:
    """Create the folder for the new files, even when there will be none."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _write(path: Path, text: str, original: Path) -> str:
    """Write a file unless it exists, or the source has one; returns what happened."""
    if original.exists() or path.exists():
        return "kept: it exists"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise _unwritable(path, error) from error
    return "new"


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written: {error.strerror}", "give another --output")
