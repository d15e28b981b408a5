"""`pipeline deploy-odoo-sh` on a real git server over SSH."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pipeline.process import run

MANIFEST = "{{'name': 'Sold', 'version': '{}', 'license': 'LGPL-3', 'depends': ['base']}}\n"


@pytest.fixture
def deployed(odoo_sh, server):
    """The first commit is on Odoo.sh."""
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 0, said
    return server.head()


def test_the_first_deployment_makes_the_branch(odoo_sh, server, source, git_in) -> None:
    code, said = odoo_sh("deploy-odoo-sh")
    head = git_in(source, "rev-parse", "HEAD")
    assert code == 0, said
    assert server.head() == head
    assert f"PUSHED {head[:9]} to main" in said
    assert "https://accounts.odoo.com" in said and "https://customer.odoo.sh" in said


def test_the_record_says_what_was_deployed_instead_of_what(
    deployed, odoo_sh, server, commit
) -> None:
    new = commit("Raise", {"addons/sold/__manifest__.py": MANIFEST.format("19.0.1.1.0")})
    code, said = odoo_sh("deploy-odoo-sh", format="json")
    record = json.loads(said)
    assert code == 0 and server.head() == new
    assert (record["status"], record["commit"], record["previous"]) == ("deployed", new, deployed)
    assert (record["host"], record["branch"], record["commits"]) == ("customer.odoo.sh", "main", 1)
    (change,) = record["add_ons"]
    assert (change["before"], change["after"]) == ("19.0.1.0.0", "19.0.1.1.0")
    assert change["updates"] and not record["overwrites"] and record["notes"] == []


def test_history_lists_what_was_deployed_newest_first(deployed, odoo_sh, commit) -> None:
    assert odoo_sh("history-odoo-sh", format="json")[1].count('"commit":') == 1
    new = commit("Raise", {"addons/sold/__manifest__.py": MANIFEST.format("19.0.1.1.0")})
    assert odoo_sh("deploy-odoo-sh")[0] == 0
    code, said = odoo_sh("history-odoo-sh", format="json")
    records = json.loads(said)
    assert code == 0
    assert {record["commit"] for record in records} == {deployed, new}
    (latest,) = (record for record in records if record["previous"] == deployed)
    assert latest["add_ons"][0]["updates"]
    code, said = odoo_sh("history-odoo-sh")
    assert new[:9] in said and "sold" in said
    assert len(json.loads(odoo_sh("history-odoo-sh", "--last=1", format="json")[1])) == 1


def test_history_of_nothing(odoo_sh) -> None:
    assert odoo_sh("history-odoo-sh") == (0, "no deployment has been recorded\n")


def test_a_second_deployment_of_the_same_commit_changes_nothing(deployed, odoo_sh, server) -> None:
    tags = server.git("tag")
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 0 and "UNCHANGED" in said
    assert server.git("tag") == tags


def test_a_dry_run_tells_and_pushes_nothing(deployed, odoo_sh, server, commit, make_addon) -> None:
    commit("Raise", {"addons/sold/__manifest__.py": MANIFEST.format("19.0.1.1.0")})
    make_addon("project/addons/fresh")
    new = commit("Another add-on", {"addons/sold/models.py": ""})
    before = server.git("for-each-ref")
    code, said = odoo_sh("deploy-odoo-sh", "--dry-run", confirm=None)
    assert code == 0, said
    assert server.git("for-each-ref") == before
    assert f"{deployed[:9]} -> {new[:9]}" in said
    assert "Another add-on" in said and "Raise" in said and "First" not in said
    assert "modules that Odoo.sh will update: sold\n" in said
    assert "new: not installed by itself" in said
    assert said.endswith("dry run: nothing was pushed\n")
    plan = json.loads(odoo_sh("deploy-odoo-sh", "--dry-run", format="json")[1])
    assert [row["subject"] for row in plan["commits"]] == ["Another add-on", "Raise"]
    assert (plan["status"], plan["updates"], plan["fast_forward"]) == ("planned", ["sold"], True)


def test_the_commit_that_passed_is_pushed_and_not_what_came_after(odoo_sh, server, commit) -> None:
    passed = commit("Passed")
    commit("Not tested yet")
    code, said = odoo_sh("deploy-odoo-sh", commit=passed)
    assert code == 0, said
    assert server.head() == passed


def test_another_branch(odoo_sh, server, source, git_in) -> None:
    git_in(source, "branch", "19.0-staging")
    code, said = odoo_sh("deploy-odoo-sh", branch="19.0-staging")
    assert code == 0, said
    assert server.head("19.0-staging") and not server.head("main")


def test_a_push_that_a_hook_refuses(deployed, odoo_sh, server, commit) -> None:
    server.hook("pre-receive", "echo 'the build quota is used up' >&2; exit 1")
    commit("More")
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 4
    assert "refused the push to main" in said and "pre-receive hook declined" in said
    assert "│ remote: the build quota is used up" in said
    assert server.head() == deployed


def test_a_key_that_is_not_let_in(odoo_sh, server) -> None:
    other = server.folder / "other"
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)))
    code, said = odoo_sh("deploy-odoo-sh", ssh_key=other)
    assert code == 2
    assert "refuses the key of ODOO_SH_SSH_KEY" in said
    assert not server.head()


@pytest.mark.parametrize("spoil", ["no-last-line-break", "windows"])
def test_a_key_as_stores_of_secrets_hand_it_over(odoo_sh, server, tmp_path, spoil) -> None:
    text = (server.folder / "key").read_text()
    key = tmp_path / "stored"
    spoiled = text.rstrip() if spoil == "no-last-line-break" else text.replace("\n", "\r\n")
    key.write_bytes(spoiled.encode())
    code, said = odoo_sh("deploy-odoo-sh", ssh_key=key)
    assert code == 0, said


def test_a_key_with_a_passphrase_or_of_nonsense(odoo_sh, server, tmp_path) -> None:
    locked, nonsense = tmp_path / "locked", tmp_path / "nonsense"
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", str(locked)))
    nonsense.write_text("this is no key")
    for key in (locked, nonsense):
        code, said = odoo_sh("deploy-odoo-sh", ssh_key=key)
        assert code == 2
        assert "ODOO_SH_SSH_KEY is not a private key that can be used" in said
        assert "this is no key" not in said
    assert "Accepted" not in server.log


def test_a_wrong_path(odoo_sh, server) -> None:
    code, said = odoo_sh("deploy-odoo-sh", repo="customer/elsewhere")
    assert code == 2
    assert "has no repository customer/elsewhere" in said


def test_nobody_answers(odoo_sh, server) -> None:
    server.stop()
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 4
    assert "could not be asked" in said and "Connection refused" in said
    code, said = odoo_sh("deploy-odoo-sh", known_hosts=None)
    assert code == 4
    assert "no SSH server answers at 127.0.0.1" in said


def test_a_changed_host_key_stops_before_anything_is_sent(
    deployed, odoo_sh, server, commit
) -> None:
    commit("More")
    server.stop()
    for name in ("host", "host.pub", "log"):
        (server.folder / name).unlink()
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(server.folder / "host")))
    server.start()
    shown = run(("ssh-keygen", "-lf", str(server.folder / "host.pub"))).stdout.split()[1]
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 2
    assert f"shows another host key than the pinned one: {shown}" in said
    assert "Accepted" not in server.log
    assert server.head() == deployed


def test_without_a_pinned_key_it_stops_and_shows_what_it_saw(odoo_sh, server, tmp_path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    shown = run(("ssh-keygen", "-lf", str(server.folder / "host.pub"))).stdout.split()[1]
    for known_hosts in (None, empty):
        code, said = odoo_sh("deploy-odoo-sh", known_hosts=known_hosts)
        assert code == 2
        assert shown in said and server.known_hosts.strip() in said
        assert "store that key's line in the secret ODOO_SH_KNOWN_HOSTS" in said
    assert "Accepted" not in server.log and not server.head()


def test_known_hosts_of_another_server(odoo_sh, server, tmp_path) -> None:
    other = tmp_path / "other"
    other.write_text(server.known_hosts.replace("127.0.0.1", "elsewhere.example"))
    code, said = odoo_sh("deploy-odoo-sh", known_hosts=other)
    assert code == 2
    assert f"ODOO_SH_KNOWN_HOSTS pins no key of [127.0.0.1]:{server.port}" in said
    assert (
        server.log.count("Connection closed by 127.0.0.1") <= 1
    )  # by whom the start was waited for


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
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 2
    assert "a commit that this source does not have: it was pushed from elsewhere" in said
    assert "--force-with-lease" in said
    assert server.head() == pushed_elsewhere


def test_a_known_diverged_branch_names_what_would_be_lost(
    pushed_elsewhere, odoo_sh, server, source, commit, git_in
) -> None:
    commit("Ours")
    git_in(source, "fetch", "-q", str(server.bare), "main")
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 2
    assert "LOST on Odoo.sh" in said
    assert "it has commits that" in said and pushed_elsewhere[:9] in said


def test_a_diverged_branch_is_overwritten_on_demand(
    pushed_elsewhere, odoo_sh, server, commit
) -> None:
    ours = commit("Ours")
    code, said = odoo_sh("deploy-odoo-sh", "--force-with-lease", format="json")
    assert code == 0, said
    assert server.head() == ours
    record = json.loads(said)
    assert record["overwrites"] and record["previous"] == pushed_elsewhere
    assert f"{pushed_elsewhere[:9]} (lost)" in odoo_sh("history-odoo-sh")[1]


def test_a_push_in_between_is_noticed(deployed, odoo_sh, server, commit, monkeypatch) -> None:
    """The branch moves after it was looked at: neither a plain push nor a forced one takes it."""
    from pipeline.commands import deploy_odoo_sh

    tree = server.git("rev-parse", "main^{tree}")
    commit("Ours")
    plan = deploy_odoo_sh.make_plan
    moved = []

    def and_then_somebody_pushes(*arguments):
        made = plan(*arguments)
        who = ("-c", "user.name=Other", "-c", "user.email=other@example.org")
        theirs = server.git(*who, "commit-tree", tree, "-p", server.head(), "-m", "Theirs")
        server.git("update-ref", "refs/heads/main", theirs)
        moved.append(theirs)
        return made

    monkeypatch.setattr(deploy_odoo_sh, "make_plan", and_then_somebody_pushes)
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 2
    assert "main on 127.0.0.1 moved meanwhile" in said
    assert server.head() == moved[-1]
    monkeypatch.setattr(deploy_odoo_sh, "require_fast_forward", lambda *_: None)
    code, said = odoo_sh("deploy-odoo-sh", "--force-with-lease")
    assert code == 2
    assert "moved meanwhile" in said
    assert server.head() == moved[-1]


CUT = "case $SSH_ORIGINAL_COMMAND in git-receive-pack*) {} ;; esac;"


def test_a_connection_cut_during_the_push(deployed, odoo_sh, server, commit) -> None:
    """The server's process for the connection is killed before it has read the pack."""
    commit("More")
    server.allow(server.folder / "key", CUT.format("kill -9 $PPID; sleep 5"))
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 4
    assert f"broke during the push; main is at {deployed[:9]}, as before" in said
    assert server.head() == deployed


def test_a_connection_cut_after_the_commit_arrived(deployed, odoo_sh, server, commit) -> None:
    """What a client cannot know from its broken connection: it asks again."""
    new = commit("More")
    # sshd's process for this connection is the parent of receive-pack's shell
    server.hook("post-receive", f"kill -9 $(cat {server.folder}/connection); sleep 1")
    server.allow(server.folder / "key", CUT.format(f"echo $PPID > {server.folder}/connection"))
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 0, said
    assert "note: the connection broke during the push; the commit had arrived" in said
    assert server.head() == new


def test_a_connection_cut_and_a_server_that_is_gone(deployed, odoo_sh, server, commit) -> None:
    commit("More")
    assert server.process is not None
    kill = f"kill -9 {server.process.pid} $PPID; sleep 5"
    server.allow(server.folder / "key", CUT.format(kill))
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 4
    assert "cannot be asked whether" in said and "run the same command later" in said


def test_a_history_that_cannot_be_written_does_not_undo_the_deployment(
    deployed, odoo_sh, server, commit
) -> None:
    new = commit("More")
    server.hook("update", 'case $1 in refs/tags/*) echo "no tags here"; exit 1 ;; esac')
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 0, said
    assert "deployed, but not recorded in the history" in said
    assert server.head() == new


def test_a_shallow_source_is_refused_before_anything_is_contacted(
    source, odoo_sh, server, commit, tmp_path
) -> None:
    commit("More")
    shallow = tmp_path / "shallow"
    run(("git", "clone", "-q", "--depth=1", f"file://{source}", str(shallow)))
    code, said = odoo_sh("deploy-odoo-sh", source=shallow)
    assert code == 2
    assert "shallow clone" in said and "fetch-depth: 0" in said
    assert "Accepted" not in server.log


def test_a_clone_of_which_only_the_remote_branch_is_there(
    source, odoo_sh, server, tmp_path, git_in
):
    """A checkout of a commit, as some CI systems make it."""
    clone = tmp_path / "detached"
    run(("git", "clone", "-q", str(source), str(clone)))
    git_in(clone, "checkout", "-q", "--detach")
    git_in(clone, "branch", "-D", "main")
    code, said = odoo_sh("deploy-odoo-sh", source=clone)
    assert code == 0, said
    assert server.head()


def test_hooks_and_settings_of_the_source_have_no_say(
    source, odoo_sh, server, git_in, tmp_path
) -> None:
    trace = tmp_path / "trace"
    hook = source / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trace}\n")
    hook.chmod(0o755)
    git_in(source, "config", "core.sshCommand", f"touch {trace}; ssh")
    git_in(source, "config", f"url.{tmp_path}/elsewhere.insteadOf", server.address.split(":")[0])
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 0, said
    assert server.head() and not trace.exists()


def test_the_key_is_in_no_file_and_no_output(odoo_sh, server, tmp_path, monkeypatch) -> None:
    """While the server takes the push, nothing below the temporary directory holds the key."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    secret = (server.folder / "key").read_text().splitlines()[2]
    found = server.folder / "found"
    server.hook(
        "pre-receive",
        f"grep -rl '{secret}' {place} > {found}; (echo ---; ls -R {place}) >> {found}",
    )
    code, said = odoo_sh("deploy-odoo-sh")
    assert code == 0 and secret not in said
    with_the_key, listing = found.read_text().split("---\n")
    assert with_the_key == ""
    assert "key.pub" in listing and "agent" in listing
    assert list(place.iterdir()) == []


def test_the_agent_ends_with_the_deployment(odoo_sh) -> None:
    def agents() -> set[str]:
        listed = subprocess.run(
            ["pgrep", "-f", "^ssh-agent.*odoo-sh-"], capture_output=True, text=True
        )
        return {pid for pid in listed.stdout.split() if _has_keys(pid)}

    before = agents()
    assert odoo_sh("deploy-odoo-sh")[0] == 0
    assert agents() <= before


def _has_keys(pid: str) -> bool:
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return Path(arguments[2].decode()).exists()
