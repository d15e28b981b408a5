"""Options of commands that reach a place with copies."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import Decorated
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings


def place_options(function: Decorated) -> Decorated:
    """Add ``--ssh-key``, ``--known-hosts`` and ``--in-container``."""
    file = click.Path(path_type=Path)
    for option in (
        click.option(
            "--in-container",
            is_flag=True,
            help="Refuse a folder as the place: a container does not see it.",
        ),
        click.option("--known-hosts", type=file, help="File that pins the SFTP server's host key."),
        click.option("--ssh-key", type=file, help="File with the private key for SFTP."),
    ):
        function = option(function)
    return function


def the_place(address: str, settings: Settings, option: str, in_container: bool) -> str:
    """The address of the place: that of an option, or of the settings.

    Raises:
        InputError: neither has one, or it is a folder that cannot be seen here.
    """
    found = address or settings.anonymization.copies
    if not found:
        raise InputError(
            "nothing says where copies are", f"give {option}, or set [anonymization] copies"
        )
    if in_container and "://" not in found:
        raise InputError(
            f"{found} is a folder, which a container does not see",
            "use a place sftp://user@host/path, or `pipeline privacy push` and `pull` themselves",
        )
    return found
