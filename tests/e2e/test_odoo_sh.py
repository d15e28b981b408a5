"""Deployments to Odoo.sh through `dagger call`, on a git server over SSH made for the purpose."""

from __future__ import annotations

import subprocess

TEST = "python -m pytest -q -o addopts= -p no:cacheprovider tests/integration/odoo_sh"


def test_every_way_in_which_a_deployment_can_go_wrong(call) -> None:
    """tests/integration/odoo_sh, where there is surely an sshd."""
    answer = call("python", "with-exec", f"--args={TEST.replace(' ', ',')}", "stdout")
    assert " passed" in answer.out and "skipped" not in answer.out


def test_a_deployment_a_second_one_and_their_history(git_server, shell, repository) -> None:
    """One session, in which the server is a service of the engine."""
    bare = git_server / "repositories/customer/production"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    repository.addon("addons/hello")
    commit = repository.commit()
    pinned = f"cmd:\"sed 's/^/* /' {git_server}/host.pub\""
    reach = (
        "--host customer.odoo.sh --repo customer/production --git-host $name "
        f"--ssh-key file://{git_server}/key --known-hosts {pinned}"
    )
    instance = f"odoo-sh --source $project {reach}"
    script = f"""
        server=$(host | directory {git_server} | docker-build | as-service --use-entrypoint)
        $server | start
        name=$($server | hostname)
        project=$(host | directory {repository.path})
        {instance} | deploy --dry-run
        {instance} | deploy --confirm "Deploy to Odoo.sh"
        {instance} | deploy --confirm "Deploy to Odoo.sh"
        {instance} | history
    """
    ended = shell(script)
    dry, deployed, again, history = (
        ended.out.index(words)
        for words in (
            "dry run: nothing was pushed",
            f"PUSHED {commit[:9]} to main",
            f"UNCHANGED: main on customer.odoo.sh is at {commit[:9]}",
            "updated modules",
        )
    )
    assert dry < deployed < again < history
    assert ended.out.count("│ main ") == 1  # one row in the history
    secret = (git_server / "key").read_text().splitlines()[2]
    assert secret not in ended.out + ended.log


def test_what_is_missing_is_named_at_once(call) -> None:
    answer = call("odoo-sh", "deploy", "--confirm=Deploy to Odoo.sh", ok=False)
    for name in ("HOST", "REPO", "SSH_KEY", "KNOWN_HOSTS"):
        assert f"ODOO_SH_{name}" in answer.out


def test_a_wrong_phrase(call) -> None:
    answer = call("odoo-sh", "deploy", "--confirm=deploy to odoo.sh", ok=False)
    assert "this deploys to Odoo.sh" in answer.out and "nothing was contacted" in answer.out
