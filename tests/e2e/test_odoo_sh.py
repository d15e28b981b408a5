"""Deployments to Odoo.sh through `dagger call`, on a git server over SSH made for the purpose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SERVER = """
FROM python:3.13-slim
RUN apt-get update -qq \\
 && apt-get install -y -qq --no-install-recommends git openssh-server >/dev/null
RUN useradd --create-home --shell /usr/bin/git-shell git && passwd -d git \\
 && mkdir -p /run/sshd /home/git/.ssh && chmod 700 /home/git/.ssh \\
 && git init -q --bare -b main /home/git/customer/production
COPY host /etc/ssh/ssh_host_ed25519_key
COPY key.pub /home/git/.ssh/authorized_keys
RUN chown -R git:git /home/git && chmod 600 /etc/ssh/ssh_host_ed25519_key
EXPOSE 22
CMD ["/usr/sbin/sshd", "-D", "-e", "-o", "UsePAM=no"]
"""
TEST = "python -m pytest -q -o addopts= -p no:cacheprovider tests/integration/odoo_sh"


def test_every_way_in_which_a_deployment_can_go_wrong(call) -> None:
    """tests/integration/odoo_sh, where there is surely an sshd."""
    answer = call("python", "with-exec", f"--args={TEST.replace(' ', ',')}", "stdout")
    assert " passed" in answer.out and "skipped" not in answer.out


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the image of the server, its host key and a key that it lets in."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "Dockerfile").write_text(SERVER)
    for name in ("host", "key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    return folder


def test_a_deployment_a_second_one_and_their_history(keys: Path, repository) -> None:
    """One session, in which the server is a service of the engine."""
    repository.addon("addons/hello")
    commit = repository.commit()
    reach = (
        "--host customer.odoo.sh --repo customer/production --git-host $name "
        f"--ssh-key file://{keys}/key --known-hosts cmd:\"sed 's/^/* /' {keys}/host.pub\""
    )
    instance = f"odoo-sh --source $project {reach}"
    script = f"""
        server=$(host | directory {keys} | docker-build | as-service --use-entrypoint)
        $server | start
        name=$($server | hostname)
        project=$(host | directory {repository.path})
        {instance} | deploy --dry-run
        {instance} | deploy --confirm "Deploy to Odoo.sh"
        {instance} | deploy --confirm "Deploy to Odoo.sh"
        {instance} | history
    """
    ended = subprocess.run(
        ["dagger", "--progress=plain", "-m", str(ROOT), "-c", script],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stderr[-6000:]
    dry, deployed, again, history = (
        ended.stdout.index(words)
        for words in (
            "dry run: nothing was pushed",
            f"PUSHED {commit[:9]} to main",
            f"UNCHANGED: main on customer.odoo.sh is at {commit[:9]}",
            "updated modules",
        )
    )
    assert dry < deployed < again < history
    assert ended.stdout.count("│ main ") == 1  # one row in the history
    secret = (keys / "key").read_text().splitlines()[2]
    assert secret not in ended.stdout + ended.stderr


def test_what_is_missing_is_named_at_once(call) -> None:
    answer = call("odoo-sh", "deploy", "--confirm=Deploy to Odoo.sh", ok=False)
    for name in ("HOST", "REPO", "SSH_KEY", "KNOWN_HOSTS"):
        assert f"ODOO_SH_{name}" in answer.out


def test_a_wrong_phrase(call) -> None:
    answer = call("odoo-sh", "deploy", "--confirm=deploy to odoo.sh", ok=False)
    assert "this deploys to Odoo.sh" in answer.out and "nothing was contacted" in answer.out
