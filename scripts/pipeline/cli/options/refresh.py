"""What the commands of a refresh have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def content_options(function: F) -> F:
    """Add ``--anonymize`` and ``--filestore``."""
    function = click.option("--filestore", is_flag=True, help="Also copy PROD's files.")(function)
    return click.option(
        "--anonymize/--no-anonymize",
        default=True,
        show_default=True,
        help="Replace personal data; if off, this is recorded, and the team is notified.",
    )(function)
