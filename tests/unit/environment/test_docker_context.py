"""Which daemon is asked, and what is told when it does not answer."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from pathlib import Path

import pytest
import requests
import urllib3

from pipeline.core.errors import InputError, PipelineError, TimeLimitError, ToolError
from pipeline.environment.host.daemon import connection
from pipeline.environment.host.daemon.context import DEFAULT, socket_path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home, in a shell that exports whatever Docker could listen to."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    monkeypatch.setenv("DOCKER_CONTEXT", "exported")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "exported"))
    return tmp_path


def use(home: Path, name: str, meta: object = None) -> None:
    """Write what `docker context use` writes."""
    folder = home / ".docker"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"auths": {}, "currentContext": name}))
    if meta is not None:
        place = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
        place.mkdir(parents=True)
        (place / "meta.json").write_text(json.dumps(meta))


def at(address: str) -> object:
    return {"Name": "x", "Endpoints": {"docker": {"Host": address, "SkipTLSVerify": False}}}


def test_it_is_docker_s_own_unless_a_context_was_chosen(home: Path) -> None:
    assert socket_path() == DEFAULT
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text('{"auths": {}}')
    assert socket_path() == DEFAULT
    use(home, "default")
    assert socket_path() == DEFAULT
    use(home, "rootless", at("unix:///run/user/1000/docker.sock"))
    assert socket_path() == "/run/user/1000/docker.sock"


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        (None, "'other' does not say where its daemon is"),
        ({"Endpoints": {}}, "'other' does not say where its daemon is"),
        (["a list"], "'other' does not say where its daemon is"),
        (at("ssh://root@elsewhere"), "'other' is a daemon elsewhere: ssh://root@elsewhere"),
        (at("tcp://10.0.0.1:2376"), "'other' is a daemon elsewhere"),
    ],
)
def test_a_context_of_another_machine(home: Path, meta: object, message: str) -> None:
    use(home, "other", meta)
    with pytest.raises(InputError, match=message) as raised:
        socket_path()
    assert "docker context use" in raised.value.fix


def test_settings_of_docker_that_cannot_be_read(home: Path) -> None:
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text("{")
    with pytest.raises(InputError, match="config.json cannot be read: it is not valid JSON"):
        socket_path()
    (home / ".docker" / "config.json").unlink()
    (home / ".docker" / "config.json").mkdir()
    with pytest.raises(InputError, match="Is a directory"):
        socket_path()


def test_a_daemon_that_is_not_there(home: Path) -> None:
    use(home, "other", at(f"unix://{home}/none.sock"))
    with pytest.raises(ToolError, match=f"does not answer at {home}/none.sock: No such file") as e:
        connection.connect(5)
    assert "systemctl start docker" in e.value.fix


def test_a_daemon_that_was_stopped(home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(f"{home}/left.sock")
    use(home, "other", at(f"unix://{home}/left.sock"))
    with pytest.raises(ToolError, match="Connection refused"):
        connection.connect(5)


def test_a_silent_daemon_hits_the_time_limit(home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{home}/s.sock")
        silent.listen()
        use(home, "other", at(f"unix://{home}/s.sock"))
        clock = time.monotonic()
        with pytest.raises(TimeLimitError, match="did not give its version within 1 s"):
            connection.connect(1)
        assert time.monotonic() - clock < 10


def told(error: Exception) -> PipelineError:
    with pytest.raises(PipelineError) as raised:
        with connection.asking("stop the container web", "/run/docker.sock", 60):
            raise error
    return raised.value


def test_a_user_who_may_not_use_the_socket_is_told_the_fix() -> None:
    cause = urllib3.exceptions.ProtocolError("Connection aborted.", PermissionError(13, "denied"))
    error = told(requests.ConnectionError(cause))
    assert "this account may not use Docker's socket /run/docker.sock" in error.message
    assert "group docker" in error.fix


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (requests.ReadTimeout(), TimeLimitError, "did not stop the container web within 60 s"),
        (
            requests.ConnectionError(urllib3.exceptions.ProtocolError("x", TimeoutError("late"))),
            TimeLimitError,
            "within 60 s",
        ),
        (urllib3.exceptions.ReadTimeoutError(None, "", "late"), TimeLimitError, "within 60 s"),
        (urllib3.exceptions.IncompleteRead(1, 2), ToolError, "IncompleteRead"),
        (ConnectionResetError(104, "Connection reset by peer"), ToolError, "reset by peer"),
        (requests.JSONDecodeError("x", "y", 0), ToolError, "does not answer"),
    ],
)
def test_whatever_a_package_below_raises_is_one_error(
    error: Exception, kind: type[PipelineError], message: str
) -> None:
    assert isinstance(told(error), kind) and message in told(error).message
