"""The small files that are installed on a machine. Pure."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.errors import InputError, Locked, SettingsError, Stopped
from pipeline.core.process import ISOLATED
from pipeline.core.settings.environments import Environment, typed

#: The link to the newest package from `pipeline remote run`, in the user's home directory.
PACKAGE = Path(".local/share/odoo-pipeline/pipeline.pyz")

#: A failed resume after a boot is tried again this often, this many seconds apart.
_TRIES, _AGAIN_SECONDS = 5, 30


def command_file(home: Path) -> str:
    """The command `pipeline`: runs the newest package that a client sent."""
    package = f'"$(readlink -f {home / PACKAGE})"'
    return f'#!/bin/sh\nexec python3 {" ".join(ISOLATED)} {package} "$@"\n'


def hyphen_file() -> str:
    """The command `docker-compose`, which calls the plugin."""
    return '#!/bin/sh\nexec docker compose "$@"\n'


def resume_unit(environment: Environment, user: str) -> str:
    """The unit that ends interrupted deployments after a boot.

    A resume waits for Docker and PostgreSQL itself. If it fails all the same, it is retried a few
    times; not when another run has the lock, because that one ends what was interrupted, nor when a
    run waits for a person's decision. (A oneshot can be restarted since systemd 244.)
    """
    final = " ".join(str(one.exit_code) for one in (Locked, InputError, SettingsError, Stopped))
    wait = environment.boot_seconds + environment.command_seconds
    return f"""[Unit]
Description=Bring interrupted deployments of {environment.project} ({environment.name}) to an end
Wants=network-online.target
After=network-online.target docker.service
StartLimitIntervalSec={_TRIES * (wait + _AGAIN_SECONDS)}
StartLimitBurst={_TRIES}

[Service]
Type=oneshot
Restart=on-failure
RestartSec={_AGAIN_SECONDS}
RestartPreventExitStatus={final}
User={user}
WorkingDirectory={environment.directory}
ExecStart=/usr/local/bin/{typed(environment.name, "resume")}

[Install]
WantedBy=multi-user.target
"""
