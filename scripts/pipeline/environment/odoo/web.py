"""Odoo's containers: start, stop, and check a new one before it receives requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pipeline.core import limits
from pipeline.core.errors import CheckFailed, PipelineError, ToolError
from pipeline.core.odoo import health
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host
from pipeline.environment.odoo.installed_addons import UNFINISHED

_SLICE_SECONDS = 3.0
PORT = 8069
Rows = Callable[[str], list[dict[str, Any]]]


def stop(host: Host) -> None:
    """Stop Odoo: web server and scheduled actions at the same time."""
    host.run(docker.stop(*reversed(services(host))), timeout=_stop_seconds(host, *services(host)))


def stop_crons(host: Host) -> None:
    """Stop scheduled actions."""
    service = host.environment.cron_service
    host.run(docker.stop(service), timeout=_stop_seconds(host, service))


def _stop_seconds(host: Host, *names: str) -> float:
    """Time limit for stopping services: each container's `stop_grace_period`, and the usual time of
    a command on top."""
    running = [container for service in names for container in host.containers(service)]
    found = (host.daemon.container(container) for container in running)
    own = max((one.stop_seconds for one in found if one), default=0)
    return host.environment.command_seconds + own


def services(host: Host) -> tuple[str, str]:
    """Odoo's two services: web server and scheduled actions."""
    return host.environment.web_service, host.environment.cron_service


def running(host: Host) -> tuple[str, ...]:
    """The running ones of Odoo's two services."""
    return tuple(service for service in services(host) if host.containers(service))


def remove(host: Host) -> None:
    """Stop Odoo and remove its containers."""
    names = services(host)
    argv = docker.compose("rm", "--stop", "--force", *reversed(names))
    host.run(argv, timeout=_stop_seconds(host, *names))


def start(host: Host, image: str) -> str:
    """Start the web server with an image; returns its container."""
    service = host.environment.web_service
    _renew(host, service, image)
    return host.containers(service)[0]


def start_crons(host: Host, image: str) -> None:
    """Start scheduled actions with an image."""
    _renew(host, host.environment.cron_service, image)


def _renew(host: Host, service: str, image: str) -> None:
    """Restart a service; a running container is stopped first."""
    seconds = _stop_seconds(host, service)
    host.run(docker.up_renewed(service), image=image, timeout=seconds)


def works(host: Host) -> bool:
    """Whether the running web server works at this moment, by the criteria of :func:`check`."""
    there = host.containers(host.environment.web_service)
    try:
        urls = [f"http://{host.address(container)}:{PORT}" for container in there]
        good = [
            health.fetch(f"{url}/web/health")[0] == 200 and not health.visit(url) for url in urls
        ]
        return bool(good) and all(good) and not _unfinished(host.rows)
    except PipelineError:  # a container without an address, a database without Odoo
        return False


def start_again(
    host: Host, image: str, ran: Sequence[str], worked: bool, say: Callable[[str], None]
) -> None:
    """Start the services that ran before, with the image they had.

    Args:
        host: the VM.
        image: the image.
        ran: the services.
        worked: whether the web server worked before; if not, it does not need to work now.
        say: receives a message when it does not.

    Raises:
        CheckFailed: it worked before, but does not now.
    """
    if host.environment.web_service in ran:
        try:
            check(host, start(host, image))
        except CheckFailed as error:
            if worked:
                raise
            say(f"warning: the version that ran is not healthy: {error.message}")
    if host.environment.cron_service in ran:
        start_crons(host, image)


def start_second(host: Host, image: str, old: Sequence[str]) -> str:
    """Start a second web server with another image; returns its container.

    Args:
        host: the VM.
        image: the new image.
        old: existing containers, which stay.
    """
    service = host.environment.web_service
    new = [one for one in host.containers(service) if one not in old]
    if not new:
        host.run(docker.up_beside(service, len(old) + 1), image=image)
        new = [one for one in host.containers(service) if one not in old]
    return new[0]


def discard(host: Host, containers: Sequence[str], seconds: int) -> None:
    """Stop containers, each with a grace period, and remove them."""
    for container in containers:
        host.daemon.stop(container, seconds)
    host.daemon.remove(*containers)


def name(host: Host, container: str) -> str:
    """A container's name, which is its host name for the others."""
    found = host.daemon.container(container)
    if found is None:
        raise ToolError(
            f"the container {container[:12]} is gone", "somebody removed it: start this again"
        )
    return found.name


def check(host: Host, container: str, rows: Rows | None = None) -> None:
    """Wait until a web server works: health, login page, an asset, its own database.

    Args:
        host: the VM.
        container: the web server's.
        rows: queries its database; default: the live one.

    Raises:
        CheckFailed: it does not work; the message has the safe part of the end of its log.
    """
    deadline = time.monotonic() + host.environment.health_seconds
    problem = _crashed(host, container)
    while not problem:
        url = f"http://{host.address(container)}:{PORT}"
        late = health.wait(url, min(_SLICE_SECONDS, host.environment.health_seconds))
        if late is None:
            # After an update, the first page generates its assets, which can take long.
            longer = partial(
                health.fetch, seconds=max(limits.PAGE, host.environment.health_seconds)
            )
            found = health.visit(url, longer)
            problem = found[0].message if found else _unfinished(rows or host.rows)
            break
        problem = _crashed(host, container)
        if not problem and time.monotonic() > deadline:
            problem = f"it did not answer within {host.environment.health_seconds} s"
    if problem:
        raise CheckFailed(
            f"the new version does not work: {problem}; the end of its log:\n"
            f"{host.last_words(container)}",
            "fix it and deploy again",
        )


def _crashed(host: Host, container: str) -> str:
    found = host.daemon.container(container)
    if found is None:
        return "its container is gone"
    if found.running and not found.restarts:
        return ""
    return f"it ended with exit code {found.exit_code} ({found.restarts} restarts)"


def _unfinished(rows: Rows) -> str:
    left = [f"{row['name']} ({row['state']})" for row in rows(UNFINISHED)]
    return f"add-ons in an unfinished state: {', '.join(left)}" if left else ""
