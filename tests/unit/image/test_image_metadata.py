"""What an image is called: from its commit, the commit's tags, and what was changed since."""

from __future__ import annotations

import json

import pytest

from pipeline.core.errors import InputError
from pipeline.image.metadata import describe_image


@pytest.fixture
def checkout(tmp_path, git_in, monkeypatch):
    """A repository with one commit of a known time."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-02-29T23:30:00-0200")
    root = tmp_path / "checkout"
    root.mkdir()
    git_in(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text("*.log\n")
    (root / "file.txt").write_text("one\n")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "first")
    return root


def test_a_clean_commit(checkout, git_in) -> None:
    metadata = describe_image(checkout, "", "0.3.0")
    commit = git_in(checkout, "rev-parse", "HEAD")
    assert metadata.tags == (f"uat-{commit[:9]}", "uat-v0.3.0", "uat-latest")
    assert metadata.labels == {
        "org.opencontainers.image.version": "0.3.0",
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.created": "2024-03-01T01:30:00Z",  # UTC, whatever the zone was
    }


def test_the_tag_of_the_commit_beats_the_settings_and_an_argument_beats_both(
    checkout, git_in
) -> None:
    for tag in ("v1.9.0", "v1.10.0", "v1.10.0-rc.1", "2.0.0", "v3", "vulnerable", "v9.9-dirty"):
        git_in(checkout, "tag", tag)
    assert describe_image(checkout, "", "0.3.0").version == "1.10.0"
    assert describe_image(checkout, "v1.2", "0.3.0").version == "1.2"


def test_a_tag_of_another_commit_says_nothing(checkout, git_in) -> None:
    git_in(checkout, "tag", "v1.0.0")
    git_in(checkout, "commit", "-q", "--allow-empty", "-m", "second")
    assert describe_image(checkout, "", "0.3.0").version == "0.3.0"
    assert describe_image(checkout, "", None).version == "0.0.0"


@pytest.mark.parametrize("change", ["edit", "stage", "delete", "add"])
def test_a_changed_tree_is_dirty_and_never_the_latest(checkout, git_in, change) -> None:
    commit = git_in(checkout, "rev-parse", "HEAD")
    if change in ("edit", "stage"):
        (checkout / "file.txt").write_text("two\n")
    if change == "stage":
        git_in(checkout, "add", "-A")
    if change == "delete":
        (checkout / "file.txt").unlink()
    if change == "add":
        (checkout / "new.txt").touch()
    metadata = describe_image(checkout, "1.0.0", None)
    assert metadata.tags == (f"uat-{commit[:9]}-dirty", "uat-v1.0.0-dirty")
    assert metadata.revision == f"{commit}-dirty"
    assert metadata.changed == ("new.txt" if change == "add" else "file.txt",)


def test_ignored_files_and_new_times_are_no_change(checkout) -> None:
    (checkout / "x.log").touch()
    (checkout / "file.txt").touch()
    assert describe_image(checkout, "", "1.0").changed == ()


def test_without_history_there_is_a_label_but_no_tag(tmp_path, git_in) -> None:
    for prepare in (lambda: None, lambda: git_in(tmp_path, "init", "-q")):
        prepare()
        metadata = describe_image(tmp_path, "", "1.0.0")
        assert (metadata.version, metadata.revision, metadata.tags) == ("1.0.0", "unknown", ())


def test_an_invalid_version(checkout) -> None:
    with pytest.raises(InputError, match="'latest' is not a version"):
        describe_image(checkout, "latest", "1.0.0")


def test_the_command_prints_it_as_json(checkout, run_pipeline) -> None:
    code, text = run_pipeline("image", "metadata", "--source", checkout, "--version", "1.2.3")
    shown = json.loads(text)
    assert code == 0
    assert shown["version"] == shown["labels"]["org.opencontainers.image.version"] == "1.2.3"
    assert shown["tags"][-1] == "uat-latest" and shown["changed"] == []
