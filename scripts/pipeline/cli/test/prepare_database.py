"""``pipeline test prepare-database``: the database that every add-on's tests start from."""

from __future__ import annotations

import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.database_server import server_option
from pipeline.core.errors import InputError
from pipeline.test.odoo.postgres import Server
from pipeline.test.odoo.prepare import DIRECTORY, prepare
from pipeline.test.odoo.server_files import copy_server_files


@tree.command(prints="progress")
@click.option(
    "--modules", default="base", show_default=True, help="Modules of Odoo, separated by commas."
)
@click.option(
    "--demo/--no-demo", default=True, show_default=True, help="Whether to install demo data."
)
@click.option(
    "--allow-unknown",
    is_flag=True,
    help="Skip modules that this Odoo does not have: the tests of add-ons that need them will "
    "report that, the others run.",
)
@click.option(
    "--extend", is_flag=True, help="Add the modules to the database that is prepared there already."
)
@click.option(
    "--assets/--no-assets",
    default=True,
    show_default=True,
    help="Whether to make what browsers load, for tests that load pages.",
)
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    help="Root of the repository, only used to report which add-on needs an unknown module.",
)
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=DIRECTORY,
    show_default=True,
    help="Directory for Odoo's files, and for a database server if none is named.",
)
@server_option
@click.option(
    "--files",
    "archive",
    type=click.Path(path_type=Path),
    help="Tar archive that gets all files of the named server; needs --programs.",
)
@click.option(
    "--programs",
    type=click.Path(path_type=Path),
    help="Root of a file system with PostgreSQL's programs, of the server's version.",
)
def command(
    modules: str,
    demo: bool,
    allow_unknown: bool,
    extend: bool,
    assets: bool,
    source: Path | None,
    directory: Path,
    server: str | None,
    archive: Path | None,
    programs: Path | None,
) -> None:
    """Install modules of Odoo into a new database, for `test addon` to copy."""
    if archive is not None and (server is None or programs is None):
        raise InputError("--files needs --server and --programs", "add the two options")
    clock = time.monotonic()
    names = [name.strip() for name in modules.split(",") if name.strip()]
    needed_by = _needed_by(source) if source else {}
    prepared = prepare(directory, names, demo, needed_by, allow_unknown, server, extend, assets)
    if archive is not None and server is not None and programs is not None:
        copy_server_files(Server(server), programs, archive)
    seconds = time.monotonic() - clock
    click.echo(
        f"prepared Odoo {prepared.major} with {', '.join(prepared.modules)}: {seconds:.1f} s"
    )
    left_out = sorted(set(names) - set(prepared.modules))
    if left_out:
        click.echo(f"skipped, because this Odoo does not have them: {', '.join(left_out)}")


def _needed_by(source: Path) -> dict[str, list[str]]:
    # Imported here: these modules are missing where the database is prepared (see ci/ images.py).
    from pipeline.core.addons.discovery import discover
    from pipeline.core.settings import load

    needed: dict[str, list[str]] = {}
    for addon in discover(source, load(source)):
        for name in addon.depends:
            needed.setdefault(name, []).append(addon.name)
    return needed
