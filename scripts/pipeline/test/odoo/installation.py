"""The Odoo of this machine: where it is, which modules it has, which user may run it."""

from __future__ import annotations

import configparser
import importlib.util
import os
import pwd
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ToolError

#: The user of the official image and of Debian's package.
USER = "odoo"
_CONFIGURATIONS = ("/etc/odoo/odoo.conf", "/etc/odoo/openerp-server.conf")


@dataclass(frozen=True)
class Installation:
    """An installed Odoo.

    Attributes:
        major: its major version, such as 19.
        folders: folders of modules; those of its configuration come first.
    """

    major: int
    folders: tuple[Path, ...]

    def missing(self, modules: Iterable[str]) -> tuple[str, ...]:
        """Those of the modules that it does not have, sorted."""
        return tuple(sorted(name for name in set(modules) if not self._has(name)))

    def _has(self, name: str) -> bool:
        return any((folder / name / "__manifest__.py").is_file() for folder in self.folders)


def find() -> Installation:
    """The Odoo that this Python can import. It is examined, not imported.

    Raises:
        ToolError: there is none, or its version cannot be read.
    """
    spec = importlib.util.find_spec("odoo")
    places = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    for place in places:
        release = place / "release.py"
        if release.is_file():
            major = _major(release.read_text(encoding="utf-8"))
            return Installation(major, (*_configured(), *_by_pip(place), *_own(place)))
    raise ToolError(
        "this Python has no Odoo",
        "use an image that has one ([odoo] image in pipeline.toml), or Odoo's own environment",
    )


def as_user(argv: Sequence[str], *, uid: int | None = None) -> tuple[str, ...]:
    """A command as the user ``odoo`` when this process is root: Odoo and PostgreSQL refuse root.

    Args:
        argv: the command.
        uid: effective user id; by default that of this process.

    Raises:
        ToolError: this process is root, and there is no user ``odoo``.
    """
    if (os.geteuid() if uid is None else uid) != 0:
        return tuple(argv)
    entry = account()
    identity = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups")
    return ("setpriv", *identity, "--", *argv)


def account() -> pwd.struct_passwd:
    """The user ``odoo``. Raises ToolError if there is none."""
    try:
        return pwd.getpwnam(USER)
    except KeyError as error:
        raise ToolError(
            f"there is no user `{USER}`, and neither Odoo nor PostgreSQL run as root",
            f"use an image of Odoo, or create the user: useradd --system {USER}",
        ) from error


def own(*paths: Path) -> None:
    """Give files to the user ``odoo``, when this process is root."""
    if os.geteuid() == 0:
        entry = account()
        for path in paths:
            os.chown(path, entry.pw_uid, entry.pw_gid)


def _major(release: str) -> int:
    match = re.search(r"^version_info = \(\D*(\d+)", release, flags=re.MULTILINE)
    if not match:
        raise ToolError("Odoo's version cannot be read from its release.py", "use a released Odoo")
    return int(match[1])


def _own(package: Path) -> list[Path]:
    """Odoo's own modules: one folder in a package, two in a source tree."""
    folders = (package.parent / "addons", package / "addons")
    return [folder for folder in folders if _has_modules(folder)]


def _by_pip(package: Path) -> list[Path]:
    """Folders of modules that pip installed, ``odoo-addon-…``, in this Python's own places."""
    found = (Path(place) / "odoo/addons" for place in sys.path if place)
    own = {*_own(package)}
    return [folder for folder in found if folder not in own and _has_modules(folder)]


def _configured() -> list[Path]:
    """Folders in the image's own configuration, such as those of Enterprise."""
    names = [os.environ.get("ODOO_RC", ""), *_CONFIGURATIONS]
    configuration = next((name for name in names if name and Path(name).is_file()), None)
    if configuration is None:
        return []
    parser = configparser.RawConfigParser(strict=False)
    parser.read(configuration, encoding="utf-8")
    value = parser.get("options", "addons_path", fallback="")
    folders = (Path(entry.strip()) for entry in value.split(",") if entry.strip())
    return [folder for folder in folders if _has_modules(folder)]


def _has_modules(folder: Path) -> bool:
    """Whether a folder contains modules: Odoo warns about one that does not."""
    return folder.is_dir() and any(folder.glob("*/__manifest__.py"))
