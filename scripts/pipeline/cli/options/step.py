"""Options of steps and of every command that reads a repository."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import Decorated
from pipeline.cli.options.form import format_option


def source_option(function: Decorated) -> Decorated:
    """Add ``--source``."""
    return click.option(
        "--source",
        type=click.Path(path_type=Path),
        default=Path("."),
        show_default=True,
        help="Root of the repository.",
    )(function)


def step_options(function: Decorated) -> Decorated:
    """Add ``--source``, ``--output`` and ``--format``."""
    function = format_option(function)
    function = click.option(
        "--output",
        type=click.Path(path_type=Path),
        default=None,
        help="Directory for the result, <step>.json.",
    )(function)
    return source_option(function)
