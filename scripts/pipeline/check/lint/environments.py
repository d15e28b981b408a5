"""Environments with the versions of tools that a source names, one for each set of packages."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ToolError
from pipeline.core.process import PACKAGES, run


@dataclass(frozen=True)
class ToolEnvironment:
    """Packages that are installed together.

    Attributes:
        folder: name of its folder, which depends on the packages and on Python's version alone.
        requirements: the packages, as pip takes them.
    """

    folder: str
    requirements: tuple[str, ...]

    def python(self, folder: Path) -> str:
        """The interpreter, given the folder of all environments."""
        return str(folder / self.folder / "bin" / "python")


def environment(requirements: tuple[str, ...]) -> ToolEnvironment:
    """The environment of these packages."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.sha256("\n".join((python, *sorted(requirements))).encode()).hexdigest()
    return ToolEnvironment(f"{requirements[0].replace('==', '-')}-{key[:12]}", requirements)


def default_folder() -> Path:
    """Where environments are kept on a host."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "odoo-mta" / "lint"


def install(environments: set[ToolEnvironment], folder: Path) -> None:
    """Create those that are missing.

    Raises:
        ToolError: a package is not available, or the index does not answer.
    """
    missing = sorted(
        (one for one in environments if not (folder / one.folder).is_dir()),
        key=lambda one: one.folder,
    )
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda one: _create(one, folder), sorted(missing, key=lambda one: one.folder))
        )


def _create(made: ToolEnvironment, folder: Path) -> None:
    """Create one completely or not at all; another process may do the same at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{made.folder}-", dir=folder))
    try:
        run((sys.executable, "-m", "venv", "--without-pip", str(temporary)))
        python = str(temporary / "bin" / "python")
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
        done = run(
            (*pip, "--disable-pip-version-check", "--no-input", *made.requirements),
            surroundings=PACKAGES,
            ok=range(256),
        )
        if done.code:
            raise _not_available(made, done.stderr or done.stdout)
        temporary.chmod(0o755)
        try:
            temporary.rename(folder / made.folder)
        except OSError:
            if not (folder / made.folder).is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _not_available(made: ToolEnvironment, said: str) -> ToolError:
    names = " and ".join(made.requirements)
    lines = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.strip()]
    reason = lines[-1] if lines else "pip printed nothing"
    return ToolError(
        f"{names} cannot be installed: {reason}",
        "correct the version in .pre-commit-config.yaml, or check that the package index can be "
        "reached; `pylint_odoo` and `odoo_hooks` in [lint] of pipeline.toml can be set to false",
    )
