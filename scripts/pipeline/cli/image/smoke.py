"""``pipeline image smoke``: test that a started image works."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.errors import InputError
from pipeline.core.odoo.health import visit, wait
from pipeline.core.results import Outcome


@tree.command()
@step_options
@click.option("--url", required=True, help="Address of the running Odoo, such as http://odoo:8069.")
@click.option(
    "--seconds", type=float, default=120.0, show_default=True, help="Seconds to wait for it."
)
def command(source: Path, output: Path | None, form: str, url: str, seconds: float) -> None:
    """Wait for a running Odoo, then ask for its health, its login page and an asset bundle."""

    def work() -> Outcome:
        if not url.startswith(("http://", "https://")):
            raise InputError(f"{url!r} is not the address of a web server", "give http://host:port")
        address = url.rstrip("/")
        late = wait(address, seconds)
        findings = (late,) if late else visit(address)
        return Outcome(
            "the image is broken" if findings else "built; health, login page and assets answer",
            findings,
            "read the log of the image's start: `dagger -vv --progress=plain call ci`",
        )

    run_step("build", work, output, form)
