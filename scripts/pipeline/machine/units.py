"""The small files that a machine gets. Pure."""

from __future__ import annotations

from pathlib import Path

from pipeline.environments import Environment

#: Where `pipeline remote` puts the package that it brought last, in the user's home directory.
PACKAGE = Path(".local/share/odoo-pipeline/pipeline.pyz")


def command_file(home: Path) -> str:
    """The command `pipeline`: what the last client brought."""
    return f'#!/bin/sh\nexec python3 {home / PACKAGE} "$@"\n'


def hyphen_file() -> str:
    """The command `docker-compose`, which is the plugin."""
    return '#!/bin/sh\nexec docker compose "$@"\n'


def resume_unit(environment: Environment, user: str) -> str:
    """The unit that brings interrupted deployments to an end after a boot."""
    return f"""[Unit]
Description=Bring interrupted deployments of {environment.project} ({environment.name}) to an end
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
User={user}
WorkingDirectory={environment.directory}
ExecStart=/usr/local/bin/pipeline resume --environment {environment.name}

[Install]
WantedBy=multi-user.target
"""
