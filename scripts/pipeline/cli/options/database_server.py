"""The option that names a database server for the add-ons' tests."""

from __future__ import annotations

import click

from pipeline.cli.options import Decorated


def server_option(function: Decorated) -> Decorated:
    """Add ``--server``."""
    return click.option(
        "--server",
        envvar="PIPELINE_SERVER",
        help="Host of a PostgreSQL server in which the role odoo may do everything. Default: one "
        "of its own is started in the directory, for which PostgreSQL must be installed.",
    )(function)
