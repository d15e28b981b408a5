"""`pipeline odoo-sh deploy` where others push as well, and where the connection breaks."""

from __future__ import annotations

import json

import pytest

from pipeline.core.process import run


@pytest.fixture
def pushed_elsewhere(deployed, server, tmp_path, git_in):
    """Somebody else pushed to Odoo.sh; returns the commit."""
    clone = tmp_path / "clone"
    run(("git", "clone", "-q", str(server.bare), str(clone)))
    (clone / "theirs.txt").write_text("theirs")
    git_in(clone, "add", "-A")
    git_in(clone, "commit", "-q", "-m", "Theirs")
    git_in(clone, "push", "-q", "origin", "main")
    return server.head()


def test_a_diverged_branch_is_not_overwritten(pushed_elsewhere, odoo_sh, server, commit) -> None:
    commit("Ours")
    code, said = odoo_sh("deploy")
    assert code == 2
    assert "a commit that this source does not have: it was pushed from elsewhere" in said
    assert "--force-with-lease" in said
    assert server.head() == pushed_elsewhere


def test_a_known_diverged_branch_names_what_would_be_lost(
    pushed_elsewhere, odoo_sh, server, source, commit, git_in
) -> None:
    commit("Ours")
    git_in(source, "fetch", "-q", str(server.bare), "main")
    code, said = odoo_sh("deploy")
    assert code == 2
    assert "LOST on Odoo.sh" in said
    assert "it has commits that" in said and pushed_elsewhere[:9] in said


def test_a_diverged_branch_is_overwritten_on_demand(
    pushed_elsewhere, odoo_sh, server, commit
) -> None:
    ours = commit("Ours")
    code, said = odoo_sh("deploy", "--force-with-lease", format="json")
    assert code == 0, said
    assert server.head() == ours
    record = json.loads(said)
    assert record["overwrites"] and record["previous"] == pushed_elsewhere
    assert f"{pushed_elsewhere[:9]} (lost)" in odoo_sh("history")[1]


def test_a_push_in_between_is_noticed(deployed, odoo_sh, server, commit, monkeypatch) -> None:
    """The branch moves after it was looked at: neither a plain push nor a forced one takes it."""
    from pipeline.cli.odoo_sh import deploy

    tree = server.git("rev-parse", "main^{tree}")
    commit("Ours")
    plan = deploy.plan_push
    moved = []

    def and_then_somebody_pushes(*arguments):
        made = plan(*arguments)
        who = ("-c", "user.name=Other", "-c", "user.email=other@example.org")
        theirs = server.git(*who, "commit-tree", tree, "-p", server.head(), "-m", "Theirs")
        server.git("update-ref", "refs/heads/main", theirs)
        moved.append(theirs)
        return made

    monkeypatch.setattr(deploy, "plan_push", and_then_somebody_pushes)
    code, said = odoo_sh("deploy")
    assert code == 2
    assert "main on 127.0.0.1 moved in the meantime" in said
    assert server.head() == moved[-1]
    monkeypatch.setattr(deploy, "require_fast_forward", lambda *_: None)
    code, said = odoo_sh("deploy", "--force-with-lease")
    assert code == 2
    assert "moved in the meantime" in said
    assert server.head() == moved[-1]


CUT = "case $SSH_ORIGINAL_COMMAND in git-receive-pack*) {} ;; esac;"


def test_a_connection_cut_during_the_push(deployed, odoo_sh, server, commit) -> None:
    """The server's process for the connection is killed before it has read the pack."""
    commit("More")
    server.allow(server.folder / "key", CUT.format("kill -9 $PPID; sleep 5"))
    code, said = odoo_sh("deploy")
    assert code == 4
    assert f"broke during the push; main is at {deployed[:9]}, as before" in said
    assert server.head() == deployed


def test_a_connection_cut_after_the_commit_arrived(deployed, odoo_sh, server, commit) -> None:
    """What a client cannot know from its broken connection: it asks again."""
    new = commit("More")
    # sshd's process for this connection is the parent of receive-pack's shell
    server.hook("post-receive", f"kill -9 $(cat {server.folder}/connection); sleep 1")
    server.allow(server.folder / "key", CUT.format(f"echo $PPID > {server.folder}/connection"))
    code, said = odoo_sh("deploy")
    assert code == 0, said
    assert "note: the connection broke during the push, but the commit arrived" in said
    assert server.head() == new


def test_a_connection_cut_and_a_server_that_is_gone(deployed, odoo_sh, server, commit) -> None:
    commit("More")
    assert server.process is not None
    kill = f"kill -9 {server.process.pid} $PPID; sleep 5"
    server.allow(server.folder / "key", CUT.format(kill))
    code, said = odoo_sh("deploy")
    assert code == 4
    assert "could not be asked whether" in said and "run the same command later" in said


def test_a_history_that_cannot_be_written_does_not_undo_the_deployment(
    deployed, odoo_sh, server, commit
) -> None:
    new = commit("More")
    server.hook("update", 'case $1 in refs/tags/*) echo "no tags here"; exit 1 ;; esac')
    code, said = odoo_sh("deploy")
    assert code == 0, said
    assert "deployed, but not recorded in the history" in said
    assert server.head() == new
