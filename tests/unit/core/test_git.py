"""Questions to git, asked of small repositories."""

from __future__ import annotations

import pytest

from pipeline.core import git
from pipeline.core.errors import InputError, ToolError

ODD = ['a b"c.txt', "it's.txt", "line\nbreak.txt", "straße.txt", "-dash.txt"]


@pytest.fixture
def repository(tmp_path, git_in):
    """Two commits on main, and a branch that left it after the first."""
    root = tmp_path / "repository"
    root.mkdir()
    git_in(root, "init", "-q", "-b", "main")
    (root / "first.txt").write_text("one\n")
    (root / "sub").mkdir()
    (root / "sub" / "old.txt").write_text("old\n")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "first")
    git_in(root, "branch", "feature")
    (root / "second.txt").write_text("two\n")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "second")
    git_in(root, "checkout", "-q", "feature")
    return root


def test_a_checkout_and_a_folder_in_it_are_known(repository, tmp_path):
    assert git.is_checkout(repository)
    assert git.is_checkout(repository / "sub")
    assert not git.is_checkout(tmp_path)


def test_a_work_tree_without_its_repository_says_where_that_is(repository, tmp_path, git_in):
    """As a container has it, that gets the work tree and nothing else."""
    git_in(repository, "worktree", "add", "-q", str(tmp_path / "tree"), "main")
    assert git.is_checkout(tmp_path / "tree")
    repository.rename(tmp_path / "moved")
    with pytest.raises(InputError, match="is not here .its .git is a file.* history") as caught:
        git.require_checkout(tmp_path / "tree", "history is needed")
    assert "`git clone . ../whole`" in caught.value.fix


def test_a_source_that_is_no_checkout_says_why_one_is_needed(tmp_path):
    with pytest.raises(InputError, match="no.* git checkout, and history is needed") as caught:
        git.require_checkout(tmp_path, "history is needed")
    assert "fetch-depth: 0" in caught.value.fix


def test_a_source_that_is_no_directory(tmp_path):
    with pytest.raises(ToolError, match="nowhere is not a directory"):
        git.is_checkout(tmp_path / "nowhere")


def test_names_with_spaces_quotes_line_breaks_and_umlauts(repository, git_in):
    for name in ODD:
        (repository / name).touch()
    assert set(ODD) <= set(git.visible_files(repository))
    assert set(ODD) <= set(git.new_files(repository))
    git_in(repository, "add", "-A")
    assert set(ODD) <= set(git.tracked_files(repository))


def test_content_that_git_has_not_is_not_taken_for_none(repository, git_in):
    identity = git_in(repository, "rev-parse", "main:second.txt")
    assert git.show(repository, "main", "second.txt") == "two\n"
    assert git.show(repository, "main", "never.txt") is None
    (repository / ".git/objects" / identity[:2] / identity[2:]).unlink()
    with pytest.raises(ToolError, match="git has no content of second.txt at main"):
        git.show(repository, "main", "second.txt")


def test_ignored_files_are_not_visible(repository):
    (repository / ".gitignore").write_text("*.log\n")
    (repository / "x.log").touch()
    assert "x.log" not in git.visible_files(repository)
    assert "x.log" not in git.new_files(repository)


def test_resolve_finds_branches_and_commits(repository, git_in):
    commit = git_in(repository, "rev-parse", "main")
    assert git.resolve(repository, "main") == commit
    assert git.resolve(repository, commit[:9]) == commit


@pytest.mark.parametrize("ref", ["", " ", "--all", "-x"])
def test_what_cannot_be_a_reference(repository, ref):
    with pytest.raises(InputError, match="is not a git reference"):
        git.resolve(repository, ref)


def test_an_unknown_reference_is_named(repository):
    with pytest.raises(InputError, match="no commit named 'origin/nope'"):
        git.resolve(repository, "origin/nope")


def test_the_merge_base_is_where_the_branch_left(repository, git_in):
    assert git.merge_base(repository, "main") == git_in(repository, "rev-parse", "main~1")


def test_a_shallow_clone_without_the_merge_base(repository, tmp_path, git_in):
    (repository / "third.txt").touch()
    git_in(repository, "add", "-A")
    git_in(repository, "commit", "-q", "-m", "third")
    url = repository.as_uri()
    git_in(tmp_path, "clone", "-q", "--depth=1", "--branch=feature", url, "shallow")
    shallow = tmp_path / "shallow"
    git_in(shallow, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert git.is_shallow(shallow)
    assert not git.is_shallow(repository)
    with pytest.raises(InputError, match="'origin/main' have no common history") as caught:
        git.merge_base(shallow, "origin/main")
    assert "--unshallow" in caught.value.fix


def changed(root, ref):
    return [(one.path, one.before, one.now) for one in git.differences(root, ref)]


def test_what_differs_from_a_commit(repository, git_in):
    (repository / "first.txt").write_text("changed, not committed\n")
    (repository / "new.txt").touch()
    (repository / "link").symlink_to("first.txt")
    git_in(repository, "rm", "-q", "sub/old.txt")
    git_in(repository, "add", "link")
    assert changed(repository, "HEAD") == [
        ("first.txt", "100644", "100644"),
        ("link", "", git.LINK),
        ("sub/old.txt", "100644", ""),
    ]
    assert git.new_files(repository) == ("new.txt",)
    assert git.tracked_links(repository) == ("link",)


def test_a_renamed_file_counts_at_both_places(repository, git_in):
    git_in(repository, "mv", "first.txt", "renamed.txt")
    assert changed(repository, "HEAD") == [
        ("first.txt", "100644", ""),
        ("renamed.txt", "", "100644"),
    ]


def test_a_changed_mode_is_a_difference(repository, git_in):
    (repository / "first.txt").chmod(0o755)
    assert changed(repository, "HEAD") == [("first.txt", "100644", "100755")]


def test_a_source_below_the_checkout_s_root_names_its_own_files(repository):
    (repository / "first.txt").write_text("changed\n")
    (repository / "sub" / "old.txt").write_text("changed\n")
    (repository / "sub" / "new.txt").touch()
    assert changed(repository / "sub", "HEAD") == [("old.txt", "100644", "100644")]
    assert git.new_files(repository / "sub") == ("new.txt",)
    assert git.tracked_files(repository / "sub") == ("old.txt",)


def test_a_file_as_it_was(repository):
    assert git.show(repository, "main", "second.txt") == "two\n"
    assert git.show(repository / "sub", "main", "old.txt") == "old\n"
    assert git.show(repository, "main", "nope.txt") is None


def test_a_blob_by_its_id(repository, git_in):
    identity = git_in(repository, "rev-parse", "main:second.txt")
    assert git.blob(repository, identity) == "two\n"
    assert git.blob(repository, "0" * 40) is None


def test_a_failing_command_is_an_error(repository):
    with pytest.raises(ToolError, match="ended with exit code"):
        git.git(repository, "no-such-command")
