"""``pipeline test prepare-database``: the database that every add-on's tests start from."""

from __future__ import annotations

import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.test.odoo.prepare import DIRECTORY, prepare


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
    "--source",
    type=click.Path(path_type=Path),
    help="Root of the repository, only used to report which add-on needs an unknown module.",
)
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=DIRECTORY,
    show_default=True,
    help="Data directory of the database server.",
)
def command(
    modules: str, demo: bool, allow_unknown: bool, source: Path | None, directory: Path
) -> None:
    """Install modules of Odoo into a new database, for `test addon` to copy."""
    clock = time.monotonic()
    names = [name.strip() for name in modules.split(",") if name.strip()]
    needed_by = _needed_by(source) if source else {}
    prepared = prepare(directory, names, demo, needed_by, allow_unknown)
    seconds = time.monotonic() - clock
    click.echo(
        f"prepared Odoo {prepared.major} with {', '.join(prepared.modules)}: {seconds:.1f} s"
    )
    left_out = sorted(set(names) - set(prepared.modules))
    if left_out:
        click.echo(f"skipped, because this Odoo does not have them: {', '.join(left_out)}")


def _needed_by(source: Path) -> dict[str, list[str]]:
    # Here, not above: where the database is prepared, these modules are not (see ci/ images.py).
    from pipeline.core.addons.discovery import discover
    from pipeline.core.settings import load

    needed: dict[str, list[str]] = {}
    for addon in discover(source, load(source)):
        for name in addon.depends:
            needed.setdefault(name, []).append(addon.name)
    return needed
