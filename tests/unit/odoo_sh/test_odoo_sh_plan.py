"""What a deployment would do, from commits alone."""

from __future__ import annotations

import json

import pytest

from pipeline.core.addons.commits import AddOnChange, add_ons, commits
from pipeline.core.errors import InputError
from pipeline.core.settings import ProjectSettings, Settings
from pipeline.odoo_sh import record
from pipeline.odoo_sh.deployment import plan_push, require_fast_forward, wanted
from pipeline.odoo_sh.record import Record, from_message, tag_name, to_message
from pipeline.odoo_sh.submodules import require_fetchable, submodules
from pipeline.odoo_sh.target import OdooShBranch

TARGET = OdooShBranch("customer.odoo.sh", "customer/production", "main")


@pytest.fixture
def source(tmp_path, git_in, make_addon):
    """Add-ons in a folder, at the root of a second one, and where none is looked for."""
    for name in ("addons/a", "addons/b", "more/c", "setup/d", "tests/data/x/y/deep"):
        make_addon(f"project/{name}")
    root = tmp_path / "project"
    git_in(root, "init", "-q", "-b", "main")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "First")
    return root


@pytest.fixture
def commit(source, git_in):
    def make(message: str = "Change") -> str:
        git_in(source, "add", "-A")
        git_in(source, "commit", "-q", "--allow-empty", "-m", message)
        return git_in(source, "rev-parse", "HEAD")

    return make


def set_version(folder, version: str) -> None:
    manifest = folder / "__manifest__.py"
    manifest.write_text(manifest.read_text().replace("19.0.1.0.0", version))


def test_add_ons_that_differ_and_what_becomes_of_them(source, commit, make_addon) -> None:
    first = commit("Base")
    set_version(source / "addons/a", "19.0.1.0.10")
    (source / "addons/b/models.py").write_text("x = 1\n")
    (source / "setup/d/more.py").touch()
    (source / "tests/data/x/y/deep/more.py").touch()
    (source / "more/c/__manifest__.py").unlink()
    make_addon("project/more/e")
    last = commit()
    found = {change.name: change for change in add_ons(source, Settings(), first, last)}
    assert sorted(found) == ["a", "b", "c", "e"]
    assert found["a"] == AddOnChange("a", "addons/a", "19.0.1.0.0", "19.0.1.0.10", 1)
    assert [change.name for change in found.values() if change.updates] == ["a"]
    assert found["b"].effect == "same version: code reloaded, data and views not updated"
    assert (found["c"].after, found["c"].effect[:7]) == (None, "removed")
    assert (found["e"].before, found["e"].effect[:3]) == (None, "new")


def test_only_the_folders_of_the_settings(source, commit) -> None:
    head = commit()
    settings = Settings(project=ProjectSettings(addons=("addons",)))
    assert [change.name for change in add_ons(source, settings, None, head)] == ["a", "b"]


@pytest.mark.parametrize(
    ("before", "after", "updates"),
    [
        ("19.0.1.0.9", "19.0.1.0.10", True),
        ("19.0.1.0.10", "19.0.1.0.9", False),
        ("19.0.1.0.0", "19.0.1.0.0", False),
        ("", "19.0.1.0.0", True),
    ],
)
def test_versions_are_compared_by_number(before: str, after: str, updates: bool) -> None:
    change = AddOnChange("a", "a", before, after, 1)
    assert change.updates is updates
    assert ("updated where" in change.effect) is updates


def test_a_lowered_version_says_so() -> None:
    change = AddOnChange("a", "a", "19.0.2.0.0", "19.0.1.0.0", 1)
    assert change.effect == "version lowered: not updated"


def test_a_manifest_that_cannot_be_read_has_no_version(source, commit) -> None:
    first = commit()
    (source / "addons/a/__manifest__.py").write_text("{'version': ")
    (change,) = add_ons(source, Settings(), first, commit())
    assert (change.before, change.after, change.updates) == ("19.0.1.0.0", "", False)


def test_commits_with_odd_subjects(source, commit) -> None:
    first = commit("Base")
    commit("a | b\n\nbody")
    last = commit("ünï \"'")
    assert [made.subject for made in commits(source, first, last)] == ["ünï \"'", "a | b"]
    assert commits(source, last, last) == ()
    assert len(commits(source, None, last)) == 4


def test_the_head_of_the_branch_is_wanted_unless_a_commit_is_named(source, commit, git_in) -> None:
    old = commit("Old")
    head = commit("New")
    assert wanted(source, TARGET, "") == head
    assert wanted(source, TARGET, old[:9]) == old
    git_in(source, "checkout", "-q", "-b", "other")
    stray = commit("Stray")
    with pytest.raises(InputError, match=f"{stray[:9]} is not on the branch main"):
        wanted(source, TARGET, stray)
    with pytest.raises(InputError, match="git has no commit"):
        wanted(source, TARGET, "0123456789")
    with pytest.raises(InputError, match="has no branch nowhere"):
        wanted(source, OdooShBranch("h", "r", "nowhere"), "")


def test_a_source_without_git(tmp_path) -> None:
    with pytest.raises(InputError, match="is not a git checkout"):
        wanted(tmp_path, TARGET, "")


def test_losing_commits_takes_a_word(source, commit, git_in) -> None:
    git_in(source, "checkout", "-q", "-b", "theirs")
    theirs = [commit(f"Theirs {number}") for number in range(7)]
    git_in(source, "checkout", "-q", "main")
    plan = plan_push(source, commit("Ours"), theirs[-1])
    assert len(plan.overwritten) == 7 and not plan.fast_forward
    with pytest.raises(InputError, match=f"are not in .*: {theirs[-1][:9]}.* and 2 more") as caught:
        require_fast_forward(plan, TARGET, force=False)
    assert "--force-with-lease" in caught.value.fix
    require_fast_forward(plan, TARGET, force=True)
    unknown = plan_push(source, plan.commit, "0" * 40)
    assert not unknown.known and unknown.add_ons == ()
    with pytest.raises(InputError, match="pushed from elsewhere"):
        require_fast_forward(unknown, TARGET, force=False)
    require_fast_forward(plan_push(source, plan.commit, None), TARGET, force=False)


@pytest.fixture
def with_submodule(source, tmp_path, git_in, commit):
    """The source with a submodule whose remote is a folder, under an address that looks real."""
    upstream = tmp_path / "upstream"
    upstream.mkdir()
    git_in(upstream, "init", "-q", "-b", "main")
    git_in(upstream, "commit", "-q", "--allow-empty", "-m", "Upstream")
    allowed = ("-c", "protocol.file.allow=always")
    git_in(source, *allowed, "submodule", "--quiet", "add", str(upstream), "third/party")
    modules = source / ".gitmodules"
    text = modules.read_text().replace(str(upstream), "https://git.example.org/party.git")
    modules.write_text(text)
    return source


def test_add_ons_of_a_submodule_and_behind_links(source, commit, git_in, make_addon) -> None:
    library = make_addon("library/shop").parent
    make_addon("library/other")
    git_in(library, "init", "-q", "-b", "main")
    git_in(library, "add", "-A")
    git_in(library, "commit", "-q", "-m", "one")
    allow = ("-c", "protocol.file.allow=always")
    git_in(source, *allow, "submodule", "--quiet", "add", str(library), "src/lib")
    (source / "addons" / "shop").symlink_to("../src/lib/shop")
    first = commit()
    inside = source / "src" / "lib"
    for name in ("shop", "other"):
        set_version(inside / name, "19.0.1.1.0")
    git_in(inside, "commit", "-qam", "two")
    last = commit()
    settings = Settings(project=ProjectSettings(addons=("addons",)))
    (shop,) = add_ons(source, settings, first, last)
    assert shop == AddOnChange("shop", "src/lib/shop", "19.0.1.0.0", "19.0.1.1.0", 1)
    assert [change.name for change in add_ons(source, Settings(), first, last)] == ["other", "shop"]
    git_in(source, "submodule", "--quiet", "deinit", "--force", "src/lib")
    assert add_ons(source, settings, first, last) == ()  # not here: nobody can say


def test_a_submodule_that_was_pushed(with_submodule, commit, git_in) -> None:
    (found,) = submodules(with_submodule, commit())
    assert (found.path, found.pushed) == ("third/party", True)
    assert found.url == "https://git.example.org/party.git"
    require_fetchable((found,))


def test_a_submodule_whose_commit_was_not_pushed(with_submodule, commit, git_in) -> None:
    git_in(with_submodule / "third/party", "commit", "-q", "--allow-empty", "-m", "Only here")
    with pytest.raises(InputError, match="third/party is at .* which is on no remote branch"):
        plan_push(with_submodule, commit(), None)


def test_a_submodule_that_is_not_checked_out_is_not_judged(
    with_submodule, commit, git_in, tmp_path
) -> None:
    head = commit()
    git_in(with_submodule, "submodule", "--quiet", "deinit", "--force", "third/party")
    (found,) = submodules(with_submodule, head)
    assert found.pushed is None
    require_fetchable((found,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "third/party has no URL in .gitmodules"),
        ("../party.git", "comes from '../party.git', which works only on this machine"),
        ("/srv/git/party", "which works only on this machine"),
        ("ext::sh -c id", "which works only on this machine"),
    ],
)
def test_a_submodule_that_another_machine_cannot_fetch(with_submodule, commit, text, words) -> None:
    line = f"\turl = {text}\n" if text else ""
    modules = f'[submodule "third/party"]\n\tpath = third/party\n{line}'
    (with_submodule / ".gitmodules").write_text(modules)
    with pytest.raises(InputError) as caught:
        plan_push(with_submodule, commit(), None)
    assert words in caught.value.message


def test_a_record_survives_its_tag(source, commit) -> None:
    plan = plan_push(source, commit(), None)
    made = Record.of(TARGET, plan, 0.0, 1.234)
    assert from_message(to_message(made)) == made
    assert (made.started, made.seconds) == ("1970-01-01T00:00:00Z", 1.23)
    assert json.loads(made.to_json())["add_ons"][0]["effect"] == "new: not installed by itself"
    assert tag_name(0.0, plan.commit) == f"deploy/odoo-sh/19700101T000000Z-{plan.commit[:9]}"


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", '{"commit": 1}', "null"])
def test_a_tag_of_somebody_else_is_no_record(text: str) -> None:
    assert record.from_message(text) is None
