"""Options that the commands for Odoo.sh share: how to reach it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline.cli.options import Decorated
from pipeline.cli.options.form import format_option
from pipeline.core.errors import InputError
from pipeline.odoo_sh.access import KEY_VARIABLE, PIN_VARIABLE, access, unpinned
from pipeline.odoo_sh.remote import Remote, connect_git
from pipeline.odoo_sh.target import GIT_HOST, OdooShBranch

_NO_FILE = Path()


@dataclass(frozen=True)
class Reach:
    """The given options; an empty text counts as not given.

    Attributes:
        host: the instance.
        repo: path of its repository.
        git_host: the git server.
        key: the private key's text.
        known_hosts: text of a known_hosts file.
        form: ``table`` or ``json``.
    """

    host: str
    repo: str
    git_host: str
    key: str
    known_hosts: str
    form: str

    def require_all(self) -> None:
        """Raise InputError, naming everything that is missing.

        Only the known hosts may be missing here: the error about them needs the others.
        """
        given = {
            "ODOO_SH_HOST (--host)": self.host,
            "ODOO_SH_REPO (--repo)": self.repo,
            f"{KEY_VARIABLE} (--ssh-key)": self.key,
        }
        missing = [name for name, value in given.items() if not value]
        if missing:
            if not self.known_hosts:
                missing.append(f"{PIN_VARIABLE} (--known-hosts)")
            raise InputError(
                f"missing or empty: {', '.join(missing)}",
                "set the secrets of that name (docs/odoo-sh.md), or pass the options",
            )


@contextlib.contextmanager
def connected(reach: Reach, target: OdooShBranch, source: Path | None) -> Iterator[Remote]:
    """The repository on Odoo.sh, for the block. Raises InputError when its host key is not
    pinned."""
    if not reach.known_hosts:
        raise unpinned(target)
    with access(target, reach.key, reach.known_hosts) as way:
        yield connect_git(way, source)


def reach_options(function: Decorated) -> Decorated:
    """Add the options; the command gets them as ``reach``."""

    @functools.wraps(function)
    def wrapped(
        host: str,
        repo: str,
        git_host: str,
        ssh_key: Path,
        known_hosts: Path,
        form: str,
        **rest: Any,
    ) -> Any:
        texts = _text(ssh_key, "--ssh-key"), _text(known_hosts, "--known-hosts")
        return function(reach=Reach(host, repo, git_host, *texts, form), **rest)

    options = [
        click.option(
            "--host", default="", envvar="ODOO_SH_HOST", help="Instance, such as customer.odoo.sh."
        ),
        click.option(
            "--repo",
            default="",
            envvar="ODOO_SH_REPO",
            help="Repository, such as " "customer/production.",
        ),
        click.option(
            "--git-host",
            default=GIT_HOST,
            show_default=True,
            help="Its server: [user@]host[:port].",
        ),
        _file("--ssh-key", "Private key, without a passphrase."),
        _file("--known-hosts", "known_hosts lines that pin the server's key."),
        format_option,
    ]
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def _file(name: str, text: str) -> Callable[[Any], Any]:
    return click.option(name, type=click.Path(path_type=Path), default=_NO_FILE, help=text)


def _text(path: Path, option: str) -> str:
    if path == _NO_FILE:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise InputError(f"{option} {path} cannot be read: {reason}", "check the path") from error
