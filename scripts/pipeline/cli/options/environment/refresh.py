"""Options that the commands of a refresh share."""

from __future__ import annotations

import click

from pipeline.cli.options import Decorated


def content_options(function: Decorated) -> Decorated:
    """Add ``--anonymize`` and ``--filestore``."""
    function = click.option("--filestore", is_flag=True, help="Also copy PROD's files.")(function)
    return click.option(
        "--anonymize/--no-anonymize",
        default=True,
        show_default=True,
        help="Replace personal data; if off, this is recorded, and the team is notified.",
    )(function)
