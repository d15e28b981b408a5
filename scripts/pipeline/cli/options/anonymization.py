"""Options that the commands for anonymization share."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from pipeline.cli.options import Decorated
from pipeline.core.errors import InputError
from pipeline.core.settings import load as load_settings
from pipeline.privacy.declaration.load import FILE_NAME, Declaration, load_declaration
from pipeline.privacy.declaration.privacy import LEVELS


def site_options(function: Decorated) -> Decorated:
    """Add ``--base-url`` and ``--password-file``."""
    function = click.option(
        "--password-file",
        type=click.Path(path_type=Path),
        help="File with the testers' password; default: the variable TESTERS_PASSWORD.",
    )(function)
    return click.option(
        "--base-url", default="http://localhost:8069", help="Address of the new web site."
    )(function)


def level_option(function: Decorated) -> Decorated:
    """Add ``--level``."""
    return click.option(
        "--level",
        type=click.Choice(LEVELS),
        help=f"What becomes of kept dates and amounts; default: [privacy] level of {FILE_NAME}, "
        "otherwise `tests`, which keeps them.",
    )(function)


def database_options(function: Decorated) -> Decorated:
    """Add ``--database-url`` and ``--source``."""
    function = click.option(
        "--source",
        type=click.Path(path_type=Path),
        default=Path("."),
        show_default=True,
        help=f"Root of the repository, with its {FILE_NAME}.",
    )(function)
    return click.option(
        "--database-url",
        envvar="DATABASE_URL",
        default="",
        help="The database, as postgresql://user@host/name or `host=… dbname=…`. Missing parts are "
        "read from PGHOST, PGUSER, PGPASSWORD, PGDATABASE: the password belongs there.",
    )(function)


def report_key_option(function: Decorated) -> Decorated:
    """Add ``--report-key-file``."""
    return click.option(
        "--report-key-file",
        type=click.Path(path_type=Path),
        help="File with the key that signs reports and copies; default: ANONYMIZATION_REPORT_KEY.",
    )(function)


def report_key(path: Path | None) -> bytes:
    """The key of ``--report-key-file``; empty: none. Raises InputError: it cannot be read."""
    return secret("ANONYMIZATION_REPORT_KEY", path).encode()


def declared(source: Path, level: str | None = None) -> Declaration:
    """The declaration of a repository: the default, overridden by its own file if there is one.

    Args:
        source: root of the repository.
        level: in place of the declared one.

    Raises:
        SettingsError: the settings or the file are invalid.
    """
    named = load_settings(source).anonymization.file
    path = source / (named or FILE_NAME)
    declaration = load_declaration(path if named or path.exists() else None)
    privacy = replace(declaration.privacy, level=level or declaration.privacy.level)
    return replace(declaration, privacy=privacy)


def own_file(source: Path) -> Path:
    """The file of a repository that declares its columns, whether it exists or not.

    Raises:
        SettingsError: the settings are invalid.
    """
    return source / (load_settings(source).anonymization.file or FILE_NAME)


def secret(variable: str, path: Path | None) -> str:
    """A secret from a file, otherwise from a variable; an empty one counts as missing.

    Raises:
        InputError: the file cannot be read.
    """
    if path is None:
        return os.environ.get(variable, "")
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the secret file {path} cannot be read", "check its path") from error
