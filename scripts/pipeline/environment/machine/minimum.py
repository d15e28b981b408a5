"""The least that an environment's machine needs. `doctor` shows it, a deployment asks for it."""

from __future__ import annotations

from pathlib import Path

#: Oldest versions with all that the compose files and the deployment use.
DOCKER, COMPOSE, HYPHEN, POSTGRES, PYTHON = (20, 10), (2, 20), (2,), (15,), (3, 10)
#: A machine sold as one of 4 GB shows a little less; so does a disk of 50 GB.
MEMORY, DISK, FREE_DISK = int(3.6 * (1 << 30)), 45 * 10**9, 5 << 30
CPUS = 2
#: The variable in `.env` that says which environment a machine is.
MARK = "ENVIRONMENT"
#: The variable that says which database Odoo uses.
DATABASE = "ODOO_DATABASE"
#: Variables that `.env` must have a value for.
VARIABLES = (MARK, "COMPOSE_FILE", DATABASE, "POSTGRES_PASSWORD")


def written(version: tuple[int, ...]) -> str:
    """A version as people write it."""
    return ".".join(map(str, version))


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    while not path.exists():
        path = path.parent
    return path
