"""The options of what judges coverage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def bar_options(function: F) -> F:
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


def test_results_option(function: F) -> F:
    """Add ``--results``: what the test steps left."""
    return click.option(
        "--results",
        type=click.Path(path_type=Path),
        required=True,
        help="Directory with the coverage data and results of the test steps.",
    )(function)
