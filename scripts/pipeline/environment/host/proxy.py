"""How a deployment controls the proxy: maintenance page, and which web container gets requests."""

from __future__ import annotations

import time
from pathlib import Path

from pipeline.core import files, limits
from pipeline.core.errors import ToolError
from pipeline.core.odoo.health import fetch
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host

_OLD_WORKER = "worker process is shutting down"


def state(host: Host) -> Path:
    """The folder with the files that control it."""
    return host.environment.directory / "proxy" / "state"


def close(host: Host) -> None:
    """Answer every further request with the maintenance page."""
    state(host).mkdir(parents=True, exist_ok=True)
    files.write(state(host) / "maintenance", "", 0o644)


def open_again(host: Host) -> None:
    """Let requests through again."""
    (state(host) / "maintenance").unlink(missing_ok=True)


def closed(host: Host) -> bool:
    """Whether the maintenance page is shown."""
    return (state(host) / "maintenance").exists()


def pinned(host: Host) -> bool:
    """Whether all requests go to one container."""
    return (state(host) / "upstream.conf").exists()


def start(host: Host, image: str) -> None:
    """Make sure that the proxy runs."""
    host.run(docker.up(host.environment.proxy_service), image=image)


def pin(host: Host, container: str) -> None:
    """Send every new request to one web container, and wait until that takes effect.

    Args:
        host: the VM.
        container: name of the container; empty: any container of the service.
    """
    upstream = state(host) / "upstream.conf"
    wanted = container or host.environment.web_service
    if container:
        files.write(upstream, f"set $odoo_host {container};\n", 0o644)
    else:
        upstream.unlink(missing_ok=True)
    if not host.containers(host.environment.proxy_service):
        return
    _in_proxy(host, "nginx", "-s", "reload")
    deadline = time.monotonic() + limits.RELOAD
    ask = ("curl", "--silent", "--max-time", f"{limits.RELOAD:.0f}")
    while _in_proxy(host, *ask, "http://127.0.0.1:8068/target") != wanted:
        if time.monotonic() > deadline:
            raise ToolError(
                f"the proxy did not switch to {wanted}",
                "look at its log: docker compose logs proxy",
            )
        time.sleep(0.1)


def drain(host: Host) -> bool:
    """Wait for requests from before the last change; returns whether all of them ended in time."""
    deadline = time.monotonic() + host.environment.drain_seconds
    while _old_workers(host):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def answers(host: Host) -> str:
    """Send a request as a visitor would; returns what is wrong, empty: nothing."""
    deadline = time.monotonic() + host.environment.health_seconds
    while True:
        status, text = fetch(f"{host.environment.url}/web/health")
        if status == 200:
            return ""
        if time.monotonic() > deadline:
            return f"{host.environment.url} answered {status or text}"
        time.sleep(0.2)


def _old_workers(host: Host) -> bool:
    running = host.containers(host.environment.proxy_service)
    return any(_OLD_WORKER in line for one in running for line in host.daemon.processes(one))


def _in_proxy(host: Host, *command: str) -> str:
    argv = docker.compose("exec", "--no-TTY", host.environment.proxy_service, *command)
    return host.run(argv).stdout.strip()
