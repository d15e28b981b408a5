"""How Odoo is called: its configuration and its arguments, as pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def configuration(
    folders: Iterable[Path], host: str, role: str, data: Path, port: int = 8069
) -> str:
    """Odoo's configuration file.

    Args:
        folders: of modules.
        host: PostgreSQL's name, or the directory of its socket.
        role: user in PostgreSQL.
        data: Odoo's data directory.
        port: of its web server, on this machine only.
    """
    options = {
        "addons_path": ",".join(str(folder) for folder in folders),
        "db_host": host,
        "db_user": role,
        "data_dir": data,
        "http_interface": "127.0.0.1",
        "http_port": port,
        "max_cron_threads": 0,
        "workers": 0,
        "log_level": "info",
    }
    return "\n".join(["[options]", *(f"{key} = {value}" for key, value in options.items()), ""])


def install(configuration: Path, database: str, modules: Iterable[str]) -> tuple[str, ...]:
    """Arguments that install modules into a database and end."""
    names = ",".join(modules)
    return (f"--config={configuration}", f"--database={database}", f"--init={names}", _STOP)


def test(configuration: Path, database: str, addon: str) -> tuple[str, ...]:
    """Arguments that install an add-on, run its tests and end."""
    return (*install(configuration, database, [addon]), f"--test-tags=/{addon}")


_STOP = "--stop-after-init"
