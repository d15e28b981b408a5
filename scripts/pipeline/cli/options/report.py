"""Options that the commands for the results of a complete run share."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import Decorated


def _names(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def results_options(function: Decorated) -> Decorated:
    """Add ``--results``, ``--expect`` and ``--wall``."""
    function = click.option(
        "--wall",
        type=click.FloatRange(min=0),
        default=None,
        metavar="SECONDS",
        help="Duration of the entire run; steps that started earlier are shown as cached.",
    )(function)
    function = click.option(
        "--expect",
        default="",
        metavar="A,B,…",
        callback=_names,
        help="Steps that must have a result; a missing one is an error.",
    )(function)
    return click.option(
        "--results",
        type=click.Path(path_type=Path),
        required=True,
        help="Directory with the results of all steps.",
    )(function)


def report_directory_option(function: Decorated) -> Decorated:
    """Add ``--output``, the folder for the report."""
    return click.option(
        "--output", type=click.Path(path_type=Path), required=True, help="The report directory."
    )(function)
