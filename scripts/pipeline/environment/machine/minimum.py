"""The minimum requirements for a VM. `doctor` shows them, a deployment enforces them."""

from __future__ import annotations

from pathlib import Path

#: Oldest versions with everything that the compose files and the deployment use.
DOCKER, COMPOSE, HYPHEN, POSTGRES, PYTHON = (20, 10), (2, 20), (2,), (15,), (3, 10)
#: A machine sold with 4 GB reports a little less; so does a disk of 50 GB.
MEMORY, DISK, FREE_DISK = int(3.6 * (1 << 30)), 45 * 10**9, 5 << 30
CPUS = 2
#: The variable in `.env` that names the environment of a machine.
MARK = "ENVIRONMENT"
#: The variable that names Odoo's database.
DATABASE = "ODOO_DATABASE"
#: Variables that need a value in `.env`.
VARIABLES = (MARK, "COMPOSE_FILE", DATABASE, "POSTGRES_PASSWORD")


def written(version: tuple[int, ...]) -> str:
    """A version as text."""
    return ".".join(map(str, version))


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    while not path.exists():
        path = path.parent
    return path
