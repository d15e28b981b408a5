"""`sudo pipeline …` and a second account on a VM: the package as it is there, run for real."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.process import ISOLATED
from pipeline.environment.runs.journal import FILE_NAME
from pipeline.remote import package

ROOT = os.geteuid() == 0
#: The user who prepared the VM; only root can use another one.
OWNER = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.getuid())
#: The system's Python, as on a VM: that of a developer may be in a folder of his own.
PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
ENV = "ENVIRONMENT=uat\nCOMPOSE_FILE=c.yml\nODOO_DATABASE=x-uat\nPOSTGRES_PASSWORD=secret\n"
IMAGE = f"registry.test/x@sha256:{'0' * 64}"


@pytest.fixture
def place() -> Iterator[Path]:
    """The environment's folder, of its owner; in one that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="users-", dir="/tmp") as name:
        outer = Path(name)
        outer.chmod(0o755)
        folder = outer / "place"
        folder.mkdir()
        (folder / "pipeline.toml").write_text(
            f"[project]\nname = 'x'\n[environments.uat]\ndirectory = '{folder}'\n"
            f"backups = '{folder}/backups'\n"
        )
        (folder / ".env").write_text(ENV)
        (folder / ".env").chmod(0o600)
        for path in (folder, *folder.iterdir()):
            os.chown(path, OWNER.pw_uid, OWNER.pw_gid)
        (outer / "root").mkdir(mode=0o700)  # nobody else may read there, as in /root
        (outer / "root" / "pipeline.pyz").write_bytes(package.build())
        yield folder


def pipeline(
    place: Path, *arguments: str, program: Path | None = None, uid: int | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    file = program or place.parent / "root" / "pipeline.pyz"
    options = ["--environment", "uat", "--source", str(place)]
    variables = {"PATH": os.environ["PATH"], "HOME": "/root", "USER": "root", **more}
    return subprocess.run(
        [PYTHON, *ISOLATED, str(file), "environment", *arguments, *options],
        capture_output=True,
        text=True,
        timeout=120,
        cwd="/",
        env=variables,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
        umask=0o077,
    )


def test_what_root_does_belongs_to_the_owner_of_the_folder(place: Path) -> None:
    secret = place.parent / "token"
    secret.write_text("token")
    command = ("deploy", "--image", IMAGE, "--version", "1.0", "--registry-token-file", str(secret))
    done = pipeline(place, *command, PATH="/nowhere", SUDO_USER="colleague")
    # By the first of them it ends, whatever Docker this machine has.
    ends = ("Docker does not answer at", "may not use Docker's socket", "`docker` is not installed")
    assert any(end in done.stdout + done.stderr for end in ends), done.stderr
    paths = list(place.rglob("*"))
    assert FILE_NAME in {path.name for path in paths}
    assert {path.lstat().st_uid for path in paths} == {OWNER.pw_uid}
    assert stat.S_IMODE((place / ".env").stat().st_mode) == 0o600
    assert "by colleague@" in done.stdout


def test_a_secret_in_memory_is_read_after_the_change_of_the_user(place: Path) -> None:
    """As `pipeline remote job` gives it, when root has logged in over SSH."""
    if not ROOT:
        return
    descriptor = os.memfd_create("secret", 0)
    os.write(descriptor, b"x")
    code = (
        "import sys; from pathlib import Path; from pipeline.core.process import work_in; "
        f"work_in(Path({str(place)!r})); import os; "
        f"print(os.getuid(), os.environ['HOME'], Path('/proc/self/fd/{descriptor}').read_text())"
    )
    script = place.parent / "run.py"
    script.write_text(code)
    done = subprocess.run(
        [PYTHON, str(script)],
        env={"PATH": "/bin", "PYTHONPATH": str(Path(__file__).parents[4] / "scripts")},
        pass_fds=[descriptor],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == [str(OWNER.pw_uid), OWNER.pw_dir, "x"], done.stderr


@pytest.mark.parametrize("command", ["status", "history", "backup list", "attach", "unlock"])
def test_an_account_without_rights_gets_one_error(place: Path, command: str) -> None:
    if not ROOT:
        return
    (place / ".deployments").mkdir(mode=0o700)
    os.chown(place / ".deployments", OWNER.pw_uid, OWNER.pw_gid)
    (place / "backups").mkdir(mode=0o700)
    os.chown(place / "backups", OWNER.pw_uid, OWNER.pw_gid)
    program = place.parent / "pipeline.pyz"
    program.write_bytes(package.build())
    done = pipeline(place, *command.split(), program=program, uid=pwd.getpwnam("daemon").pw_uid)
    assert done.returncode not in (0, 1)
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    assert "nobody" in done.stderr
    assert json.dumps(ENV)[1:40] not in done.stderr
