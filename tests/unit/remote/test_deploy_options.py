"""What a client asks of the VM: the same for a dry run as for the deployment itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from pipeline.cli.options.environment.delivery import Deployment
from pipeline.cli.options.registry import RegistryOptions
from pipeline.remote.delivery import Delivery
from pipeline.remote.ssh import Answer
from pipeline.remote.target import SshTarget

SECRET = "very-" + "hidden"
DELIVERY = Delivery("sha256:1", "1.2.0", "registry.test/x@sha256:1")


class Asked:
    """A session that keeps what it is asked for."""

    def __init__(self) -> None:
        self.target = SshTarget("uat", "vm", "ubuntu", Path("key"))
        self.calls: list[tuple[Any, ...]] = []

    def plain(self, command: Sequence[str], folder: PurePosixPath, sent: bytes = b"") -> Answer:
        self.calls.append(("plain", list(command), sent.decode()))
        return Answer(0, b"", "")

    def lasting(
        self, identity: str, command: Sequence[str], secrets: Mapping[str, str], folder: object
    ) -> Answer:
        self.calls.append(("lasting", list(command), dict(secrets)))
        return Answer(0, b"", "")


@pytest.mark.parametrize("way", ["file", "variable"])
def test_the_registrys_credentials_go_along(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = None
    if way == "file":
        file = tmp_path / "token"
        file.write_text(f"{SECRET}\n")
    else:
        monkeypatch.setenv("PIPELINE_REGISTRY_TOKEN", SECRET)
    options = RegistryOptions(tmp_path, None, None, "me", file, False, None)
    session = Asked()
    for dry in (True, False):
        Deployment("", dry, 0.0, "", None, "").run(session, options, DELIVERY, ())  # type: ignore
    (_, planned, sent), (_, real, secrets) = session.calls
    assert sent == SECRET == secrets["--registry-token-file"]
    assert planned[planned.index("--registry-token-file") + 1] == "-"
    for command in (planned, real):
        assert command[command.index("--registry-user") + 1] == "me"
        assert SECRET not in " ".join(command)
    assert real[: planned.index("--dry-run")] == planned[: planned.index("--dry-run")]


def test_without_credentials_none_are_asked_for(tmp_path: Path) -> None:
    options = RegistryOptions(tmp_path, None, None, None, None, False, None)
    session = Asked()
    Deployment("", True, 0.0, "", None, "").run(session, options, DELIVERY, ())  # type: ignore
    ((_, command, sent),) = session.calls
    assert sent == "" and "--registry-token-file" not in command
