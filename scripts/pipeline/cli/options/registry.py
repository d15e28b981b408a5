"""Options that the commands using a registry share."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline.cli.options import Decorated
from pipeline.cli.options.step import source_option
from pipeline.core.errors import InputError
from pipeline.core.references import Reference, Repository, names_repository, parse_reference
from pipeline.core.settings import Settings, load
from pipeline.image.registry.repository import Credentials, Registry, RegistryAccess

_OPTIONS = ("source", "registry", "repository", "username", "token_file", "insecure", "ca_file")
#: The variable that can have the token instead of a file.
TOKEN_VARIABLE = "PIPELINE_REGISTRY_TOKEN"


@dataclass(frozen=True)
class RegistryOptions:
    """The given options; the settings provide the others."""

    source: Path
    registry: str | None
    repository: str | None
    username: str | None
    token_file: Path | None
    insecure: bool
    ca_file: Path | None

    @property
    def settings(self) -> Settings:
        """The settings of the source."""
        return load(self.source)

    @property
    def where(self) -> Repository:
        """The repository.

        Raises:
            InputError: nothing names it, or the name is invalid.
        """
        image = self.settings.image
        name = self.repository or image.repository
        if not name:
            raise InputError(
                "the images' repository is not set",
                "set [image] repository in pipeline.toml, or pass --repository",
            )
        return Repository(self.registry or image.registry, name)

    def image(self, text: str, *, login: bool = False) -> tuple[Registry, Reference]:
        """The image for a reference, and its registry. Raises InputError as `open` does."""
        reference = parse_reference(text, None if names_repository(text) else self.where)
        return self.open(login=login, where=reference.repository), reference

    def open(self, *, login: bool, where: Repository | None = None) -> Registry:
        """A repository in its registry.

        Args:
            login: whether a user is required. Over plain HTTP, a login is never sent.
            where: the repository; None: the options' one.

        Raises:
            InputError: options are missing; the message names all of them.
        """
        where = where or self.where
        username, token = (self.username or "").strip(), self.token
        missing = [
            name
            for name, value in (
                ("a user name (--username)", username),
                (f"a token (--token-file or {TOKEN_VARIABLE})", token),
            )
            if not value
        ]
        if missing and (len(missing) == 1 or (login and not self.insecure)):
            raise InputError(
                f"{where.registry} needs {' and '.join(missing)}",
                "pass it; in Actions: set the secrets DOCKER_HUB_USERNAME and DOCKER_HUB_TOKEN",
            )
        credentials = None if missing else Credentials(username, token)
        return Registry(where, RegistryAccess(credentials, self.insecure, self.ca_file))

    @property
    def token(self) -> str:
        """The user's token, from its file or the variable; empty: none."""
        if self.token_file is None:
            return os.environ.get(TOKEN_VARIABLE, "").strip()
        return self.token_file.read_text(encoding="utf-8").strip()


def registry_options(function: Decorated) -> Decorated:
    """Add the options of a registry; the command gets them as ``options``."""
    readable = click.Path(path_type=Path, exists=True, dir_okay=False)

    @click.option("--registry", help="Host of the registry; default: that of pipeline.toml.")
    @click.option("--repository", help="Repository in it; default: that of pipeline.toml.")
    @click.option("--username", help="User of the registry.")
    @click.option(
        "--token-file",
        type=readable,
        help=f"File with the user's token; default: the variable {TOKEN_VARIABLE}.",
    )
    @click.option("--insecure", is_flag=True, help="Plain HTTP; credentials are never sent there.")
    @click.option("--ca-file", type=readable, help="Certificate authorities to trust.")
    @source_option
    @functools.wraps(function)
    def wrapped(**arguments: Any) -> Any:
        options = RegistryOptions(**{name: arguments.pop(name) for name in _OPTIONS})
        return function(options=options, **arguments)

    return wrapped
