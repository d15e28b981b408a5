"""The options of steps and of every command that reads a repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.cli.options.form import format_option

F = TypeVar("F", bound=Callable[..., Any])


def source_option(function: F) -> F:
    """Add ``--source``."""
    return click.option(
        "--source",
        type=click.Path(path_type=Path),
        default=Path("."),
        show_default=True,
        help="Root of the repository.",
    )(function)


def step_options(function: F) -> F:
    """Add ``--source``, ``--output`` and ``--format``."""
    function = format_option(function)
    function = click.option(
        "--output",
        type=click.Path(path_type=Path),
        default=None,
        help="Directory for the result, <step>.json.",
    )(function)
    return source_option(function)
