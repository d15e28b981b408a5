"""Options of the commands that judge coverage."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import Decorated


def bar_options(function: Decorated) -> Decorated:
    """Add ``--baseline`` and ``--changed-since``."""
    function = click.option(
        "--changed-since",
        default=None,
        metavar="REF",
        help="The tests ran only for changes since REF: check only those.",
    )(function)
    return click.option(
        "--baseline",
        type=click.Path(path_type=Path),
        default=None,
        help="Baseline file to compare with, instead of the one at the merge base.",
    )(function)


def test_results_option(function: Decorated) -> Decorated:
    """Add ``--results``: the results of the test steps."""
    return click.option(
        "--results",
        type=click.Path(path_type=Path),
        required=True,
        help="Directory with the coverage data and results of the test steps.",
    )(function)
