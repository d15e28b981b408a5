"""End to end: `dagger call`, as a user types it, on repositories made for the purpose."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bed_repository import Repository

ROOT = Path(__file__).parents[2]
#: Seconds for one call. A client whose engine died would wait for ever.
TIME_LIMIT = 1200
#: What takes minutes begins first, or one worker ends alone with it while the other has nothing.
LONGEST = (
    "test_twice",
    "test_odoo_runner",
    "test_content",
    "test_deployment_journey",
    "test_ci_bad",
    "test_publish",
)


#: A git server over SSH, with one key that it lets in.
_GIT_SERVER = """
FROM python:3.13-slim
RUN apt-get update -qq \\
 && apt-get install -y -qq --no-install-recommends git openssh-server >/dev/null
RUN useradd --create-home --shell /usr/bin/git-shell git && passwd -d git \\
 && mkdir -p /run/sshd /home/git/.ssh && chmod 700 /home/git/.ssh
COPY repositories /home/git
COPY host /etc/ssh/ssh_host_ed25519_key
COPY key.pub /home/git/.ssh/authorized_keys
RUN chown -R git:git /home/git && chmod 600 /etc/ssh/ssh_host_ed25519_key
EXPOSE 22
CMD ["/usr/sbin/sshd", "-D", "-e", "-o", "UsePAM=no"]
"""


@dataclass(frozen=True)
class Call:
    """A `dagger call` that ended: exit code, result, and everything it said meanwhile."""

    code: int
    out: str
    log: str

    @property
    def rows(self) -> dict[str, str]:
        """The summary table: result by step."""
        row = re.compile(r"│\s*([a-z][\w-]*)\s*│\s*([A-Z]+)\s*│")
        return dict(row.findall(self.out))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).is_relative_to(ROOT / "tests" / "e2e"):
            item.add_marker(pytest.mark.engine)
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(Path(item.path).stem, len(order)))


@pytest.fixture(scope="session")
def call():
    """Call a function of this project's module: ``call("lint", "--source", path)``."""

    def run(*arguments: str | Path, ok: bool = True) -> Call:
        command = ["dagger", "call", "-m", str(ROOT), *map(str, arguments)]
        ended = subprocess.run(
            ["dagger", "--progress=plain", *command[1:]],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )
        log = re.sub(r"\x1b\[[0-9;]*m", "", ended.stderr)
        # A failing call says in its log, after the last "Error:", what a passing one returns.
        out = ended.stdout or log.rpartition("\nError:")[2]
        assert (ended.returncode == 0) is ok, f"{command}\n{out}\n{log[-6000:]}"
        return Call(ended.returncode, out, log)

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with sensible ignore rules and nothing else."""
    made = Repository.create(tmp_path / "repository")
    made.write(".flake8", "[flake8]\nmax-line-length = 88\nper-file-ignores = __init__.py:F401\n")
    made.write(".gitignore", (ROOT / ".gitignore").read_text(encoding="utf-8"))
    return made


@pytest.fixture
def git_server(tmp_path: Path) -> Path:
    """A folder with the image of a git server, its host key, a key that it lets in, and the folder
    `repositories`, which a test fills with bare ones.
    """
    folder = tmp_path / "server"
    (folder / "repositories").mkdir(parents=True)
    (folder / "Dockerfile").write_text(_GIT_SERVER)
    for name in ("host", "key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="session")
def shell():
    """Run a script of Dagger's shell in one session."""

    def run(script: str) -> Call:
        ended = subprocess.run(
            ["dagger", "--progress=plain", "-m", str(ROOT), "-c", script],
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert ended.returncode == 0, ended.stderr[-6000:]
        return Call(ended.returncode, ended.stdout, ended.stderr)

    return run
