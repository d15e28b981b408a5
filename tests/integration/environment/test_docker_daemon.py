"""Docker by its API, over a real socket: versions, refusals, limits, and who gives up."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from docker_stand_in import routes
from docker_stand_in.routes import Stream

from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.environment.host.daemon.api import Daemon

IMAGE = "registry.test/odoo-mta@sha256:" + "0" * 64


@pytest.fixture
def daemon(vm) -> Daemon:
    """A client; each test has its own daemon."""
    return Daemon(30)


def test_a_docker_that_is_too_old_is_refused_by_its_api(vm, daemon) -> None:
    vm.change(docker="19.03.15")
    with pytest.raises(ToolError, match="Docker 19.03.15 is too old: its API is 1.40, 1.41"):
        daemon.version()


@pytest.mark.parametrize("version", ["20.10.24", "26.1.5", "29.0.1"])
def test_each_docker_gets_an_api_version_it_supports(vm, daemon, version: str) -> None:
    vm.change(docker=version)
    assert daemon.version() == version and daemon.root() == vm.home


def test_a_container(vm, daemon) -> None:
    [web] = [name for name in vm.state["containers"] if name.startswith("odoo-mta-web")]
    found = daemon.container(web)
    assert found is not None and found.running and found.address.startswith("127.0.1.")
    assert (found.name, found.exit_code, found.restarts) == (web, 0, 0)
    assert daemon.log(web, 10) == "the end of the log\n" and daemon.processes(web)
    daemon.stop(web, 1)
    daemon.stop(web, 1)
    found = daemon.container(web)
    assert found is not None and not found.running and not found.address
    assert daemon.processes(web) == []
    assert daemon.named("odoo-mta-we") == [web]
    daemon.remove(web, "never-there")
    assert daemon.container(web) is None and daemon.named("odoo-mta-we") == []


def test_a_row_in_a_container_s_log_stays_on_this_machine(vm) -> None:
    vm.change(log="DETAIL:  Key (email)=(anna@example.org) already exists.\n")
    kept = vm.host.runs / "container.log"
    assert "anna" not in vm.host.last_words("odoo-mta-db") and "anna" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_is_not_there(daemon) -> None:
    assert daemon.container("gone") is None and daemon.log("gone", 5) == ""
    assert daemon.processes("gone") == [] and daemon.image_id("gone:1") == ""
    assert daemon.image_id("") == "" and daemon.image_digests("gone:1") == []
    daemon.stop("gone", 1)
    daemon.untag("gone:1")
    daemon.remove_network("gone")


def test_images_of_a_repository_are_in_the_order_in_which_they_were_made(vm, daemon) -> None:
    [first] = vm.state["images"].values()
    vm.change(images={**vm.state["images"], "other:1": "sha256:2", "odoo-mta:b": "sha256:3"})
    daemon.tag(first, "odoo-mta:a")
    assert daemon.tagged("odoo-mta") == [("sha256:3", "odoo-mta:b"), (first, "odoo-mta:a")]
    daemon.untag("odoo-mta:b")
    assert daemon.image_id("odoo-mta:b") == "" and daemon.image_id("odoo-mta:a") == first
    daemon.untag("odoo-mta:a", *daemon.image_digests(first))
    assert daemon.image_id(first) == first, "a container runs from it"


def test_a_network_that_is_in_use_is_not_removed(vm, daemon) -> None:
    daemon.create_network("apart")
    with pytest.raises(ToolError, match="Docker cannot make the network apart: .* already exists"):
        daemon.create_network("apart")
    one = {"service": "", "image": "x", "status": "running", "address": "", "network": "apart"}
    vm.change(containers={**vm.state["containers"], "inside": one})
    with pytest.raises(ToolError, match="active endpoints"):
        daemon.remove_network("apart")
    daemon.remove("inside")
    daemon.remove_network("apart")
    assert vm.state["networks"] == []


def test_a_restarted_daemon_is_asked_again(vm, daemon, monkeypatch) -> None:
    assert daemon.version() == "26.1.5"
    vm.change(faults=["/version"])
    with pytest.raises(ToolError, match="Docker cannot give its version: stand-in: /version"):
        daemon.version()
    vm.change(faults=[])
    assert daemon.version() == "26.1.5"


@pytest.mark.parametrize("fault", ["pull in pieces", "images/create", ""])
def test_a_pull_that_fails_says_why(vm, daemon, fault: str) -> None:
    """Docker says so at once, or only after it began to answer."""
    vm.change(faults=[fault] if fault else [])
    reason = {"pull in pieces": "unexpected EOF", "": "manifest unknown"}.get(fault, "fails")
    with pytest.raises(ToolError, match=reason) as raised:
        daemon.pull(IMAGE, "me", "very-" + "hidden", 30)
    assert "hidden" not in str(raised.value) and daemon.image_id(IMAGE) == ""


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A pull that never ends; the event says that Docker noticed that nobody waits any more."""
    gone = threading.Event()

    def parts() -> Iterator[dict[str, str]]:
        while True:
            yield {"status": "Downloading"}
            time.sleep(0.05)

    def pull(*arguments: Any) -> tuple[int, Stream]:
        return 200, Stream(parts(), gone.set)

    table = [(*row[:3], pull) if row[1] == "/images/create" else row for row in routes.ROUTES]
    monkeypatch.setattr(routes, "ROUTES", table)
    monkeypatch.setattr("docker_stand_in.daemon.ROUTES", table)
    return gone


def test_a_pull_that_takes_too_long_is_given_up(daemon, endless) -> None:
    with pytest.raises(TimeLimitError, match="did not pull .* within 1 s") as raised:
        daemon.pull(IMAGE, "me", "x", 1)
    assert endless.wait(10), raised


def test_a_pull_ends_with_the_signal_that_ends_the_run(daemon, endless) -> None:
    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    daemon.version()
    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt) as raised:
            daemon.pull(IMAGE, "me", "x", 60)
        assert endless.wait(10), raised
    finally:
        signal.signal(signal.SIGALRM, before)
