"""The option of every command that prints a table."""

from __future__ import annotations

import click

from pipeline.cli.options import Decorated


def format_option(function: Decorated) -> Decorated:
    """Add ``--format``, which the command gets as ``form``: ``table`` or ``json``."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="How to print the result.",
    )(function)
