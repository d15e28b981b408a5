"""`pipeline odoo-sh deploy` on a real git server over SSH."""

from __future__ import annotations

import json

from pipeline.core.process import run

MANIFEST = "{{'name': 'Sold', 'version': '{}', 'license': 'LGPL-3', 'depends': ['base']}}\n"


def test_the_first_deployment_makes_the_branch(odoo_sh, server, source, git_in) -> None:
    code, said = odoo_sh("deploy")
    head = git_in(source, "rev-parse", "HEAD")
    assert code == 0, said
    assert server.head() == head
    assert f"PUSHED {head[:9]} to main" in said
    assert "https://accounts.odoo.com" in said and "https://customer.odoo.sh" in said


def test_the_record_says_what_was_deployed_instead_of_what(
    deployed, odoo_sh, server, commit
) -> None:
    new = commit("Raise", {"addons/sold/__manifest__.py": MANIFEST.format("19.0.1.1.0")})
    code, said = odoo_sh("deploy", format="json")
    record = json.loads(said)
    assert code == 0 and server.head() == new
    assert (record["status"], record["commit"], record["previous"]) == ("deployed", new, deployed)
    assert (record["host"], record["branch"], record["commits"]) == ("customer.odoo.sh", "main", 1)
    (change,) = record["add_ons"]
    assert (change["before"], change["after"]) == ("19.0.1.0.0", "19.0.1.1.0")
    assert change["updates"] and not record["overwrites"] and record["notes"] == []


def test_history_lists_what_was_deployed_newest_first(deployed, odoo_sh, commit) -> None:
    assert odoo_sh("history", format="json")[1].count('"commit":') == 1
    new = commit("Raise", {"addons/sold/__manifest__.py": MANIFEST.format("19.0.1.1.0")})
    assert odoo_sh("deploy")[0] == 0
    code, said = odoo_sh("history", format="json")
    records = json.loads(said)
    assert code == 0
    assert {record["commit"] for record in records} == {deployed, new}
    (latest,) = (record for record in records if record["previous"] == deployed)
    assert latest["add_ons"][0]["updates"]
    code, said = odoo_sh("history")
    assert new[:9] in said and "sold" in said
    assert len(json.loads(odoo_sh("history", "--last=1", format="json")[1])) == 1


def test_history_of_nothing(odoo_sh) -> None:
    assert odoo_sh("history") == (0, "no deployment has been recorded\n")


def test_a_second_deployment_of_the_same_commit_changes_nothing(deployed, odoo_sh, server) -> None:
    tags = server.git("tag")
    code, said = odoo_sh("deploy")
    assert code == 0 and "UNCHANGED" in said
    assert server.git("tag") == tags


def test_a_dry_run_tells_and_pushes_nothing(deployed, odoo_sh, server, commit, make_addon) -> None:
    commit("Raise", {"addons/sold/__manifest__.py": MANIFEST.format("19.0.1.1.0")})
    make_addon("project/addons/fresh")
    new = commit("Another add-on", {"addons/sold/models.py": ""})
    before = server.git("for-each-ref")
    code, said = odoo_sh("deploy", "--dry-run", confirm=None)
    assert code == 0, said
    assert server.git("for-each-ref") == before
    assert f"{deployed[:9]} -> {new[:9]}" in said
    assert "Another add-on" in said and "Raise" in said and "First" not in said
    assert "modules that Odoo.sh will update: sold\n" in said
    assert "new: not installed by itself" in said
    assert said.endswith("dry run: nothing was pushed\n")
    plan = json.loads(odoo_sh("deploy", "--dry-run", format="json")[1])
    assert [row["subject"] for row in plan["commits"]] == ["Another add-on", "Raise"]
    assert (plan["status"], plan["updates"], plan["fast_forward"]) == ("planned", ["sold"], True)


def test_the_commit_that_passed_is_pushed_and_not_what_came_after(odoo_sh, server, commit) -> None:
    passed = commit("Passed")
    commit("Not tested yet")
    code, said = odoo_sh("deploy", commit=passed)
    assert code == 0, said
    assert server.head() == passed


def test_another_branch(odoo_sh, server, source, git_in) -> None:
    git_in(source, "branch", "19.0-staging")
    code, said = odoo_sh("deploy", branch="19.0-staging")
    assert code == 0, said
    assert server.head("19.0-staging") and not server.head("main")


def test_a_push_that_a_hook_refuses(deployed, odoo_sh, server, commit) -> None:
    server.hook("pre-receive", "echo 'the build quota is used up' >&2; exit 1")
    commit("More")
    code, said = odoo_sh("deploy")
    assert code == 4
    assert "refused the push to main" in said and "pre-receive hook declined" in said
    assert "│ remote: the build quota is used up" in said
    assert server.head() == deployed


def test_a_shallow_source_is_refused_before_anything_is_contacted(
    source, odoo_sh, server, commit, tmp_path
) -> None:
    commit("More")
    shallow = tmp_path / "shallow"
    run(("git", "clone", "-q", "--depth=1", f"file://{source}", str(shallow)))
    code, said = odoo_sh("deploy", source=shallow)
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
    code, said = odoo_sh("deploy", source=clone)
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
    code, said = odoo_sh("deploy")
    assert code == 0, said
    assert server.head() and not trace.exists()
