"""The small files that a machine gets. Pure."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.environments import Environment
from pipeline.core.errors import InputError, Locked, SettingsError, Stopped
from pipeline.core.process import ISOLATED

#: The link to the newest package that `pipeline remote run` brought, in the user's home directory.
PACKAGE = Path(".local/share/odoo-pipeline/pipeline.pyz")

#: A resume after a boot that fails is tried so often, so many seconds apart.
_TRIES, _AGAIN_SECONDS = 5, 30


def command_file(home: Path) -> str:
    """The command `pipeline`: the newest package that a client brought, to the end of its run."""
    package = f'"$(readlink -f {home / PACKAGE})"'
    return f'#!/bin/sh\nexec python3 {" ".join(ISOLATED)} {package} "$@"\n'


def hyphen_file() -> str:
    """The command `docker-compose`, which is the plugin."""
    return '#!/bin/sh\nexec docker compose "$@"\n'


def resume_unit(environment: Environment, user: str) -> str:
    """The unit that brings interrupted deployments to an end after a boot.

    A resume waits for Docker and PostgreSQL itself. When it fails all the same it is tried again,
    as often as a person would before he looks for the cause; not when somebody works here, who ends
    what was interrupted, nor when a run ended and waits for a person's decision. (A oneshot may be
    restarted from systemd 244 on.)
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
ExecStart=/usr/local/bin/pipeline environment resume --environment {environment.name}

[Install]
WantedBy=multi-user.target
"""
