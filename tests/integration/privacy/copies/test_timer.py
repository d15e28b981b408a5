"""`pipeline privacy timer`: the units that make a copy every night."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.options.phrases import REFRESH_UAT

GIVEN = {
    "--confirm": REFRESH_UAT.text,
    "--host": "prod.example.org",
    "--user": "ubuntu",
    "--run-as": "root",
    "--directory": "/tmp",
    "--dagger": "/bin/true",
}
SECRETS = ("PROD_VM_SSH_KEY", "PROD_VM_KNOWN_HOSTS", "ANONYMIZATION_REPORT_KEY", "TESTERS_PASSWORD")


@pytest.fixture
def timer(run_pipeline, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Write the units; options may be changed."""
    (tmp_path / "pipeline.toml").write_text(
        '[project]\nname = "odoo-care"\n[anonymization]\ncopies = "sftp://c@uat.example.org/c"\n'
    )

    def run(**changed: object) -> tuple[int, str]:
        options = GIVEN | {"--output": tmp_path}
        options |= {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
        given = [f"{option}={value}" for option, value in options.items()]
        return run_pipeline("privacy", "timer", "--source", tmp_path, *given)

    return run


def test_the_units_are_systemds(timer, tmp_path: Path) -> None:
    code, said = timer(registry_user="resultrum", at="03:15", to="sftp://maker@uat.example.org/c")
    assert code == 0, said
    service, clock = (tmp_path / f"odoo-care-copy.{kind}" for kind in ("service", "timer"))
    text = service.read_text()
    for secret in (*SECRETS, "DOCKER_HUB_TOKEN", "COPIES_SSH_KEY", "COPIES_KNOWN_HOSTS"):
        assert f"LoadCredential={secret}:/etc/odoo-care-copy/{secret}\n" in text
        assert f"=file:%d/{secret}" in text and f"  {secret}\n" in said
    assert "'--confirm=Refresh UAT database from PROD'" in text
    assert "with-registry --username=resultrum" in text and "User=root\n" in text
    assert "OnCalendar=*-*-* 03:15:00\n" in clock.read_text()
    assert "sudo systemctl enable --now odoo-care-copy.timer" in said
    assert "sftp://maker@uat.example.org/c, every night at 03:15" in said
    assert service.stat().st_mode & 0o777 == 0o644
    if program := shutil.which("systemd-analyze"):
        done = subprocess.run([program, "verify", clock, service], capture_output=True, text=True)
        assert (done.returncode, "odoo-care" in done.stderr) == (0, False), done.stderr


def test_a_registry_without_a_login_needs_no_token(timer, tmp_path: Path) -> None:
    code, said = timer()
    assert code == 0 and "DOCKER_HUB_TOKEN" not in said
    text = (tmp_path / "odoo-care-copy.service").read_text()
    assert " --place=sftp://c@uat.example.org/c " in text
    assert "with-registry" not in text and "DOCKER_HUB_TOKEN" not in text


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"confirm": "yes"}, "the confirmation is not right"),
        ({"host": "", "run_as": " "}, "missing: --host, --run-as"),
        ({"at": "2:30"}, "--at '2:30' is not a time of day"),
        ({"at": "24:00"}, "is not a time of day"),
        ({"host": "a\nExecStart=b"}, "--host 'a\\nExecStart=b' is not valid"),
        ({"module": "a b"}, "--module 'a b' is not valid"),
        ({"directory": "/opt/%d"}, "--directory '/opt/%d' is not valid"),
        ({"output": "/nowhere/at/all"}, "the units cannot be written to /nowhere/at/all"),
    ],
)
def test_what_is_not_usable_is_refused(timer, tmp_path: Path, changed, said: str) -> None:
    code, answer = timer(**changed)
    assert code == 2 and said in answer and not list(tmp_path.glob("odoo-care-copy.*"))


def test_a_place_that_nobody_reaches_is_refused(timer, tmp_path: Path) -> None:
    code, said = timer(to="/mnt/share")
    assert code == 2 and "/mnt/share is a folder, which a container does not see" in said
    (tmp_path / "pipeline.toml").write_text('[project]\nname = "odoo-care"\n')
    code, said = timer()
    assert code == 2 and "nothing says where copies are" in said
